"""Which images to label first, when there is no network yet: each cold start a pure function on descriptors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from winnow.active.geometry import (
    Floats,
    Places,
    clusters,
    farthest_first,
    highest,
    most_central,
    nearest_of,
    squared_distances,
)
from winnow.active.pool import Choice, check_finite
from winnow.errors import InvalidInput

NEIGHBOURS = 20  # that typicality looks at


def cold_random(descriptors: Floats, *, k: int, seed: int) -> Places:
    """Any k images, each as likely as the other."""
    return [int(i) for i in np.random.default_rng(seed).choice(len(descriptors), size=k, replace=False)]


def cold_diverse(descriptors: Floats, *, k: int, seed: int) -> Places:  # noqa: ARG001 (all have one signature)
    """The k images that differ most from each other, beginning with the most typical one of the pool.

    Distances are Euclidean between the descriptors as they come. Each next image is the one farthest
    from its nearest chosen one. Source: Gonzalez 1985; as a query "core-set", Sener & Savarese 2018.
    """
    return farthest_first(
        lambda i: squared_distances(descriptors, descriptors[i]),
        nearest=np.full(len(descriptors), np.inf),
        first=most_central(descriptors),
        k=k,
    )


def cold_typical(descriptors: Floats, *, k: int, seed: int) -> Places:
    """The most typical image of each of k clusters, the largest cluster first.

    Typical is the image whose 20 nearest neighbours in its cluster are closest on the average. Where
    alike images leave clusters empty, the rest is filled with what lies farthest from the chosen.
    Source: Hacohen, Dekel & Weinshall 2022 "TypiClust", here on descriptors that no training has made.
    """
    belongs = clusters(descriptors, count=k, seed=seed)
    sizes = np.bincount(belongs, minlength=k)
    chosen = [
        _most_typical(descriptors, np.flatnonzero(belongs == cluster))
        for cluster in highest(sizes, k)
        if sizes[cluster]
    ]
    while len(chosen) < k:
        nearest = nearest_of(descriptors, descriptors[chosen])
        nearest[chosen] = -np.inf
        chosen.append(int(nearest.argmax()))
    return chosen


def _most_typical(descriptors: Floats, members: NDArray[np.intp]) -> int:
    """The place of the member (places, (n,)) that lies in the densest part of its cluster."""
    values = descriptors[members]
    spread = [np.sqrt(np.sort(squared_distances(values, value))[: NEIGHBOURS + 1]).mean() for value in values]
    return int(members[int(np.argmin(spread))])


COLD_STARTS: dict[str, Callable[..., Places]] = {
    "random": cold_random,
    "diverse": cold_diverse,
    "typical": cold_typical,
}


def cold_start(strategy: str, descriptors: Floats, *, k: int, seed: int) -> list[Choice]:
    """The first k images to label, when there is no network yet.

    descriptors : (N, F), such as ``descriptors.describe`` gives
    raises      : InvalidInput for an unknown strategy, an empty pool, k outside 1..N or values that are not finite
    """
    if strategy not in COLD_STARTS:
        raise InvalidInput(f"there is no strategy {strategy!r}; there are {', '.join(COLD_STARTS)}")
    check_finite(descriptors, "descriptors")
    if descriptors.ndim != 2 or len(descriptors) == 0:
        raise InvalidInput("the pool is empty: there is no image left to choose")
    if not 1 <= k <= len(descriptors):
        raise InvalidInput(f"k is {k}, but the pool has {len(descriptors)} images", k=k, pool=len(descriptors))
    if seed < 0:
        raise InvalidInput(f"the seed is {seed}, need 0 at least", seed=seed)
    places = COLD_STARTS[strategy](descriptors, k=k, seed=seed)
    return [Choice(index=i, rank=rank, scores={}) for rank, i in enumerate(places)]
