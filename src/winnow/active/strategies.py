"""Which images of the pool to label next: each strategy a pure function on arrays.

A strategy takes the pool and answers the places of the chosen images in it, best first. ``choose``
is the door: it checks what comes in and adds to each choice the numbers that explain it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winnow.errors import InvalidInput

Floats = NDArray[np.floating]
Places = list[int]


@dataclass(frozen=True, eq=False)
class Pool:
    """What the committee says about the N unlabelled images, and the descriptors of the L labelled ones.

    uncertainty (N,) mean variance; entropy (N,) mean predictive entropy, nats; descriptors (N, F);
    labelled_descriptors (L, F), L may be 0; driving_class (N,) value of the class that the members
    disagree about most, 0 for none.
    """

    uncertainty: Floats
    entropy: Floats
    descriptors: Floats
    labelled_descriptors: Floats = field(default_factory=lambda: np.empty((0, 0)))
    driving_class: NDArray[np.integer] | None = None

    def __len__(self) -> int:
        return len(self.uncertainty)


@dataclass(frozen=True)
class Choice:
    """One chosen image: its place in the pool, its rank (0 = first) and the numbers that explain it.

    scores: ``uncertainty`` mean variance; ``similarity`` cosine to the nearest labelled image and
    ``neighbour`` that image's place among the labelled; ``class`` the value that drove it. A key is
    absent where there is nothing to say (no labelled images, no class).
    """

    index: int
    rank: int
    scores: dict[str, Any]


def random(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001 (all strategies have one signature)
    """Any k images, each as likely as the other: the baseline that every strategy must beat."""
    return [int(i) for i in np.random.default_rng(seed).choice(len(pool), size=k, replace=False)]


def entropy(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001
    """The k images of highest mean predictive entropy. Source: Settles 2009, 3.1; table 4 of the paper."""
    return _highest(pool.entropy, k)


def variance(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001
    """The k images on which the committee disagrees most, however alike they are. Source: paper 3.3, table 5."""
    return _highest(pool.uncertainty, k)


def suggestive(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001
    """The paper's two stages: the K most uncertain, and among them k that are mutually most dissimilar.

    Begins with the most uncertain and adds the candidate whose nearest chosen one is farthest by
    cosine. The smallest angle between any two is then at least half of the best possible one
    (Gonzalez 1985; the angle is a metric and falls as the cosine rises).
    Source: paper 3.3, formula (1).
    """
    candidates = _highest(pool.uncertainty, K)
    units = unit_vectors(pool.descriptors[candidates])
    return [candidates[i] for i in _farthest_first(lambda i: 1.0 - units @ units[i], first=0, k=k)]


def representative(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001
    """The K most uncertain, and among them greedily the k that represent the whole pool best.

    Maximises the sum over x in the pool of f(S, x) = max over i in S of cos(d_i, d_x). Greedy reaches
    1 - 1/e of the best possible (Nemhauser et al. 1978) counted from similarity -1.
    Source: Yang et al. 2017 "Suggestive Annotation"; paper 3.3, formula (2).
    """
    candidates = _highest(pool.uncertainty, K)
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


STRATEGIES: dict[str, Callable[..., Places]] = {
    "random": random,
    "entropy": entropy,
    "variance": variance,
    "suggestive": suggestive,
    "representative": representative,
}


def choose(strategy: str, pool: Pool, *, K: int, k: int, seed: int) -> list[Choice]:
    """The k images to label next, best first.

    K : candidates by uncertainty, k <= K <= N;  k : images to choose
    raises : InvalidInput for an unknown strategy, an empty pool, counts that do not fit it, values
             that are not finite, or arrays of different lengths
    """
    _known(strategy, STRATEGIES)
    _check_pool(pool)
    if len(pool) < K:
        raise InvalidInput(f"K is {K}, but the pool has {len(pool)} images", K=K, pool=len(pool))
    if k > K:
        raise InvalidInput(f"k is {k}, but there are only K = {K} candidates", K=K, k=k)
    if k < 1 or seed < 0:
        raise InvalidInput(f"k is {k} and the seed {seed}, need 1 and 0 at least", k=k, seed=seed)
    places = STRATEGIES[strategy](pool, K=K, k=k, seed=seed)
    return [Choice(index=i, rank=rank, scores=scores) for rank, (i, scores) in enumerate(_explain(pool, places))]


def cold_random(descriptors: Floats, *, k: int, seed: int) -> Places:
    """Any k images, each as likely as the other."""
    return [int(i) for i in np.random.default_rng(seed).choice(len(descriptors), size=k, replace=False)]


def cold_diverse(descriptors: Floats, *, k: int, seed: int) -> Places:  # noqa: ARG001
    """The k images that differ most from each other, beginning with the most typical one of the pool.

    Distances are Euclidean between the descriptors as they come. Each next image is the one farthest
    from its nearest chosen one. Source: Gonzalez 1985; as a query "core-set", Sener & Savarese 2018.
    """
    values = np.asarray(descriptors, dtype=np.float64)
    first = int(((values - values.mean(axis=0)) ** 2).sum(axis=1).argmin())
    return _farthest_first(lambda i: ((values - values[i]) ** 2).sum(axis=1), first=first, k=k)


COLD_STARTS: dict[str, Callable[..., Places]] = {"random": cold_random, "diverse": cold_diverse}


def cold_start(strategy: str, descriptors: Floats, *, k: int, seed: int) -> list[Choice]:
    """The first k images to label, when there is no network yet.

    descriptors : (N, F), such as ``descriptors.describe`` gives
    raises      : InvalidInput for an unknown strategy, an empty pool, k outside 1..N or values that are not finite
    """
    _known(strategy, COLD_STARTS)
    _finite(descriptors, "descriptors")
    if descriptors.ndim != 2 or len(descriptors) == 0:
        raise InvalidInput("the pool is empty: there is no image left to choose")
    if not 1 <= k <= len(descriptors):
        raise InvalidInput(f"k is {k}, but the pool has {len(descriptors)} images", k=k, pool=len(descriptors))
    if seed < 0:
        raise InvalidInput(f"the seed is {seed}, need 0 at least", seed=seed)
    places = COLD_STARTS[strategy](descriptors, k=k, seed=seed)
    return [Choice(index=i, rank=rank, scores={}) for rank, i in enumerate(places)]


def unit_vectors(descriptors: Floats) -> NDArray[np.float64]:
    """Each row at length 1, so that a product of two is their cosine. A row of zeros stays: similarity 0 to all."""
    values = np.asarray(descriptors, dtype=np.float64)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    units: NDArray[np.float64] = np.divide(values, lengths, out=np.zeros_like(values), where=lengths > 0)
    return units


def _highest(values: Floats, count: int) -> Places:
    """Places of the highest values, highest first; equal ones in the pool's order."""
    return [int(i) for i in np.argsort(-values, kind="stable")[:count]]


