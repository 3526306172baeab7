"""Each member's resample: drawn with replacement, different, and missing no class."""

from __future__ import annotations

import numpy as np
import pytest

from winnow.active.resampling import bootstrap, holdings, patients_apart


def test_holdings_say_which_mask_holds_which_class():
    masks = [np.array([[0, 2]], np.uint8), np.array([[1, 1]], np.uint8)]
    assert holdings(masks, classes=3).tolist() == [[True, False, True], [False, True, False]]


def test_bootstrap_draws_with_replacement_and_differs_between_members():
    draws = bootstrap(np.ones((50, 3), dtype=bool), members=4, seed=0)
    assert len(draws) == 4
    assert all(len(draw) == 50 and set(draw) <= set(range(50)) for draw in draws)
    # 1 - 1/e of the samples are in a resample: 31.6 of 50, standard deviation 2.2
    assert all(25 <= len(set(draw)) <= 39 for draw in draws)
    assert len({tuple(draw) for draw in draws}) == 4


def test_no_member_misses_a_class_that_only_one_image_holds():
    holdings = np.zeros((20, 3), dtype=bool)
    holdings[:, 0] = True
    holdings[13, 2] = True
    for draw in bootstrap(holdings, members=16, seed=0):
        assert 13 in draw


def test_patients_are_drawn_whole():
    patients = [f"patient {place % 7}" for place in range(30)]
    groups = patients_apart(patients)
    for draw in bootstrap(np.ones((30, 2), dtype=bool), members=8, seed=0, groups=groups):
        times = np.bincount(draw, minlength=30)
        assert 0 < len(set(draw)) < 30
        for group in groups:
            assert len(set(times[group])) == 1  # each image of a patient as often as the others
        assert sum(times[group[0]] for group in groups) == 7


@pytest.mark.parametrize(
    "patients",
    [None, ["a", "b", "c", "d", "e"], ["a", "b", "c", "a", "b", "c"]],
    ids=["none given", "one image each", "three patients"],
)
def test_images_are_drawn_one_by_one_where_patients_do_not_group_them(patients):
    assert patients_apart(patients) is None


def test_groups_of_one_are_drawn_as_images_are():
    held, alone = np.ones((9, 2), dtype=bool), [np.array([place]) for place in range(9)]
    for draw, other in zip(
        bootstrap(held, members=3, seed=1), bootstrap(held, members=3, seed=1, groups=alone), strict=True
    ):
        np.testing.assert_array_equal(draw, other)
