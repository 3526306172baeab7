"""A new network is held against the old one on the same images, with an interval."""

from __future__ import annotations

import numpy as np
import pytest

from winnow.active.committee import Committee
from winnow.active.gate import LEAST, TRAINING, WIDE, compare, measure
from winnow.errors import InvalidInput, InvalidMask, JobCancelled
from winnow.imaging.picture import Picture
from winnow.segmentation.data import Sample

from .test_committee import CLASSES, scenes, train


def counts(*ious: float, classes: int = 2):
    """One image for each IoU, the same in all classes, of 1000 pixels."""
    return [np.array([[round(1000 * iou)] * classes, [1000] * classes]) for iou in ious]


def test_the_difference_is_that_of_the_pooled_mean_iou():
    verdict = compare(counts(*[0.6] * 8), counts(*[0.5] * 8))
    assert verdict.difference == pytest.approx(0.1)
    assert verdict.images == 8
    # all images alike: the interval is that of another seed alone
    assert (verdict.low, verdict.high) == pytest.approx((0.1 - WIDE * TRAINING, 0.1 + WIDE * TRAINING))


@pytest.mark.parametrize(("new", "passed"), [(0.5, True), (0.48, True), (0.46, False), (0.1, False), (0.9, True)])
def test_only_a_network_that_is_worse_beyond_the_interval_is_held_back(new: float, passed: bool):
    assert compare(counts(*[new] * 10), counts(*[0.5] * 10)).passed is passed


def test_images_that_disagree_widen_the_interval():
    old = counts(*[0.5] * 10)
    same = compare(counts(*[0.4] * 10), old)
    mixed = compare(counts(*[0.1, 0.7] * 5), old)
    assert mixed.difference == pytest.approx(same.difference)
    assert mixed.high - mixed.low > 2 * (same.high - same.low)
    assert mixed.passed
    assert not same.passed


def test_pairing_takes_out_that_images_differ():
    spread = np.linspace(0.1, 0.9, 10)
    verdict = compare(counts(*(spread - 0.05)), counts(*spread))
    assert verdict.high - verdict.low < 2.5 * WIDE * TRAINING


def test_a_class_that_one_of_the_two_has_no_iou_for_is_left_out():
    new, old = counts(*[0.5] * 6), counts(*[0.5] * 6)
    for image in new:
        image[:, 1] = 0  # neither drawn nor found by the new one
    for image in old:
        image[0, 1] = 0  # found by the old one where nothing is
    assert compare(new, old).difference == pytest.approx(0.0)


def test_too_few_images_or_nothing_to_find_say_nothing():
    few = counts(*[0.5] * (LEAST - 1))
    assert compare(few, few) is None
    nothing = [np.zeros((2, 2), np.int64)] * 8
    assert compare(nothing, nothing) is None


def test_other_images_or_classes_are_refused():
    with pytest.raises(InvalidInput):
        compare(counts(0.5, 0.5), counts(0.5))
    with pytest.raises(InvalidInput):
        compare(counts(*[0.5] * 6), counts(*[0.5] * 6, classes=3))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train(scenes(6), tmp_path_factory.mktemp("members"))


@pytest.fixture(scope="module")
def committee(trained):
    return Committee.load(trained.weights)


def sample(value: int = CLASSES[0]) -> Sample:
    mask = np.zeros((16, 16), np.uint8)
    mask[4:8, 4:8] = value
    return Sample(Picture(pixels=np.where(mask > 0, 200, 20).astype(np.uint8), window=(127.5, 255.0)), mask, "one")


def test_a_committee_is_measured_by_its_mean_mask(committee):
    tally = measure(committee, [sample(), sample(CLASSES[1])], should_stop=lambda: False)
    assert tally.images == 2
    mask = committee.examine(sample().picture).mask
    truth = sample().mask
    drawn, found = truth == CLASSES[0], mask == CLASSES[0]
    assert tally.counts[0][:, 0].tolist() == [(drawn & found).sum(), (drawn | found).sum()]


def test_training_says_how_each_image_was_met_by_those_that_left_it_out(trained):
    met = [one for one in trained.left_out if one is not None]
    assert len(trained.left_out) == 6
    assert len(met) == trained.metrics["images"]
    hits, union = sum(met)
    assert hits[0] / union[0] == pytest.approx(trained.metrics["iou"][str(CLASSES[0])])


def test_measuring_stops_when_asked_and_knows_its_classes(committee):
    with pytest.raises(JobCancelled):
        measure(committee, [sample()], should_stop=lambda: True)
    with pytest.raises(InvalidMask):
        measure(committee, [sample(9)], should_stop=lambda: False)
