"""The measures hold the facts of mathematics, for any probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.active.uncertainty import (
    margin,
    mutual_information,
    predictive_entropy,
    variance,
    variance_per_class,
    vote_entropy,
)
from winnow.errors import InvalidInput

MEASURES = [variance, vote_entropy, predictive_entropy, margin, mutual_information]


@st.composite
def committees(draw):
    """Probabilities (M, C, H, W) from nearly uniform to nearly one-hot."""
    shape = draw(st.tuples(st.integers(2, 5), st.integers(2, 5), st.integers(1, 4), st.integers(1, 4)))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    logits = rng.normal(size=shape) * draw(st.sampled_from([0.1, 1.0, 10.0, 1000.0]))
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def one_hot(votes, classes):
    return np.moveaxis(np.eye(classes, dtype=np.float32)[np.asarray(votes)], -1, 1)


@pytest.mark.parametrize("measure", MEASURES)
@given(committee=committees())
def test_a_map_of_the_image_that_is_never_negative(measure, committee):
    result = measure(committee)
    assert result.shape == committee.shape[2:]
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    assert (result >= 0).all()


@pytest.mark.parametrize("measure", MEASURES)
@given(committee=committees(), seed=st.integers(0, 100))
def test_the_order_of_members_and_classes_does_not_matter(measure, committee, seed):
    rng = np.random.default_rng(seed)
    shuffled = committee[rng.permutation(len(committee))]
    if measure is not vote_entropy:  # argmax takes the first of equals, which depends on the order
        shuffled = shuffled[:, rng.permutation(committee.shape[1])]
    np.testing.assert_allclose(measure(shuffled), measure(committee), atol=1e-5)


@given(committee=committees())
def test_the_upper_bounds(committee):
    members, classes = committee.shape[:2]
    kinds = min(members, classes)
    assert (variance(committee) <= 1 - 1 / kinds + 1e-5).all()
    assert (variance_per_class(committee) <= 0.25 + 1e-6).all()
    assert (vote_entropy(committee) <= np.log(kinds) + 1e-5).all()
    assert (predictive_entropy(committee) <= np.log(classes) + 1e-5).all()
    assert (mutual_information(committee) <= predictive_entropy(committee) + 1e-5).all()


@given(committee=committees())
def test_members_that_say_the_same_have_nothing_to_disagree_about(committee):
    alike = np.repeat(committee[:1], len(committee), axis=0)
    for measure in (variance, vote_entropy, mutual_information):
        np.testing.assert_allclose(measure(alike), 0, atol=1e-5)
    np.testing.assert_allclose(predictive_entropy(alike), predictive_entropy(committee[:1]), atol=1e-5)


def test_bounds_are_reached_where_every_member_votes_for_a_class_of_its_own():
    committee = one_hot([[[0]], [[1]], [[2]]], classes=3)
    assert variance(committee) == pytest.approx(1 - 1 / 3)
    assert vote_entropy(committee) == pytest.approx(np.log(3))
    assert mutual_information(committee) == pytest.approx(np.log(3))


def test_uniform_probabilities_have_the_highest_entropy_but_nothing_to_learn():
    committee = np.full((3, 4, 1, 1), 0.25, dtype=np.float32)
    assert predictive_entropy(committee) == pytest.approx(np.log(4))
    assert mutual_information(committee) == pytest.approx(0, abs=1e-6)


def test_two_classes_by_hand():
    committee = np.array([[0.2, 0.8], [0.6, 0.4]], dtype=np.float32).reshape(2, 2, 1, 1)
    assert variance_per_class(committee) == pytest.approx(0.04)  # ((0.2 - 0.4)^2 + (0.6 - 0.4)^2) / 2
    assert variance(committee) == pytest.approx(0.08)
    assert vote_entropy(committee) == pytest.approx(np.log(2))
    assert predictive_entropy(committee) == pytest.approx(-(0.4 * np.log(0.4) + 0.6 * np.log(0.6)))
    assert margin(committee) == pytest.approx(0.2)


def test_the_margin_is_whole_where_one_class_is_certain_and_none_where_all_are_alike():
    assert margin(one_hot([[[1]], [[1]]], classes=3)) == 1
    assert margin(np.full((1, 4, 1, 1), 0.25, dtype=np.float32)) == 0


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_refused(measure, bad):
    committee = np.full((2, 2, 3, 3), 0.5, dtype=np.float32)
    committee[1, 0, 2, 2] = bad
    with pytest.raises(InvalidInput, match="not finite"):
        measure(committee)


@pytest.mark.parametrize("measure", [variance, vote_entropy, mutual_information])
def test_one_member_alone_cannot_disagree(measure):
    with pytest.raises(InvalidInput, match="1 members"):
        measure(np.full((1, 2, 3, 3), 0.5, dtype=np.float32))


@pytest.mark.parametrize("measure", MEASURES)
def test_a_missing_axis_is_named(measure):
    with pytest.raises(InvalidInput, match="axes"):
        measure(np.full((2, 2, 3), 0.5, dtype=np.float32))
