"""Small projects in the middle of the loop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winnow.active.committee import CommitteeConfig, TrainedCommittee, train_committee
from winnow.imaging.mask import class_pixels
from winnow.imaging.picture import Picture
from winnow.segmentation.data import Sample
from winnow.server import storage
from winnow.server.models import Annotation, Image, Network, Project
from winnow.server.worker.admit import stored
from winnow.server.worker.reading import Found

SIZE = 24


def scene(number: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A dark picture with a bright square (class 1) or a middling one (class 2), and its mask."""
    rng = np.random.default_rng(number)
    pixels = rng.integers(0, 40, (SIZE, SIZE)).astype(np.uint8)
    mask = np.zeros((SIZE, SIZE), np.uint8)
    row, column = rng.integers(0, SIZE - 8, 2)
    value = 1 + number % 2
    pixels[row : row + 8, column : column + 8] = 230 if value == 1 else 130
    mask[row : row + 8, column : column + 8] = value
    return pixels, mask


def add_images(project: Project, count: int, *, first: int = 0) -> list[Image]:
    """Unlabelled scenes ``first`` and following."""
    images = []
    for number in range(first, first + count):
        picture = Picture(pixels=scene(number)[0], window=(127.5, 255.0))
        (image,) = stored(project, Found(pictures=[picture]))
        image.name = f"{number:03d}.png"
        image.save()
        images.append(image)
    return images


def draw(image: Image, *, purpose: str = "submitted", mask: NDArray[np.uint8] | None = None) -> Annotation:
    """A person draws the true mask (or another) and hands it in."""
    mask = scene(int(image.name[:3]))[1] if mask is None else mask
    image.version += 1
    image.state = Image.State.SUBMITTED if purpose == "submitted" else Image.State.DRAFT
    image.save()
    return Annotation.objects.create(
        image=image,
        author="ann",
        purpose=purpose,
        mask=storage.put_array(mask),
        version=image.version,
        class_pixels=class_pixels(mask),
        active_seconds=12.5,
    )


class InThisProcess:
    """An executor without processes."""

    def run(self, function: Any, tasks: Sequence[Any], *, on_progress: Any, should_stop: Any) -> list[Any]:
        return [function(task, lambda share: should_stop() or on_progress(share)) for task in tasks]


def train_tiny(directory: Path, *, epochs: int = 1) -> TrainedCommittee:
    """A committee of two for the classes 1 and 2."""
    samples = [
        Sample(Picture(pixels=pixels, window=(127.5, 255.0)), mask, str(number))
        for number in range(6)
        for pixels, mask in [scene(number)]
    ]
    return train_committee(
        samples,
        classes=[1, 2],
        config=CommitteeConfig(members=2, size=48, epochs=epochs),
        seed=0,
        directory=directory,
        executor=InThisProcess(),
        on_progress=lambda *_: None,
        should_stop=lambda: False,
    )


def put_to_use(project: Project, trained: TrainedCommittee) -> Network:
    """The next network of a project, in use from now on."""
    network = Network.objects.create(
        project=project,
        number=project.networks.count() + 1,
        weights=storage.blobs.put(trained.weights),
        members=2,
        labels=6,
        config=trained.config,
        metrics=trained.metrics,
        seed=0,
        code_version="0",
        data_fingerprint="0" * 64,
        train_seconds=1.0,
    )
    project.network = network
    project.save()
    return network
