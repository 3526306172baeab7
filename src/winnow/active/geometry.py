"""Directions, distances and clusters of descriptors (N, F): what the strategies measure likeness with. Numpy only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Distances = NDArray[np.float64]
Places = list[int]

BLOCK = 256  # rows that all others are compared with at once
TURNS = 100  # of Lloyd's algorithm at most; it ends by itself as soon as nothing changes


def unit_vectors(descriptors: Floats) -> Distances:
    """Each row at length 1, so that a product of two is their cosine. A row of zeros stays: similarity 0 to all."""
    values = np.asarray(descriptors, dtype=np.float64)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    units: Distances = np.divide(values, lengths, out=np.zeros_like(values), where=lengths > 0)
    return units


def squared_distances(values: Floats, point: Floats) -> Distances:
    """Squared Euclidean distance (N,) of every row to one point (F,)."""
    total: Distances = ((np.asarray(values, dtype=np.float64) - point) ** 2).sum(axis=1)
    return total


def nearest_of(values: Floats, others: Floats) -> Distances:
    """Squared distance (N,) of every row to the nearest of the others (L, F), L >= 1; by blocks, so memory stays flat."""
    points, centres = np.asarray(values, dtype=np.float64), np.asarray(others, dtype=np.float64)
    squares = (points**2).sum(axis=1, keepdims=True)
    nearest = np.full(len(points), np.inf)
    for start in range(0, len(centres), BLOCK):
        block = centres[start : start + BLOCK]
        nearest = np.minimum(nearest, (squares - 2 * points @ block.T + (block**2).sum(axis=1)).min(axis=1))
    return nearest.clip(min=0.0)  # never negative but for rounding


def most_central(values: Floats) -> int:
    """The row nearest to the mean of all."""
    return int(squared_distances(values, np.asarray(values, dtype=np.float64).mean(axis=0)).argmin())


def highest(values: NDArray[np.number], count: int) -> Places:
    """Places of the highest values, highest first; equal ones in the pool's order."""
    return [int(i) for i in np.argsort(-values, kind="stable")[:count]]


def farthest_first(distances: Callable[[int], Floats], *, nearest: Distances, first: int, k: int) -> Places:
    """From ``first`` on, always the place farthest from all that is there already.

    distances : answers the distances (N,) of all places to one; asked k - 1 times, so memory stays flat
    nearest   : (N,) distances to what was there before; infinite where nothing was
    source    : Gonzalez 1985
    """
    chosen = [first]
    left = nearest.copy()
    while len(chosen) < k:
        left = np.minimum(left, distances(chosen[-1]))
        left[chosen] = -np.inf
        chosen.append(int(left.argmax()))
    return chosen


def clusters(values: Floats, *, count: int, seed: int) -> NDArray[np.intp]:
    """Which of ``count`` clusters each row belongs to, (N,); a cluster may stay empty where rows are alike.

    source : Lloyd 1982, from seeds drawn as in k-means++ (Arthur & Vassilvitskii 2007)
    """
    points = np.asarray(values, dtype=np.float64)
    centres = _seeds(points, count=count, rng=np.random.default_rng(seed))
    belongs = np.full(len(points), -1)
    for _ in range(TURNS):
        before = belongs
        belongs = np.stack([squared_distances(points, centre) for centre in centres]).argmin(axis=0)
        if (belongs == before).all():
            break
        for cluster in np.unique(belongs):
            centres[cluster] = points[belongs == cluster].mean(axis=0)
    return belongs


def _seeds(points: Distances, *, count: int, rng: np.random.Generator) -> Distances:
    """Rows (count, F), each drawn with a chance that grows with its squared distance from those drawn before."""
    drawn = [int(rng.integers(len(points)))]
    nearest = squared_distances(points, points[drawn[0]])
    while len(drawn) < count:
        total = nearest.sum()
        drawn.append(int(rng.choice(len(points), p=nearest / total if total > 0 else None)))
        nearest = np.minimum(nearest, squared_distances(points, points[drawn[-1]]))
    return points[drawn]
