"""When to stop labelling: what another batch is likely to add, from the learning curve so far. Numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winnow.errors import InvalidInput

Floats = NDArray[np.float64]

LEAST_POINTS = 3  # a curve of three unknowns cannot be told from fewer
RATES = np.linspace(0.05, 2.0, 40)  # exponents tried; learning curves of networks lie between (Hestness et al. 2017)
DRAWS = 400
SPREAD = 0.03  # mean IoU: the standard error of one measurement on about 50 images
TRAINING_SPREAD = 0.01  # mean IoU: what another seed alone moves it by, about (benchmarks/results/stability.json)


@dataclass(frozen=True)
class Advice:
    """What labelling ``labels`` images in all is likely to reach; shares of 1.

    now     : height of the fitted curve at the last point, with ``labels_now`` labels
    then    : its height at ``labels``
    gain    : then - now, never negative
    low, high : the gain's 90 % interval
    limit   : where the curve would end with labels without number; far beyond the data, so the least certain
    """

    labels_now: int
    labels: int
    now: float
    then: float
    gain: float
    low: float
    high: float
    limit: float


def advise(
    points: Sequence[tuple[int, float]], *, batch: int, errors: Sequence[float] | None = None, seed: int = 0
) -> Advice | None:
    """What the next batch is likely to add to the mean IoU, or None where there are too few points to say.

    The curve limit - loss * n ** -rate, rising and never above 1, is fitted by weighted least squares; the interval is
    of the same fit to curves redrawn around it with the points' own uncertainty, or the scatter about the fit where
    that is larger.

    points : (labels, mean IoU), in any order; the same number of labels may come several times
    batch  : labels to be added, 1 at least
    errors : standard error of each point; ``SPREAD`` for all when left out
    returns: None with fewer than 3 different numbers of labels
    raises : InvalidInput for values that are not finite or not between 0 and 1, fewer than 1 label, errors that are not
             positive or not one for each point, a batch below 1 or a negative seed
    source : power law, Hestness et al. 2017, Viering & Loog 2023; parametric bootstrap, Efron & Tibshirani 1993, 6.5
    """
    labels, values, spread = _checked(points, batch, errors, seed)
    if len(np.unique(labels)) < LEAST_POINTS:
        return None
    last = int(labels.max())
    ends = np.array([last, last + batch], dtype=np.float64)
    fitted, heights, limit = _fit(labels, values[None], spread, ends)
    unknowns = 3
    scatter = np.sqrt((((values - fitted[0]) / spread) ** 2).sum() / max(1, len(values) - unknowns))
    noise = np.random.default_rng(seed).normal(size=(DRAWS, len(values))) * spread * max(1.0, scatter)
    _, redrawn, _ = _fit(labels, fitted + noise, spread, ends)
    low, high = np.quantile(redrawn[:, 1] - redrawn[:, 0], [0.05, 0.95])
    now, then = (float(height) for height in heights[0])
    gain = then - now
    low, high = min(float(low), gain), min(max(float(high), gain), 1 - now)  # nothing can add more than is missing
    return Advice(last, last + batch, now, then, gain, low, high, float(limit[0]))


def _fit(labels: Floats, curves: Floats, spread: Floats, ends: Floats) -> tuple[Floats, Floats, Floats]:
    """The best power law of each curve (D, P): its heights at the labels (D, P), at ``ends`` (D, 2), its limit (D,).

    For each rate the curve is linear in what it loses to 1: 1 - value = rest + loss * n ** -rate, both terms not
    negative. So it is solved exactly for every rate on a grid, and the best of them taken.
    """
    decay = (labels / labels.min()) ** -RATES[:, None]
    solved = [_solve(np.column_stack([np.ones_like(labels), column]), 1 - curves, spread) for column in decay]
    best = np.argmin([errors for _, errors in solved], axis=0)
    rest, loss = np.stack([parts for parts, _ in solved])[best, np.arange(len(curves))].T[..., None]
    at_ends = 1 - rest - loss * (ends / labels.min()) ** -RATES[best][:, None]
    return 1 - rest - loss * decay[best], at_ends, 1 - rest[:, 0]


def _solve(design: Floats, curves: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Least squares of each curve (D, P) on the two columns (P, 2) with parts not negative: (D, 2), and errors (D,).

    The best of at most three: both parts free, where neither is negative, or one of them alone.
    """
    design, curves = design / spread[:, None], curves / spread
    gram, pull = design.T @ design, curves @ design
    both = np.linalg.solve(gram, pull.T).T
    one = np.maximum(pull / np.diag(gram), 0.0)
    candidates = np.stack([np.where((both >= 0).all(axis=1, keepdims=True), both, 0.0), one * [1, 0], one * [0, 1]])
    errors = ((candidates @ design.T - curves) ** 2).sum(axis=2)
    places = np.arange(len(curves))
    best = errors.argmin(axis=0)
    return candidates[best, places], errors[best, places]


def _checked(
    points: Sequence[tuple[int, float]], batch: int, errors: Sequence[float] | None, seed: int
) -> tuple[Floats, Floats, Floats]:
    table: NDArray[Any] = np.array(points, dtype=np.float64).reshape(-1, 2)
    spread = np.full(len(table), SPREAD) if errors is None else np.array(errors, dtype=np.float64)
    if not np.isfinite(table).all() or (table[:, 0] < 1).any() or ((table[:, 1] < 0) | (table[:, 1] > 1)).any():
        raise InvalidInput("The points of a learning curve are (labels, mean IoU): 1 label at least, and 0 to 1.")
    if len(spread) != len(table) or not (np.isfinite(spread) & (spread > 0)).all():
        raise InvalidInput("Each point of a learning curve has one error above 0.")
    if batch < 1 or seed < 0:
        raise InvalidInput(f"The batch is {batch} and the seed {seed}, need 1 and 0 at least.")
    return table[:, 0], table[:, 1], spread
