"""Which images of the pool to label next: each strategy a pure function on arrays.

A strategy takes the pool and answers the places of the chosen images in it, best first; one that knows more
than the pool's numbers say answers its reason with each place. ``choose`` is the door: it checks what comes
in and adds to each choice the numbers that explain it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from winnow.active.by_class import clasp_pe, foreground_random, winnow
from winnow.active.cold_starts import COLD_STARTS, cold_start
from winnow.active.geometry import (
    Places,
    farthest_first,
    highest,
    most_central,
    nearest_of,
    squared_distances,
    unit_vectors,
)
from winnow.active.pool import Answer, Choice, Pool, check_pool, explain, needed
from winnow.errors import InvalidInput

__all__ = [
    "COLD_STARTS",
    "DEFAULT",
    "SIMULATED",
    "STRATEGIES",
    "WITH_DROPOUT",
    "Choice",
    "Pool",
    "choose",
    "cold_start",
    "unit_vectors",
]


def random(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001 (all strategies have one signature)
    """Any k images, each as likely as the other: the baseline that every strategy must beat."""
    return [int(i) for i in np.random.default_rng(seed).choice(len(pool), size=k, replace=False)]


def entropy(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001
    """The k images of highest mean predictive entropy. Source: Settles 2009, 3.1; table 4 of the paper."""
    return highest(pool.entropy, k)


def margin(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001
    """The k images where the likeliest class leads least over the second. Source: Scheffer et al. 2001."""
    return highest(-needed(pool.margin, "margin"), k)


def bald(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001
    """The k images of highest mutual information between the prediction and the network that gives it.

    The networks that might be true are drawn by MC dropout: one member, other channels dropped in each pass.
    Source: Houlsby et al. 2011; Gal et al. 2017; "MC dropout" in table 4 of the paper.
    """
    return highest(needed(pool.mc_mutual_information, "mutual information under dropout"), k)


def committee_bald(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001
    """As ``bald``, where the members, trained on bootstrap resamples, are the networks that might be true.

    Source: Houlsby et al. 2011; deep ensembles, Beluch et al. 2018.
    """
    return highest(needed(pool.mutual_information, "mutual information"), k)


def variance(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001
    """The k images on which the committee disagrees most, however alike they are. Source: paper 3.3, table 5."""
    return highest(pool.uncertainty, k)


def suggestive(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001
    """The paper's two stages: the K most uncertain, and among them k that are mutually most dissimilar.

    Begins with the most uncertain and adds the candidate whose nearest chosen one is farthest by
    cosine. The smallest angle between any two is then at least half of the best possible one
    (Gonzalez 1985; the angle is a metric and falls as the cosine rises).
    Source: paper 3.3, formula (1).
    """
    candidates = highest(pool.uncertainty, K)
    units = unit_vectors(pool.descriptors[candidates])
    alone = np.full(K, np.inf)
    return [candidates[i] for i in farthest_first(lambda i: 1.0 - units @ units[i], nearest=alone, first=0, k=k)]


def representative(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001
    """The K most uncertain, and among them greedily the k that represent the whole pool best.

    Maximises the sum over x in the pool of f(S, x) = max over i in S of cos(d_i, d_x). Greedy reaches
    1 - 1/e of the best possible (Nemhauser et al. 1978) counted from similarity -1.
    Source: Yang et al. 2017 "Suggestive Annotation"; paper 3.3, formula (2).
    """
    candidates = highest(pool.uncertainty, K)
    units = unit_vectors(pool.descriptors)
    similarity = units[candidates] @ units.T
    covered = np.full(len(pool), -1.0)
    chosen: Places = []
    for _ in range(k):
        gains = np.maximum(similarity, covered).sum(axis=1)
        gains[chosen] = -np.inf
        best = int(gains.argmax())
        chosen.append(best)
        covered = np.maximum(covered, similarity[best])
    return [candidates[i] for i in chosen]


def coreset(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001
    """The k images that leave no image of the pool far from a labelled or chosen one: greedy k-centre.

    Always the image farthest (Euclidean) from its nearest labelled or chosen one; the radius is at most twice
    the best possible one (Gonzalez 1985). Without labelled images it begins with the one nearest to the mean.
    Source: Sener & Savarese 2018 "core-set".
    """
    known = pool.labelled_descriptors
    nearest = nearest_of(pool.descriptors, known) if len(known) else np.full(len(pool), np.inf)
    return farthest_first(
        lambda i: squared_distances(pool.descriptors, pool.descriptors[i]),
        nearest=nearest,
        first=int(nearest.argmax()) if len(known) else most_central(pool.descriptors),
        k=k,
    )


DEFAULT = "winnow"
STRATEGIES: dict[str, Callable[..., Answer]] = {
    "winnow": winnow,
    "random": random,
    "entropy": entropy,
    "margin": margin,
    "bald": bald,
    "committee_bald": committee_bald,
    "variance": variance,
    "suggestive": suggestive,
    "representative": representative,
    "coreset": coreset,
    "clasp_pe": clasp_pe,
}
# with those that look at the masks: for replays of labelled folders, never for an installation
SIMULATED: dict[str, Callable[..., Answer]] = {**STRATEGIES, "foreground_random": foreground_random}
WITH_DROPOUT = frozenset({"bald"})  # what needs a look with MC dropout, which takes longer


def choose(strategy: str, pool: Pool, *, K: int, k: int, seed: int) -> list[Choice]:
    """The k images to label next, best first.

    strategy : a name in ``SIMULATED``
    K        : candidates by uncertainty, k <= K <= N;  k : images to choose
    raises   : InvalidInput for an unknown strategy, an empty pool, counts that do not fit it, values
               that are not finite, arrays of different lengths, or a signal that the strategy needs and the pool lacks
    """
    if strategy not in SIMULATED:
        raise InvalidInput(f"there is no strategy {strategy!r}; there are {', '.join(SIMULATED)}")
    check_pool(pool)
    if len(pool) < K:
        raise InvalidInput(f"K is {K}, but the pool has {len(pool)} images", K=K, pool=len(pool))
    if k > K:
        raise InvalidInput(f"k is {k}, but there are only K = {K} candidates", K=K, k=k)
    if k < 1 or seed < 0:
        raise InvalidInput(f"k is {k} and the seed {seed}, need 1 and 0 at least", k=k, seed=seed)
    return explain(pool, SIMULATED[strategy](pool, K=K, k=k, seed=seed))
