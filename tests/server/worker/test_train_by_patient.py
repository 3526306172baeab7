"""What a network records as its quality is measured on patients it has not seen."""

from __future__ import annotations

from collections.abc import Callable

from winnow.server.models import Network, Project
from winnow.server.worker import train
from winnow.server.worker.context import JobContext

from .scenes import add_images, draw


def test_the_patients_of_the_images_are_kept_together(project: Project, running: Callable[..., JobContext]):
    for number, image in enumerate(add_images(project, 6)):
        image.patient = f"patient {number // 2 if number < 4 else number}"
        draw(image)
    train.run(running(project, "train", members=2, size=48, epochs=1, seed=3))
    assert Network.objects.get().metrics["resampled"] == "patients"
