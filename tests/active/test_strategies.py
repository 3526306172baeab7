"""One contract for all strategies; what each promises beyond it is in test_promises.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.active.strategies import SIMULATED, STRATEGIES, choose, unit_vectors
from winnow.errors import InvalidInput

from .pools import PER_IMAGE, SCORES, make_pool, places, rows

every = pytest.mark.parametrize("strategy", SIMULATED)


def test_the_names_that_settings_and_pages_use():
    assert set(STRATEGIES) == {
        *("winnow", "random", "entropy", "margin", "bald", "committee_bald", "variance"),
        *("suggestive", "representative", "coreset", "clasp_pe"),
    }


def test_what_looks_at_the_masks_is_for_simulations_only():
    assert set(SIMULATED) - set(STRATEGIES) == {"foreground_random"}


@every
@settings(max_examples=40)
@given(data=st.data())
def test_the_right_count_without_duplicates_from_the_pool_only(strategy, data):
    count = data.draw(st.integers(1, 25))
    K = data.draw(st.integers(1, count))
    k = data.draw(st.integers(1, K))
    pool = make_pool(count, labelled=data.draw(st.integers(0, 3)), seed=data.draw(st.integers(0, 1000)))
    chosen = choose(strategy, pool, K=K, k=k, seed=1)
    assert len(chosen) == k
    assert len(set(places(chosen))) == k
    assert set(places(chosen)) <= set(range(count))
    assert [choice.rank for choice in chosen] == list(range(k))


@every
def test_the_same_seed_gives_the_same_answer(strategy):
    first, second = (choose(strategy, make_pool(), K=16, k=8, seed=7) for _ in range(2))
    assert first == second


@every
def test_works_on_a_pool_where_all_are_alike(strategy):
    pool = make_pool(6)
    pool = replace(pool, **{name: np.zeros_like(getattr(pool, name)) for name in [*PER_IMAGE, "labelled_descriptors"]})
    assert len(set(places(choose(strategy, pool, K=5, k=4, seed=0)))) == 4


@every
def test_leaves_its_input_as_it_was(strategy):
    pool = make_pool()
    before = {name: getattr(pool, name).copy() for name in [*PER_IMAGE, "labelled_descriptors"]}
    choose(strategy, pool, K=16, k=8, seed=0)
    for name, copy in before.items():
        np.testing.assert_array_equal(getattr(pool, name), copy)


@every
@pytest.mark.parametrize("name", [*SCORES, "descriptors", "labelled_descriptors"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(strategy, name, bad):
    pool = make_pool()
    getattr(pool, name).flat[2] = bad
    with pytest.raises(InvalidInput, match="not finite"):
        choose(strategy, pool, K=16, k=8, seed=0)


@every
@pytest.mark.parametrize(
    ("K", "k", "says"), [(21, 8, "K is 21"), (16, 17, "k is 17"), (16, 0, "k is 0"), (21, 21, "K")]
)
def test_counts_that_do_not_fit_are_refused(strategy, K, k, says):
    with pytest.raises(InvalidInput, match=says):
        choose(strategy, make_pool(20), K=K, k=k, seed=0)


@every
def test_a_negative_seed_is_refused(strategy):
    with pytest.raises(InvalidInput, match="seed"):
        choose(strategy, make_pool(), K=16, k=8, seed=-1)


@every
def test_a_negative_turn_is_refused(strategy):
    with pytest.raises(InvalidInput, match="turn"):
        choose(strategy, replace(make_pool(), turn=-1), K=16, k=8, seed=0)


@pytest.mark.parametrize(
    ("strategy", "name"),
    [
        ("margin", "margin"),
        ("bald", "mc_mutual_information"),
        ("committee_bald", "mutual_information"),
        ("clasp_pe", "class_scores"),
        ("winnow", "class_scores"),
        ("foreground_random", "holds"),
    ],
)
def test_a_strategy_says_what_it_misses_in_a_pool(strategy, name):
    with pytest.raises(InvalidInput, match="needs the"):
        choose(strategy, replace(make_pool(), **{name: None}), K=16, k=8, seed=0)


@every
def test_an_empty_pool_is_refused(strategy):
    with pytest.raises(InvalidInput, match="empty"):
        choose(strategy, rows(make_pool(), slice(0, 0)), K=1, k=1, seed=0)


@every
@pytest.mark.parametrize("name", PER_IMAGE[1:])
def test_arrays_of_different_lengths_are_refused(strategy, name):
    pool = make_pool()
    with pytest.raises(InvalidInput, match="length"):
        choose(strategy, replace(pool, **{name: getattr(pool, name)[:-1]}), K=16, k=8, seed=0)


@every
def test_descriptors_of_another_network_are_refused(strategy):
    pool = replace(make_pool(features=6), labelled_descriptors=np.ones((2, 5)))
    with pytest.raises(InvalidInput, match="features"):
        choose(strategy, pool, K=16, k=8, seed=0)


def test_an_unknown_strategy_is_refused_by_name():
    with pytest.raises(InvalidInput, match=r"'clever'.*suggestive"):
        choose("clever", make_pool(), K=16, k=8, seed=0)


@every
def test_scores_explain_the_choice(strategy):
    pool = make_pool()
    cosine = unit_vectors(pool.descriptors) @ unit_vectors(pool.labelled_descriptors).T
    for choice in choose(strategy, pool, K=16, k=8, seed=0):
        assert choice.scores["uncertainty"] == pytest.approx(pool.uncertainty[choice.index])
        assert choice.scores["similarity"] == pytest.approx(cosine[choice.index].max())
        assert choice.scores["neighbour"] == cosine[choice.index].argmax()
        if choice.scores.get("by") != "class":
            assert choice.scores.get("class", 0) == pool.driving_class[choice.index]


@every
def test_scores_are_absent_where_there_is_nothing_to_say(strategy):
    pool = replace(make_pool(labelled=0), driving_class=None, classes=None)
    scores = choose(strategy, pool, K=16, k=8, seed=0)[0].scores
    assert set(scores) - {"by", "score"} == {"uncertainty"}


@pytest.mark.parametrize("name", ["classes", "labelled_pixels"])
def test_classes_that_do_not_fit_the_scores_are_refused(name):
    with pytest.raises(InvalidInput, match="for 3 class scores"):
        choose("winnow", replace(make_pool(), **{name: np.ones(2, int)}), K=16, k=8, seed=0)
