"""One contract for all cold starts, and what each of them promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.active.cold_starts import COLD_STARTS, cold_start
from winnow.active.geometry import clusters
from winnow.errors import InvalidInput

from .pools import places

every_cold = pytest.mark.parametrize("strategy", COLD_STARTS)


def test_the_names_that_settings_and_pages_use():
    assert set(COLD_STARTS) == {"random", "diverse", "typical"}


def test_an_unknown_cold_start_is_refused_by_name():
    with pytest.raises(InvalidInput, match=r"'clever'.*diverse"):
        cold_start("clever", np.ones((3, 2)), k=2, seed=0)


@every_cold
@given(data=st.data())
@settings(max_examples=30)
def test_cold_start_keeps_the_contract(strategy, data):
    count = data.draw(st.integers(1, 20))
    k = data.draw(st.integers(1, count))
    descriptors = np.random.default_rng(data.draw(st.integers(0, 100))).random((count, 4))
    chosen = cold_start(strategy, descriptors, k=k, seed=3)
    assert len(set(places(chosen))) == len(chosen) == k
    assert set(places(chosen)) <= set(range(count))
    assert [choice.rank for choice in chosen] == list(range(k))
    assert chosen == cold_start(strategy, descriptors, k=k, seed=3)


@every_cold
@pytest.mark.parametrize(("count", "k"), [(5, 6), (5, 0), (0, 1)])
def test_cold_start_refuses_counts_that_do_not_fit(strategy, count, k):
    with pytest.raises(InvalidInput):
        cold_start(strategy, np.ones((count, 3)), k=k, seed=0)


@every_cold
def test_cold_start_refuses_a_negative_seed(strategy):
    with pytest.raises(InvalidInput, match="seed"):
        cold_start(strategy, np.ones((5, 3)), k=2, seed=-1)


@every_cold
def test_cold_start_refuses_values_that_are_not_finite(strategy):
    with pytest.raises(InvalidInput, match="not finite"):
        cold_start(strategy, np.array([[1.0], [np.nan]]), k=1, seed=0)


@every_cold
def test_images_that_are_all_alike_are_chosen_once_each(strategy):
    assert len(set(places(cold_start(strategy, np.ones((6, 3)), k=5, seed=0)))) == 5


@pytest.mark.parametrize("strategy", ["diverse", "typical"])
def test_takes_one_of_each_group_before_a_second_of_any(strategy):
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(5), 8)
    descriptors = np.eye(5)[groups] * 10 + rng.normal(scale=0.1, size=(40, 5))
    chosen = places(cold_start(strategy, descriptors, k=5, seed=0))
    assert sorted(groups[chosen]) == [0, 1, 2, 3, 4]


def test_typical_takes_the_heart_of_the_largest_cluster_first_and_no_outlier():
    rng = np.random.default_rng(0)
    small, large = rng.normal(scale=0.1, size=(6, 2)), 10 + rng.normal(scale=0.1, size=(20, 2))
    small[0], large[0] = [1.5, 1.5], [8.5, 8.5]  # at the edge of their groups
    descriptors = np.concatenate([small, large])
    first, second = places(cold_start("typical", descriptors, k=2, seed=0))
    assert 6 < first < 26
    assert 0 < second < 6


def test_clusters_are_those_that_are_plain_to_see():
    groups = np.repeat(np.arange(3), 5)
    belongs = clusters(np.eye(3)[groups] * 10, count=3, seed=0)
    assert len({(a, b) for a, b in zip(groups, belongs, strict=True)}) == 3
