"""The network labels the rest: all of it, once, and never over what a person did."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from winnow.active.committee import Committee, TrainedCommittee
from winnow.errors import NotFound
from winnow.server import storage
from winnow.server.models import Annotation, Image, Job, Project
from winnow.server.worker import autoannotate
from winnow.server.worker.context import JobContext
from winnow.server.worker.pictures import mask_of, picture_of

from .scenes import SIZE, add_images, draw, put_to_use

Running = Callable[..., JobContext]


def test_all_that_nobody_labelled(project: Project, running: Running, trained: TrainedCommittee):
    images = add_images(project, 5)
    draw(images[0])
    Image.objects.filter(id=images[1].id).update(state="picked")
    network = put_to_use(project, trained)
    autoannotate.run(running(project, "autoannotate", images=None, network=network.id))
    assert dict(project.images.values_list("name", "state")) == {
        "000.png": "submitted",
        "001.png": "picked",
        **dict.fromkeys(("002.png", "003.png", "004.png"), "auto"),
    }
    assert Job.objects.get().result == {"images": 3, "failed": []}
    committee = Committee.load(trained.weights)
    for annotation in Annotation.objects.filter(purpose="auto").select_related("image"):
        seen = committee.examine(picture_of(annotation.image))
        assert (mask_of(annotation) == seen.mask).all()
        heat = storage.get_array(annotation.uncertainty, shape=(SIZE, SIZE), dtype="float16")
        assert np.allclose(heat, seen.uncertainty, atol=1e-3)
        assert annotation.quality == pytest.approx(seen.quality)
        assert sum(annotation.class_pixels.values()) == (seen.mask > 0).sum()


def test_a_network_of_another_kind_than_is_set_keeps_working(
    project: Project, running: Running, trained: TrainedCommittee
):
    add_images(project, 2)
    network = put_to_use(project, trained)
    project.settings = {"network": "unet"}
    project.save()
    assert network.config["network"] == "fcn_fast"
    autoannotate.run(running(project, "autoannotate", images=None, network=network.id))
    assert Job.objects.get().result == {"images": 2, "failed": []}


def test_again_with_the_same_network_does_nothing_twice(project: Project, running: Running, trained: TrainedCommittee):
    add_images(project, 3)
    network = put_to_use(project, trained)
    for _ in range(2):
        autoannotate.run(running(project, "autoannotate", images=None, network=network.id))
    before = list(Annotation.objects.values_list("id", flat=True))
    assert len(before) == 3
    later = put_to_use(project, trained)
    autoannotate.run(running(project, "autoannotate", images=None, network=later.id))
    assert Annotation.objects.filter(network=later).count() == 3
    # the old network put back to use speaks last again, still with one annotation an image
    autoannotate.run(running(project, "autoannotate", images=None, network=network.id))
    assert Annotation.objects.count() == 6
    assert set(Annotation.objects.order_by("-id")[:3].values_list("network", flat=True)) == {network.id}


def test_a_chosen_few(project: Project, running: Running, trained: TrainedCommittee):
    images = add_images(project, 3)
    network = put_to_use(project, trained)
    autoannotate.run(running(project, "autoannotate", images=[images[2].id], network=network.id))
    assert list(project.images.filter(state="auto")) == [images[2]]


def test_one_bad_image_costs_the_others_nothing(project: Project, running: Running, trained: TrainedCommittee):
    images = add_images(project, 3)
    storage.blobs.path(images[1].pixels).write_bytes(b"rotten")
    network = put_to_use(project, trained)
    autoannotate.run(running(project, "autoannotate", images=None, network=network.id))
    result = Job.objects.get().result
    assert result["images"] == 2
    assert [failed["image"] for failed in result["failed"]] == [images[1].id]
    assert "back-up" in result["failed"][0]["reason"]
    assert Image.objects.get(id=images[1].id).state == "unlabelled"


def test_what_a_person_drew_meanwhile_stays(
    project: Project, running: Running, trained: TrainedCommittee, monkeypatch: pytest.MonkeyPatch
):
    (image,) = add_images(project, 1)
    network = put_to_use(project, trained)
    examine = autoannotate.examine

    def while_somebody_draws(*args: object, **options: bool) -> Annotation:
        draw(image, purpose="draft")
        return examine(*args, **options)

    monkeypatch.setattr(autoannotate, "examine", while_somebody_draws)
    autoannotate.run(running(project, "autoannotate", images=None, network=network.id))
    image.refresh_from_db()
    assert (image.state, image.version) == ("draft", 1)
    assert image.annotations.filter(purpose="draft").count() == 1


def test_segment_answers_at_once_the_second_time(
    project: Project, running: Running, trained: TrainedCommittee, monkeypatch: pytest.MonkeyPatch
):
    image, _ = add_images(project, 2)
    Image.objects.filter(id=image.id).update(state="picked")
    network = put_to_use(project, trained)
    autoannotate.run_segment(running(project, "segment", image=image.id, network=network.id))
    annotation = image.annotations.get()
    assert Job.objects.get().result == {"image": image.id, "annotation": annotation.id}
    monkeypatch.setattr(autoannotate, "examine", None)
    autoannotate.run_segment(running(project, "segment", image=image.id, network=network.id))
    assert Job.objects.latest("id").result["annotation"] == annotation.id
    image.refresh_from_db()
    assert image.state == "picked"


def test_probabilities_are_kept_of_what_somebody_asked_for_alone(
    project: Project, running: Running, trained: TrainedCommittee
):
    image, other = add_images(project, 2)
    network = put_to_use(project, trained)
    autoannotate.run(running(project, "autoannotate", images=None, network=network.id))
    before = image.annotations.get()
    assert before.probabilities == ""
    autoannotate.run_segment(running(project, "segment", image=image.id, network=network.id))
    after = image.annotations.get()
    assert (after.id, after.mask) == (before.id, before.mask)
    assert storage.get_array(after.probabilities, shape=(2, SIZE, SIZE), dtype="uint8").any()
    assert other.annotations.get().probabilities == ""


def test_what_is_gone_is_named(project: Project, running: Running, trained: TrainedCommittee):
    with pytest.raises(NotFound, match="network"):
        autoannotate.run(running(project, "autoannotate", images=None, network=99))
    network = put_to_use(project, trained)
    with pytest.raises(NotFound, match="image"):
        autoannotate.run_segment(running(project, "segment", image=99, network=network.id))