def _farthest_first(distances: Callable[[int], Floats], *, first: int, k: int) -> Places:
    """From ``first`` on, always the place farthest from its nearest chosen one.

    distances : answers the distances (N,) of all places to one; asked k times, so memory stays flat
    """
    chosen = [first]
    nearest = np.array(distances(first), dtype=np.float64)
    while len(chosen) < k:
        nearest[chosen] = -np.inf
        best = int(nearest.argmax())
        chosen.append(best)
        nearest = np.minimum(nearest, distances(best))
    return chosen


def _explain(pool: Pool, places: Places) -> list[tuple[int, dict[str, Any]]]:
    scores: list[dict[str, Any]] = [{"uncertainty": float(pool.uncertainty[i])} for i in places]
    if pool.labelled_descriptors.size:
        similarity = unit_vectors(pool.descriptors[places]) @ unit_vectors(pool.labelled_descriptors).T
        for row, entry in zip(similarity, scores, strict=True):
            entry["neighbour"] = int(row.argmax())
            entry["similarity"] = float(row.max())
    if pool.driving_class is not None:
        for i, entry in zip(places, scores, strict=True):
            if pool.driving_class[i]:
                entry["class"] = int(pool.driving_class[i])
    return list(zip(places, scores, strict=True))


def _check_pool(pool: Pool) -> None:
    if len(pool) == 0:
        raise InvalidInput("the pool is empty: there is no image left to choose")
    if not len(pool.uncertainty) == len(pool.entropy) == len(pool.descriptors):
        raise InvalidInput("the pool's arrays differ in length")
    if pool.driving_class is not None and len(pool.driving_class) != len(pool):
        raise InvalidInput("the pool's arrays differ in length")
    _finite(pool.uncertainty, "uncertainty")
    _finite(pool.entropy, "entropy")
    _finite(pool.descriptors, "descriptors")
    _finite(pool.labelled_descriptors, "labelled descriptors")
    if pool.labelled_descriptors.size and pool.labelled_descriptors.shape[1] != pool.descriptors.shape[1]:
        raise InvalidInput("labelled and unlabelled images are described by different numbers of features")


def _finite(values: Floats, name: str) -> None:
    if not np.isfinite(values).all():
        raise InvalidInput(f"the {name} hold a value that is not finite")


def _known(name: str, table: dict[str, Callable[..., Places]]) -> None:
    if name not in table:
        raise InvalidInput(f"there is no strategy {name!r}; there are {', '.join(table)}", strategies=list(table))
