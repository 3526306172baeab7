"""Strategies that give each class its share of a batch, so that what is rare is asked for too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from winnow.active.geometry import Places, highest, unit_vectors
from winnow.active.pool import Pool, Reasons, needed

ENTROPY = -1  # in the turns of a batch: no class, but the entropy over all


def foreground_random(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001
    """Two thirds of the batch by chance among the images that hold a class, the rest by chance among all.

    Each of the two thirds draws a class first, every class as likely, then an image that holds it. It looks at
    the masks, which no labelling person has yet: a baseline for simulations, hard to beat, that nobody can use.
    Source: nnActive (Lüth et al. 2025) "random 66 % FG", which draws patches of volumes; here whole images.
    """
    holds = needed(pool.holds, "true classes").astype(bool)
    rng = np.random.default_rng(seed)
    chosen: Places = []
    for _ in range(_stratified(k)):
        free = holds.copy()
        free[chosen] = False
        classes = np.flatnonzero(free.any(axis=0))
        if not len(classes):
            break
        chosen.append(int(rng.choice(np.flatnonzero(free[:, rng.choice(classes)]))))
    rest = np.setdiff1d(np.arange(len(pool)), chosen)
    return chosen + [int(i) for i in rng.choice(rest, size=k - len(chosen), replace=False)]


def clasp_pe(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001
    """Two thirds of the batch split over the classes by entropy x p_c, the rest by entropy, each score noised.

    The noise is Gumbel's, added to the logarithm of the score: it spreads the batch while the network is still
    poor, and falls from turn to turn. Classes take turns, so each gets its share to within one image.
    Source: ClaSP PE (Lüth et al. 2026). There the noise falls along a schedule over a known number of rounds;
    here, where nobody knows how many there will be, its scale starts at 1 and is halved in each.
    """
    classes = needed(pool.class_scores, "class scores")
    rng = np.random.default_rng(seed)
    scores = np.column_stack([classes, pool.entropy])
    noise = rng.gumbel(size=scores.shape) * 0.5**pool.turn
    scores = np.log(np.maximum(scores, np.finfo(np.float64).tiny)) + noise
    chosen: Places = []
    for column in _turns(range(classes.shape[1]), k):  # the entropy is the last column
        values = scores[:, column].copy()
        values[chosen] = -np.inf
        chosen.append(int(values.argmax()))
    return chosen


def winnow(pool: Pool, *, K: int, k: int, seed: int) -> Reasons:  # noqa: ARG001
    """Each class its share of the batch, rarest first, and in each share what is uncertain and unlike the rest.

    The batch is split as in ``clasp_pe``: two thirds in turns over the classes by entropy x p_c, beginning with the
    class of the fewest labelled pixels, the rest by entropy. Each share chooses in two stages, as ``suggestive``
    does for the whole batch: for n picks it has K n / k candidates, those of the highest score that no share has
    taken, and each of its turns takes the one farthest by cosine from its nearest labelled or chosen image, so
    that no share brings what another has brought. Among equals the highest score wins.

    returns : of each place ``by`` "class" or "entropy", ``score`` of that kind, ``apart`` 1 - cosine to the nearest
              labelled or already chosen image and, where the pool names its classes, the ``class`` of the turn
    source  : ClaSP PE (Lüth et al. 2026) for the shares, here without noise; Yang et al. 2017 "Suggestive
              Annotation" and paper 3.3 for the two stages; Sener & Savarese 2018 for k-centre
    """
    classes = needed(pool.class_scores, "class scores")
    pixels = np.zeros(classes.shape[1]) if pool.labelled_pixels is None else pool.labelled_pixels
    turns = _turns(highest(-pixels, len(pixels)), k)
    units, known = unit_vectors(pool.descriptors), unit_vectors(pool.labelled_descriptors)
    apart = 1.0 - (units @ known.T).max(axis=1) if len(known) else np.full(len(pool), np.inf)
    reasons: Reasons = {}
    candidates_left = {column: K * turns.count(column) // k for column in turns}
    for column in turns:
        scores = pool.entropy if column == ENTROPY else classes[:, column]
        free = [place for place in highest(scores, len(pool)) if place not in reasons]
        candidates = free[: candidates_left[column]]
        candidates_left[column] -= 1
        best = candidates[int(apart[candidates].argmax())]
        reasons[best] = {"by": "entropy" if column == ENTROPY else "class", "score": float(scores[best])}
        if np.isfinite(apart[best]):
            reasons[best]["apart"] = float(apart[best])
        if column != ENTROPY and pool.classes is not None:
            reasons[best]["class"] = int(pool.classes[column])
        apart = np.minimum(apart, 1.0 - units @ units[best])
    return reasons


def _stratified(k: int) -> int:
    """How many of a batch are split over the classes: two thirds."""
    return round(2 * k / 3)


def _turns(classes: Sequence[int], k: int) -> list[int]:
    """Whose turn it is at each of k picks: two thirds the classes' one after the other, the rest the entropy's."""
    share = _stratified(k) if classes else 0
    return [classes[turn % len(classes)] for turn in range(share)] + [ENTROPY] * (k - share)
