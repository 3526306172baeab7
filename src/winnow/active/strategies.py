"""Which images of the pool to label next: each strategy a pure function on arrays.

A strategy takes the pool and answers the places of the chosen images in it, best first; one that knows more
than the pool's numbers say answers its reason with each place. ``choose`` is the door: it checks what comes
in and adds to each choice the numbers that explain it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

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
from winnow.active.pool import Answer, Choice, Pool, Reasons, check_pool, explain, needed
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

ENTROPY = -1  # in the turns of a batch: no class, but the entropy over all


def random(pool: Pool, *, K: int, k: int, seed: int) -> Places:  # noqa: ARG001 (all strategies have one signature)
    """Any k images, each as likely as the other: the baseline that every strategy must beat."""
    return [int(i) for i in np.random.default_rng(seed).choice(len(pool), size=k, replace=False)]


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
