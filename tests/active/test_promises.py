"""What each strategy promises beyond the contract that all of them keep."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.active.strategies import Pool, choose, unit_vectors

from .pools import make_pool, places, rows


# not "representative": two images that stand for the same ones gain exactly the same, and the first is taken
@pytest.mark.parametrize("strategy", ["entropy", "margin", "bald", "variance", "suggestive", "coreset", "winnow"])
@given(seed=st.integers(0, 1000))
def test_the_order_of_the_pool_does_not_matter(strategy, seed):
    pool = make_pool(seed=seed)
    order = np.random.default_rng(seed).permutation(len(pool))
    straight = places(choose(strategy, pool, K=10, k=4, seed=0))
    assert [int(order[i]) for i in places(choose(strategy, rows(pool, order), K=10, k=4, seed=0))] == straight


@pytest.mark.parametrize(
    ("strategy", "measure"),
    [
        ("variance", "uncertainty"),
        ("entropy", "entropy"),
        ("bald", "mc_mutual_information"),
        ("committee_bald", "mutual_information"),
    ],
)
def test_nothing_left_behind_is_more_uncertain_than_what_was_chosen(strategy, measure):
    values = getattr(make_pool(), measure)
    chosen = places(choose(strategy, make_pool(), K=16, k=8, seed=0))
    assert values[chosen].min() >= np.delete(values, chosen).max()
    assert (np.diff(values[chosen]) <= 0).all()


def test_margin_takes_the_narrowest():
    pool = make_pool()
    assert places(choose("margin", pool, K=16, k=8, seed=0)) == list(np.argsort(pool.margin)[:8])


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


def flat_pool(descriptors, *, labelled):
    count = len(descriptors)
    return Pool(
        uncertainty=np.zeros(count),
        entropy=np.zeros(count),
        descriptors=np.asarray(descriptors, dtype=float),
        labelled_descriptors=np.asarray(labelled, dtype=float),
    )


def test_coreset_takes_what_lies_farthest_from_the_labelled_and_then_from_what_it_took():
    pool = flat_pool([[0.0], [1.0], [9.0], [10.0], [5.0]], labelled=[[0.5]])
    assert places(choose("coreset", pool, K=5, k=2, seed=0)) == [3, 4]


@given(seed=st.integers(0, 300))
@settings(max_examples=30)
def test_coreset_covers_within_twice_the_best_possible_radius(seed):
    """Gonzalez's bound with centres that are given, against every subset there is."""
    pool = make_pool(9, features=2, labelled=2, seed=seed)

    def radius(chosen):
        centres = np.concatenate([pool.labelled_descriptors, pool.descriptors[list(chosen)]])
        return np.linalg.norm(pool.descriptors[:, None] - centres, axis=2).min(axis=1).max()

    best = min(radius(subset) for subset in combinations(range(9), 3))
    assert radius(places(choose("coreset", pool, K=9, k=3, seed=0))) <= 2 * best + 1e-9


def test_clasp_pe_ends_as_the_top_of_each_class_and_of_the_entropy():
    """Once the noise has died away: six of nine split over three classes, three by entropy."""
    scores = np.full((12, 3), 1e-6)
    scores[0:2, 0], scores[2:4, 1], scores[4:6, 2] = [0.9, 0.8], [0.7, 0.6], [0.01, 0.009]
    entropy = np.full(12, 1e-6)
    entropy[6:9] = [0.6, 0.5, 0.4]
    pool = replace(make_pool(12), class_scores=scores, entropy=entropy, turn=60)
    assert places(choose("clasp_pe", pool, K=12, k=9, seed=0)) == [0, 2, 4, 1, 3, 5, 6, 7, 8]


def test_the_noise_of_clasp_pe_falls_from_turn_to_turn():
    pool = make_pool(40)

    def different(turn):
        batches = {tuple(places(choose("clasp_pe", replace(pool, turn=turn), K=40, k=6, seed=s))) for s in range(30)}
        return len(batches)

    assert different(0) > different(6) > different(60) == 1


def test_foreground_random_takes_two_thirds_from_images_that_hold_a_class():
    holds = np.zeros((60, 2), dtype=bool)
    holds[:6, 0] = True
    holds[6:8, 1] = True
    pool = replace(make_pool(60), holds=holds)
    for seed in range(20):
        chosen = places(choose("foreground_random", pool, K=60, k=9, seed=seed))
        assert sum(place < 8 for place in chosen[:6]) == 6


def test_foreground_random_draws_rare_classes_as_often_as_common_ones():
    holds = np.zeros((100, 2), dtype=bool)
    holds[:90, 0] = True
    holds[90:, 1] = True
    pool = replace(make_pool(100), holds=holds)
    rare = sum(places(choose("foreground_random", pool, K=100, k=1, seed=seed))[0] >= 90 for seed in range(400))
    assert abs(rare - 200) < 40  # standard deviation 10; fixed seeds, so this never flickers


def test_foreground_random_without_any_foreground_is_random():
    pool = replace(make_pool(10), holds=np.zeros((10, 3), dtype=bool))
    assert len(places(choose("foreground_random", pool, K=10, k=10, seed=0))) == 10
