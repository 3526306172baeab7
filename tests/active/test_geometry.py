"""Distances and clusters are what a plain double loop says they are."""

from __future__ import annotations

import numpy as np
import pytest

from winnow.active import geometry
from winnow.active.geometry import clusters, highest, most_central, nearest_of, squared_distances


def test_the_nearest_of_many_is_that_of_a_plain_loop(monkeypatch):
    monkeypatch.setattr(geometry, "BLOCK", 4)  # so that there are several blocks
    rng = np.random.default_rng(0)
    values, others = rng.normal(size=(20, 5)), rng.normal(size=(11, 5))
    expected = [min(((value - other) ** 2).sum() for other in others) for value in values]
    assert nearest_of(values, others) == pytest.approx(expected)
    assert nearest_of(values, values) == pytest.approx(0, abs=1e-9)


def test_a_row_is_no_distance_from_itself():
    values = np.random.default_rng(1).normal(size=(6, 3))
    assert squared_distances(values, values[2])[2] == 0


def test_the_highest_come_first_and_equal_ones_in_order():
    assert highest(np.array([1.0, 3.0, 3.0, 2.0]), 3) == [1, 2, 3]


def test_the_most_central_is_nearest_to_the_mean():
    assert most_central(np.array([[0.0], [4.0], [5.0], [9.0]])) == 1


def test_every_row_is_in_the_cluster_whose_mean_is_nearest():
    values = np.random.default_rng(2).normal(size=(60, 2))
    belongs = clusters(values, count=4, seed=0)
    means = {cluster: values[belongs == cluster].mean(axis=0) for cluster in np.unique(belongs)}
    for value, cluster in zip(values, belongs, strict=True):
        assert cluster == min(means, key=lambda other: ((value - means[other]) ** 2).sum())
