"""Each member's resample: drawn with replacement, different, and missing no class."""

from __future__ import annotations

import numpy as np

from winnow.active.resampling import bootstrap, holdings


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
