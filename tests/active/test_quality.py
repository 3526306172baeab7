from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.active.quality import Tally, agreement, out_of_bag
from winnow.errors import InvalidInput, InvalidMask


def tally_of(*pairs, classes=3):
    tally = Tally(classes=classes)
    for prediction, reference in pairs:
        tally.add(np.array(prediction), np.array(reference))
    return tally


@given(seed=st.integers(0, 1000), classes=st.integers(2, 5))
def test_a_mask_against_itself_is_perfect_in_the_classes_it_has(seed, classes):
    mask = np.random.default_rng(seed).integers(0, classes, (6, 7))
    mask[0, 0] = 1
    figures = tally_of((mask, mask), classes=classes).figures()
    assert figures["mean_iou"] == figures["f1"] == figures["dice"] == 1.0
    for value, score in enumerate(figures["iou"], start=1):
        assert score == (1.0 if (mask == value).any() else None)


def test_a_class_that_nobody_has_is_left_out_not_counted_as_perfect():
    figures = tally_of(([[1, 1, 0, 0]], [[1, 0, 0, 0]])).figures()
    assert figures["iou"] == [0.5, None]
    assert figures["mean_iou"] == 0.5
    assert figures["f1"] == pytest.approx(2 / 3)


def test_pixels_are_pooled_over_images_but_dice_is_a_mean_over_images():
    large = ([[1] * 8], [[1] * 8])
    small = ([[0] * 7 + [1]], [[1] + [0] * 7])
    figures = tally_of(large, small).figures()
    assert figures["iou"][0] == pytest.approx(8 / 10)
    assert figures["f1"] == pytest.approx(16 / 18)
    assert figures["dice"] == pytest.approx((1 + 0) / 2)


def test_images_without_any_class_say_nothing():
    figures = tally_of(([[0, 0]], [[0, 0]])).figures()
    assert figures == {"iou": [None, None], "mean_iou": None, "f1": None, "dice": None, "dice_per_class": [None, None]}


def test_a_false_alarm_counts_as_zero():
    assert tally_of(([[1, 0]], [[0, 0]])).figures()["dice"] == 0.0


@given(seed=st.integers(0, 1000))
def test_f1_follows_from_iou_in_each_class(seed):
    rng = np.random.default_rng(seed)
    figures = tally_of((rng.integers(0, 3, (5, 5)), rng.integers(0, 3, (5, 5)))).figures()
    for iou, dice in zip(figures["iou"], figures["dice_per_class"], strict=True):
        assert dice == pytest.approx(2 * iou / (1 + iou))


@given(seed=st.integers(0, 100), copies=st.integers(2, 6))
def test_images_that_are_all_alike_leave_no_doubt(seed, copies):
    rng = np.random.default_rng(seed)
    pair = rng.integers(0, 3, (2, 6, 6))
    assert tally_of(*[pair] * copies).error() == pytest.approx(0, abs=1e-12)


def test_the_error_of_a_mean_shrinks_with_the_root_of_the_images():
    """Each image of one class is right or wrong with even odds: the pooled IoU is their share of right ones."""
    pairs = [([[1]], [[1]]), ([[0]], [[1]])]
    for images in (16, 64):
        error = tally_of(*pairs * (images // 2), classes=2).error()
        assert error == pytest.approx(0.5 / np.sqrt(images), rel=0.15)


@pytest.mark.parametrize("pairs", [[], [([[1]], [[1]])], [([[0]], [[0]])] * 3])
def test_what_cannot_spread_has_no_error(pairs):
    assert tally_of(*pairs).error() is None


def test_masks_of_different_sizes_are_refused():
    with pytest.raises(InvalidMask):
        tally_of(([[1, 0]], [[1]]))


def test_out_of_bag_metrics_are_named_by_class_value():
    metrics = out_of_bag(tally_of(([[1, 1, 0, 0]], [[1, 0, 0, 0]])), values=[2, 7], members=4)
    assert metrics["iou"] == {"2": 0.5, "7": None}
    assert metrics["dice"] == {"2": pytest.approx(2 / 3), "7": None}
    assert (metrics["measured_on"], metrics["images"], metrics["members"]) == ("out-of-bag", 1, 4)


def test_out_of_bag_refuses_values_that_do_not_fit_the_tally():
    with pytest.raises(InvalidInput):
        out_of_bag(tally_of(), values=[1], members=4)


def certain(votes, *, classes=3):
    """Members that are sure of their votes (M, H, W)."""
    return np.moveaxis(np.eye(classes)[np.asarray(votes)], -1, 1)


def softmaxed(rng, *, members=4, classes=3):
    chances = rng.gamma(0.5, size=(members, classes, 5, 5)) + 1e-6
    return chances / chances.sum(axis=1, keepdims=True)


def test_members_that_are_sure_of_the_same_agree():
    assert agreement(certain(np.repeat([[[0, 1, 2]]], 3, axis=0))) == (1.0, False)


def test_members_that_share_nothing_do_not_agree():
    chances = certain([[[1, 0, 0]], [[0, 1, 0]]])
    chances[0] = 0.97 * chances[0] + 0.01  # the committee follows the second, who is sure
    # the first gives a hundredth to what the second drew, the second nothing to what the first drew
    assert agreement(chances) == (pytest.approx((2 * 0.01 / (0.97 + 3 * 0.01 + 1) + 0) / 2), False)


def test_agreement_of_certain_members_is_the_dice_of_their_masks():
    pairs = 2 / 3 + 4 / 5 + 1 / 2  # 2*1/3, 2*2/5, 2*1/4
    assert agreement(certain([[[1, 1, 0, 0]], [[1, 0, 0, 0]], [[1, 1, 1, 0]]])) == (pytest.approx(pairs / 3), False)


def test_members_that_vote_alike_but_are_unsure_agree_less():
    votes = certain([[[1, 1, 0, 0]]] * 2)
    values = [agreement(sure * votes + (1 - sure) / 3)[0] for sure in (1.0, 0.8, 0.5)]
    assert values[0] == 1.0
    assert values == sorted(values, reverse=True)


def test_agreement_that_there_is_nothing():
    votes = np.zeros((4, 2, 2), dtype=int)
    assert agreement(certain(votes)) == (1.0, True)
    votes[3, 0, 0] = 1
    assert agreement(certain(votes)) == (0.75, True)


@given(seed=st.integers(0, 1000))
def test_agreement_is_a_share_and_does_not_depend_on_the_order_of_members(seed):
    rng = np.random.default_rng(seed)
    chances = softmaxed(rng)
    value, empty = agreement(chances)
    assert 0 <= value <= 1
    assert agreement(chances[rng.permutation(4)]) == (pytest.approx(value), empty)


@given(seed=st.integers(0, 1000))
def test_agreement_of_all_is_the_mean_of_that_of_two(seed):
    """What makes two out-of-bag members comparable with the whole committee, where they see the same classes."""
    chances = softmaxed(np.random.default_rng(seed), classes=2)
    chances[:, 1, 0, 0], chances[:, 0, 0, 0] = 1, 0  # nobody finds nothing
    pairs = [agreement(chances[[a, b]])[0] for a, b in combinations(range(4), 2)]
    assert agreement(chances)[0] == pytest.approx(np.mean(pairs))


@pytest.mark.parametrize("shape", [(1, 2, 2, 2), (2, 2, 3), (2, 2)])
def test_agreement_refuses_what_does_not_fit(shape):
    with pytest.raises(InvalidInput):
        agreement(np.zeros(shape))
