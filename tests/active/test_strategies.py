"""One contract for all strategies, and the facts each of them promises."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.active.strategies import COLD_STARTS, STRATEGIES, Pool, choose, cold_start, unit_vectors
from winnow.errors import InvalidInput


def make_pool(count=20, *, labelled=3, features=6, seed=0):
    rng = np.random.default_rng(seed)
    return Pool(
        uncertainty=rng.random(count),
        entropy=rng.random(count),
        descriptors=rng.random((count, features)),
        labelled_descriptors=rng.random((labelled, features)),
        driving_class=rng.integers(0, 3, count),
    )


def places(choices):
    return [choice.index for choice in choices]


def rows(pool, keep):
    """The pool with only some of its images."""
    return replace(
        pool,
        uncertainty=pool.uncertainty[keep],
        entropy=pool.entropy[keep],
        descriptors=pool.descriptors[keep],
        driving_class=pool.driving_class[keep],
    )


every = pytest.mark.parametrize("strategy", STRATEGIES)
every_cold = pytest.mark.parametrize("strategy", COLD_STARTS)


def test_the_names_that_settings_and_pages_use():
    assert {"random", "entropy", "variance", "suggestive", "representative"} == set(STRATEGIES)
    assert {"random", "diverse"} == set(COLD_STARTS)


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
    pool = Pool(uncertainty=np.zeros(6), entropy=np.zeros(6), descriptors=np.zeros((6, 4)))
    assert len(set(places(choose(strategy, pool, K=5, k=4, seed=0)))) == 4


@every
def test_leaves_its_input_as_it_was(strategy):
    pool = make_pool()
    before = [array.copy() for array in (pool.uncertainty, pool.entropy, pool.descriptors)]
    choose(strategy, pool, K=16, k=8, seed=0)
    for array, copy in zip((pool.uncertainty, pool.entropy, pool.descriptors), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@every
@pytest.mark.parametrize("name", ["uncertainty", "entropy", "descriptors", "labelled_descriptors"])
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
def test_an_empty_pool_is_refused(strategy):
    with pytest.raises(InvalidInput, match="empty"):
        choose(strategy, rows(make_pool(), slice(0, 0)), K=1, k=1, seed=0)


@every
@pytest.mark.parametrize("name", ["entropy", "descriptors", "driving_class"])
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
    with pytest.raises(InvalidInput, match=r"'clever'.*diverse"):
        cold_start("clever", np.ones((3, 2)), k=2, seed=0)


@every
def test_scores_explain_the_choice(strategy):
    pool = make_pool()
    cosine = unit_vectors(pool.descriptors) @ unit_vectors(pool.labelled_descriptors).T
    for choice in choose(strategy, pool, K=16, k=8, seed=0):
        assert choice.scores["uncertainty"] == pytest.approx(pool.uncertainty[choice.index])
        assert choice.scores["similarity"] == pytest.approx(cosine[choice.index].max())
        assert choice.scores["neighbour"] == cosine[choice.index].argmax()
        assert choice.scores.get("class", 0) == pool.driving_class[choice.index]


@every
def test_scores_are_absent_where_there_is_nothing_to_say(strategy):
    pool = replace(make_pool(labelled=0), driving_class=None)
    assert set(choose(strategy, pool, K=16, k=8, seed=0)[0].scores) == {"uncertainty"}


# not "representative": two images that stand for the same ones gain exactly the same, and the first is taken
@pytest.mark.parametrize("strategy", ["entropy", "variance", "suggestive"])
@given(seed=st.integers(0, 1000))
def test_the_order_of_the_pool_does_not_matter(strategy, seed):
    pool = make_pool(seed=seed)
    order = np.random.default_rng(seed).permutation(len(pool))
    straight = places(choose(strategy, pool, K=10, k=4, seed=0))
    assert [int(order[i]) for i in places(choose(strategy, rows(pool, order), K=10, k=4, seed=0))] == straight


@pytest.mark.parametrize(("strategy", "measure"), [("variance", "uncertainty"), ("entropy", "entropy")])
def test_nothing_left_behind_is_more_uncertain_than_what_was_chosen(strategy, measure):
    values = getattr(make_pool(), measure)
    chosen = places(choose(strategy, make_pool(), K=16, k=8, seed=0))
    assert values[chosen].min() >= np.delete(values, chosen).max()
    assert (np.diff(values[chosen]) <= 0).all()


@pytest.mark.parametrize("strategy", ["suggestive", "representative"])
def test_two_stages_choose_among_the_most_uncertain(strategy):
    pool = make_pool(60, seed=3)
    candidates = set(np.argsort(-pool.uncertainty)[:16])
    assert set(places(choose(strategy, pool, K=16, k=8, seed=0))) <= candidates
    assert set(places(choose(strategy, pool, K=16, k=16, seed=0))) == candidates


@given(seed=st.integers(0, 300))
@settings(max_examples=30)
def test_suggestive_reaches_half_of_the_best_possible_angle(seed):
    """Gonzalez's bound, against every subset there is."""
    pool = make_pool(9, features=3, seed=seed)
    units = unit_vectors(pool.descriptors)
    angles = np.arccos(np.clip(units @ units.T, -1, 1))

    def spread(chosen):
        return min(angles[a, b] for a, b in combinations(chosen, 2))

    best = max(spread(subset) for subset in combinations(range(9), 4))
    assert spread(places(choose("suggestive", pool, K=9, k=4, seed=0))) >= best / 2 - 1e-9


def test_suggestive_does_not_choose_the_same_image_twice_over():
    pool = make_pool(12, features=5)
    twins = np.concatenate([pool.descriptors[:6], pool.descriptors[:6] * 3.0])  # same direction: cosine 1
    chosen = places(choose("suggestive", replace(pool, descriptors=twins), K=12, k=6, seed=0))
    assert {i % 6 for i in chosen} == set(range(6))


@given(seed=st.integers(0, 300))
@settings(max_examples=30)
def test_representative_covers_nearly_as_well_as_the_best_subset(seed):
    """Nemhauser's bound for greedy on a monotone submodular function, against every subset there is."""
    pool = make_pool(9, features=3, seed=seed)
    units = unit_vectors(pool.descriptors)

    def covered(chosen):
        return (units[list(chosen)] @ units.T).max(axis=0).sum() + len(pool)

    best = max(covered(subset) for subset in combinations(range(9), 3))
    assert covered(places(choose("representative", pool, K=9, k=3, seed=0))) >= (1 - 1 / np.e) * best


def test_representative_begins_with_the_heart_of_the_largest_group():
    angles = np.radians([-20, -10, 0, 10, 20])
    fan = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    descriptors = np.concatenate([fan, [[0, 0, 1]]])
    pool = Pool(uncertainty=np.arange(6.0), entropy=np.zeros(6), descriptors=descriptors)
    assert places(choose("representative", pool, K=6, k=2, seed=0)) == [2, 5]


def test_random_draws_each_image_equally_often():
    pool = make_pool(10)
    counts = np.bincount([i for seed in range(400) for i in places(choose("random", pool, K=10, k=3, seed=seed))])
    # expected 120 each with standard deviation 9.2; fixed seeds, so this never flickers
    assert (abs(counts - 120) < 37).all()


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


def test_diverse_takes_one_of_each_group_before_a_second_of_any():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(5), 8)
    descriptors = np.eye(5)[groups] * 10 + rng.normal(scale=0.1, size=(40, 5))
    chosen = places(cold_start("diverse", descriptors, k=5, seed=0))
    assert sorted(groups[chosen]) == [0, 1, 2, 3, 4]
