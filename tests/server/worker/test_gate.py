"""A trained network is measured on the frozen test set, and goes into use only where it is not worse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from winnow.active.committee import TrainedCommittee
from winnow.server import storage
from winnow.server.models import Job, Network, Project, Round
from winnow.server.services import test_set
from winnow.server.services.networks import use_network
from winnow.server.worker import gate, train
from winnow.server.worker.context import JobContext

from .scenes import add_images, draw, put_to_use

QUICK = {"members": 2, "size": 48, "epochs": 1, "seed": 3}


@pytest.fixture
def labelled(project: Project) -> Project:
    for image in add_images(project, 12):
        draw(image)
    return project


@pytest.fixture
def in_use(labelled: Project, trained: TrainedCommittee) -> Network:
    """A network that learned from the first four images."""
    network = put_to_use(labelled, trained)
    network.learned_from = list(labelled.images.order_by("id").values_list("id", flat=True)[:4])
    network.save()
    return network


@pytest.fixture
def qualities(monkeypatch: pytest.MonkeyPatch, trained: TrainedCommittee) -> Callable[[float, float], None]:
    """``qualities(new, old)``: a training that takes no time, and how well both networks do from now on."""

    def to(new: float, old: float) -> None:
        def learn(samples: list[Any], **_: Any) -> TrainedCommittee:
            left_out = [found(sample.mask, new) for sample in samples]
            return TrainedCommittee(trained.weights, trained.metrics, trained.config, left_out)

        def measured(committee: Any, samples: list[Any], **_: Any) -> Any:
            share = old if committee == "old" else new
            tally = gate.Tally(classes=3)
            tally._counts = [found(sample.mask, share) for sample in samples]
            tally.images = len(samples)
            return tally

        monkeypatch.setattr(train, "train_committee", learn)
        monkeypatch.setattr(gate, "measure", measured)
        monkeypatch.setattr(gate, "committee_of", lambda _: "old")

    return to


def found(mask: np.ndarray[Any, Any], share: float) -> np.ndarray[Any, Any]:
    """The counts of a network that finds this share of each region."""
    drawn = np.array([(mask == value).sum() for value in (1, 2)])
    return np.stack([(share * drawn).astype(np.int64), drawn])


def test_the_first_network_goes_into_use_without_comparison(
    labelled: Project, running: Callable[..., JobContext], qualities: Callable[[float, float], None]
):
    qualities(0.1, 0.9)
    train.run(running(labelled, "train", **QUICK))
    network = Network.objects.get()
    assert network.gate == {}
    assert network.learned_from == list(labelled.images.order_by("id").values_list("id", flat=True))
    assert Project.objects.get().network == network
    assert Job.objects.get().result == {"network": network.id, "in_use": True}


@pytest.mark.parametrize(("new", "old", "passed"), [(0.3, 0.8, False), (0.8, 0.3, True), (0.79, 0.8, True)])
def test_without_a_test_set_both_meet_on_the_labels_that_came_since(
    new: float,
    old: float,
    passed: bool,
    labelled: Project,
    in_use: Network,
    running: Callable[..., JobContext],
    qualities: Callable[[float, float], None],
):
    qualities(new, old)
    train.run(running(labelled, "train", **QUICK))
    network = Network.objects.order_by("id").last()
    assert network is not None
    assert network.gate["passed"] is passed
    assert (network.gate["measured_on"], network.gate["images"], network.gate["against"]) == ("new-labels", 8, 1)
    assert network.gate["difference"] == pytest.approx(new - old, abs=0.02)
    assert Project.objects.get().network == (network if passed else in_use)
    assert Job.objects.get().result == {"network": network.id, "in_use": passed}
    assert ("is kept and not used" in Job.objects.get().message) is not passed


@pytest.mark.usefixtures("in_use")
def test_on_a_frozen_test_set_both_meet_there(
    labelled: Project,
    running: Callable[..., JobContext],
    qualities: Callable[[float, float], None],
    user: Any,
):
    add_images(labelled, 12, first=12)
    test_set.freeze(project=labelled, actor=user("mia"), share=0.25, images=20)
    for image in labelled.images.filter(held_out=True):
        draw(image)
    qualities(0.2, 0.7)
    train.run(running(labelled, "train", **QUICK))
    network = Network.objects.order_by("id").last()
    assert network is not None
    assert (network.labels, network.metrics["test"]["images"]) == (12, 6)
    assert (network.gate["passed"], network.gate["measured_on"], network.gate["images"]) == (False, "test-set", 6)
    assert not set(network.learned_from or []) & set(labelled.images.filter(held_out=True).values_list("id", flat=True))
    assert Round.objects.get().produced is None  # the round of the test set taught nothing


@pytest.mark.usefixtures("in_use")
def test_images_of_a_patient_the_old_one_knows_are_no_new_labels(
    labelled: Project, running: Callable[..., JobContext], qualities: Callable[[float, float], None]
):
    labelled.images.update(patient="the same")
    qualities(0.1, 0.9)
    train.run(running(labelled, "train", **QUICK))
    network = Network.objects.order_by("id").last()
    assert network is not None
    assert network.gate == {}
    assert Project.objects.get().network == network


def test_a_manager_overrules(
    labelled: Project,
    in_use: Network,
    running: Callable[..., JobContext],
    qualities: Callable[[float, float], None],
    user: Any,
):
    qualities(0.1, 0.9)
    train.run(running(labelled, "train", **QUICK))
    kept = Network.objects.exclude(id=in_use.id).get()
    use_network(network=kept, actor=user("mia"))
    assert Project.objects.get().network == kept


def test_two_real_committees_are_compared(labelled: Project, in_use: Network, running: Callable[..., JobContext]):
    train.run(running(labelled, "train", **(QUICK | {"members": 4})))
    network = Network.objects.exclude(id=in_use.id).get()
    assert {"passed", "against", "low", "high", "images"} <= set(network.gate)
    assert network.gate["low"] <= network.gate["difference"] <= network.gate["high"]


def test_a_test_set_that_cannot_be_measured_loses_no_trained_network(
    labelled: Project, running: Callable[..., JobContext]
):
    """A photograph in colour among the patients held out, where all that is learned from is grey."""
    (colour,) = add_images(labelled, 1, first=12)
    pixels = np.zeros((colour.height, colour.width, 3), np.uint8)
    colour.pixels, colour.channels, colour.held_out = storage.put_array(pixels), 3, True
    colour.save()
    draw(colour)
    train.run(running(labelled, "train", **QUICK))
    network, job = Network.objects.get(), Job.objects.get()
    assert "test" not in network.metrics
    assert "not measured on the test set" in job.log
    assert (job.state, Project.objects.get().network) == ("succeeded", network)
