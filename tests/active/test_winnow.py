"""What the strategy ``winnow`` promises beyond the contract of all strategies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.active.strategies import DEFAULT, STRATEGIES, choose, unit_vectors

from .pools import make_pool, places


def ask(pool, *, K, k):
    return choose("winnow", pool, K=K, k=k, seed=0)


def test_it_is_the_default():
    assert DEFAULT == "winnow"
    assert DEFAULT in STRATEGIES


def test_two_thirds_go_to_the_classes_in_turn_the_rarest_first():
    chosen = ask(make_pool(40), K=16, k=8)
    assert [choice.scores.get("class") for choice in chosen[:5]] == [5, 9, 2, 5, 9]  # labelled pixels 20, 100, 300
    assert [choice.scores["by"] for choice in chosen] == ["class"] * 5 + ["entropy"] * 3


def test_without_knowledge_of_the_labels_the_classes_come_in_their_order():
    chosen = ask(replace(make_pool(40), labelled_pixels=None), K=16, k=8)
    assert [choice.scores["class"] for choice in chosen[:5]] == [2, 5, 9, 2, 5]


def test_with_no_choice_left_to_likeness_the_highest_scores_win():
    """K = k: each share has as many candidates as picks, however alike they are."""
    scores = np.zeros((9, 3))
    scores[[0, 1], 0], scores[[2, 3], 1], scores[[4, 5], 2] = 0.3, 0.2, 0.1
    entropy = np.zeros(9)
    entropy[6:] = 1.0
    pool = replace(make_pool(9), class_scores=scores, entropy=entropy, labelled_pixels=np.array([1, 2, 3]))
    chosen = places(ask(pool, K=9, k=9))
    assert [set(chosen[0:6:3]), set(chosen[1:6:3]), set(chosen[2:6:3])] == [{0, 1}, {2, 3}, {4, 5}]
    assert set(chosen[6:]) == {6, 7, 8}


@given(seed=st.integers(0, 500))
def test_each_pick_is_the_least_alike_among_the_best_of_its_share(seed):
    """The rule, said again by plain loops over a pool that is recomputed at every turn."""
    pool = make_pool(30, seed=seed)
    units, known = unit_vectors(pool.descriptors), list(unit_vectors(pool.labelled_descriptors))
    shares = {5: (1, 4), 9: (2, 4), 2: (0, 2), None: (None, 6)}  # class: its column, its candidates of K = 16
    taken = []
    for choice in ask(pool, K=16, k=8):
        share = choice.scores["class"] if choice.scores["by"] == "class" else None
        column, count = shares[share]
        shares[share] = column, count - 1
        scores = pool.entropy if column is None else pool.class_scores[:, column]
        candidates = sorted((i for i in range(30) if i not in taken), key=lambda i: -scores[i])[:count]
        apart = {i: min(1 - units[i] @ one for one in known) for i in candidates}
        assert choice.index == max(apart, key=apart.get)
        assert choice.scores["apart"] == pytest.approx(apart[choice.index])
        assert choice.scores["score"] == scores[choice.index]
        taken.append(choice.index)
        known.append(units[choice.index])


def test_twins_are_not_both_taken():
    pool = make_pool(12, features=5)
    twins = np.concatenate([pool.descriptors[:6], pool.descriptors[:6] * 3.0])  # same direction: cosine 1
    same = np.ones_like(pool.class_scores)
    pool = replace(pool, descriptors=twins, class_scores=same, entropy=np.ones(12))
    assert len({place % 6 for place in places(ask(pool, K=12, k=3))}) == 3


def test_what_is_labelled_already_is_not_asked_for_again():
    """Two candidates of one class: the one that looks as a labelled image does is left."""
    pool = make_pool(2, labelled=1)
    pool = replace(
        pool,
        class_scores=np.array([[0.9, 0, 0], [0.8, 0, 0]]),
        descriptors=np.array([[1.0, 0], [0, 1.0]]),
        labelled_descriptors=np.array([[2.0, 0.1]]),
        labelled_pixels=np.array([0, 5, 5]),
    )
    assert places(ask(pool, K=2, k=1)) == [1]


def test_without_labels_it_begins_with_the_most_uncertain_of_its_class():
    pool = make_pool(20, labelled=0)
    assert ask(pool, K=16, k=8)[0].index == pool.class_scores[:, 1].argmax()


def test_one_class_or_none_works_too():
    pool = make_pool(20)
    one = replace(pool, class_scores=pool.class_scores[:, :1], classes=np.array([7]), labelled_pixels=np.array([4]))
    assert [choice.scores["by"] for choice in ask(one, K=6, k=3)] == ["class", "class", "entropy"]
    none = replace(one, class_scores=np.empty((20, 0)), classes=np.empty(0, int), labelled_pixels=np.empty(0, int))
    assert {choice.scores["by"] for choice in ask(none, K=6, k=3)} == {"entropy"}
