"""The estimate of a mask's quality: facts that hold for any evidence, and evidence whose truth is known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.active.calibration import LEAST_IMAGES, Calibration, Evidence, calibrate, calibration_of
from winnow.errors import InvalidInput

SHARES = st.floats(0, 1)
PAIRS = st.lists(st.tuples(SHARES, SHARES), max_size=30)


def evidence(images, *, shift=0.0, slope=1.0, noise=0.05, seed=0):
    """Agreements, and a truth that is a line of them with noise."""
    rng = np.random.default_rng(seed)
    agreement = rng.uniform(0.3, 0.9, images)
    truth = 0.6 + shift + slope * (agreement - 0.6) + rng.normal(scale=noise, size=images)
    return agreement, truth.clip(0, 1)


@given(pairs=PAIRS, first=SHARES, second=SHARES)
@settings(max_examples=50)
def test_more_agreement_never_means_less_quality_and_both_are_shares(pairs, first, second):
    fitted = calibrate(*np.array(pairs).reshape(-1, 2).T)
    low, high = (fitted.quality(value) for value in sorted((first, second)))
    assert 0 <= low <= high <= 1


@given(pairs=st.lists(st.tuples(SHARES, SHARES), min_size=LEAST_IMAGES, max_size=30), agreement=SHARES)
@settings(max_examples=50)
def test_the_interval_lies_within_0_to_1_and_about_the_estimate(pairs, agreement):
    fitted = calibrate(*np.array(pairs).T)
    quality = fitted.quality(agreement)
    low, high = fitted.interval(quality)
    assert 0 <= low <= quality <= high <= 1
    assert 0 <= fitted.error <= 1


@given(pairs=PAIRS)
@settings(max_examples=30)
def test_it_survives_being_stored(pairs):
    fitted = calibrate(*np.array(pairs).reshape(-1, 2).T, found_nothing=3, rightly=1)
    assert calibration_of(json.loads(json.dumps(fitted.record(), allow_nan=False))) == fitted


@given(pairs=st.lists(st.tuples(SHARES, SHARES), min_size=2, max_size=12), seed=st.integers(0, 99))
@settings(max_examples=30)
def test_the_order_of_the_images_does_not_matter(pairs, seed):
    shuffled = np.random.default_rng(seed).permutation(pairs)
    first, second = calibrate(*np.array(pairs).T), calibrate(*shuffled.T)
    assert second.quality(0.4) == pytest.approx(first.quality(0.4))
    assert second.precision == pytest.approx(first.precision)


def test_without_evidence_agreement_is_believed_and_no_interval_given():
    unknown = calibration_of(None)
    assert unknown == Calibration()
    assert unknown.quality(0.7) == pytest.approx(0.7)
    assert unknown.interval(0.7) is None
    few = calibrate(*evidence(LEAST_IMAGES - 1))
    assert (few.error, few.correlation, few.interval(0.7)) == (None, None, None)


def test_members_that_are_too_sure_are_corrected():
    agreement, truth = evidence(60, shift=-0.25)
    fitted = calibrate(agreement, truth)
    assert fitted.quality(0.6) == pytest.approx(0.35, abs=0.05)
    assert fitted.error < np.abs(agreement - truth).mean() / 2
    assert fitted.correlation > 0.8


def test_few_images_correct_less_than_many():
    shifts = [calibrate(*evidence(images, shift=-0.25)).quality(0.6) for images in (0, 2, 10, 80)]
    assert shifts == sorted(shifts, reverse=True)


def test_evidence_that_turns_the_order_round_only_flattens_it():
    fitted = calibrate(*evidence(80, slope=-2.0, noise=0.01))
    assert fitted.quality(0.3) < fitted.quality(0.9)
    assert fitted.quality(0.6) == pytest.approx(0.6, abs=0.06)


@pytest.mark.parametrize("noise", [0.07, 0.15])
def test_nine_of_ten_images_lie_within_the_interval(noise):
    fitted = calibrate(*evidence(60, noise=noise))
    agreement, truth = evidence(2000, noise=noise, seed=1)
    ends = np.array([fitted.interval(fitted.quality(value)) for value in agreement])
    covered = ((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean()
    assert 0.83 < covered < 0.97
    # the variance of a share shrinks with its distance from one half, this noise does not: so not 0.9 exactly


def test_the_interval_is_wider_where_the_members_were_often_wrong():
    sure, unsure = (calibrate(*evidence(40, noise=noise)).interval(0.6) for noise in (0.02, 0.2))
    assert unsure[1] - unsure[0] > 2 * (sure[1] - sure[0])


def test_each_image_is_left_out_of_its_own_estimate():
    """With each pair held out by hand the same error comes out."""
    agreement, truth = evidence(12, shift=0.1)
    others = [np.delete(np.arange(12), i) for i in range(12)]
    by_hand = [calibrate(agreement[o], truth[o]).quality(agreement[i]) for i, o in enumerate(others)]
    assert calibrate(agreement, truth).error == pytest.approx(np.abs(by_hand - truth).mean())


def test_masks_where_nothing_was_found_are_believed_as_far_as_such_masks_were_right():
    def chance(dices):
        gathered = Evidence()
        for dice in dices:
            gathered.add(1.0, True, dice=dice)
        return gathered.calibration().quality(1.0, True)

    assert chance([]) == 0.5
    assert chance([None] * 8) == pytest.approx(0.9)
    assert chance([0.0] * 8) == pytest.approx(0.1)


def test_images_with_nothing_to_find_and_nothing_found_do_not_calibrate_the_others():
    gathered = Evidence()
    for agreement, dice in zip(*evidence(20, shift=-0.2), strict=True):
        gathered.add(agreement, False, dice=dice)
    before = gathered.calibration()
    gathered.add(1.0, True, dice=None)
    assert gathered.calibration().quality(0.5) == before.quality(0.5)
    assert gathered.calibration().images == 20


@pytest.mark.parametrize(
    ("agreement", "dice", "counts"),
    [
        ([0.5], [0.5, 0.6], {}),
        ([np.nan], [0.5], {}),
        ([0.5], [1.5], {}),
        ([-0.1], [0.5], {}),
        ([0.5], [0.5], {"found_nothing": 1, "rightly": 2}),
        ([0.5], [0.5], {"rightly": -1}),
    ],
)
def test_what_is_no_evidence_is_refused(agreement, dice, counts):
    with pytest.raises(InvalidInput):
        calibrate(agreement, dice, **counts)
