"""What a trained committee says of a picture, and how far it is to be trusted."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from winnow.active.calibration import Calibration, calibration_of
from winnow.active.committee import Committee
from winnow.active.quality import agreement
from winnow.errors import InvalidInput
from winnow.segmentation.inference import predict

from .test_committee import scene, scenes, train


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train(scenes(8), tmp_path_factory.mktemp("members"))


@pytest.fixture(scope="module")
def committee(trained):
    return Committee.load(trained.weights)


def test_the_committee_carries_how_far_to_trust_it(trained, committee):
    """Fitted on the images that both members had left out, and applied to what it says of a picture."""
    stored = trained.config["calibration"]
    assert trained.metrics["calibration"] == stored
    assert committee.calibration == calibration_of(stored)
    assert 0 < stored["images"] < trained.metrics["images"]
    picture, _ = scene(np.random.default_rng(5))
    batch = committee.tensor([picture])
    believed, _ = agreement(predict(committee.networks, batch)[:, 0, :, :37, :48])  # 40 x 52 in a square of 48
    assert committee.examine(picture).quality == pytest.approx(committee.calibration.quality(believed), abs=0.02)
    doubtful = replace(committee, calibration=Calibration(shift=-0.3))
    assert doubtful.examine(picture).quality == pytest.approx(believed - 0.3, abs=0.02)


def test_a_stream_is_examined_without_holding_it(committee):
    read = []

    def stream():
        rng = np.random.default_rng(2)
        for i in count():
            read.append(i)
            yield scene(rng)[0]

    answers = committee.examine_many(stream(), batch=2)
    for _ in range(3):
        next(answers)
    assert len(read) <= 4


def test_an_empty_batch_is_refused_and_no_pictures_are_no_answers(committee):
    with pytest.raises(InvalidInput, match="batch"):
        next(committee.examine_many([], batch=0))
    assert list(committee.examine_many([])) == []


def test_black_borders_beside_the_picture_do_not_count(committee):
    """A narrow picture fills a small part of the square; its score is the mean over its own pixels."""
    seen = committee.examine(scene(np.random.default_rng(3), shape=(90, 48))[0])
    assert seen.score == pytest.approx(float(seen.uncertainty.mean()), rel=0.1)


def test_a_colour_picture_is_refused_by_networks_that_know_grey(committee):
    with pytest.raises(InvalidInput, match="colour"):
        committee.examine(scene(np.random.default_rng(0), colour=True)[0])
