"""What a strategy chooses from, what it answers, and the checks between the two."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from winnow.active.geometry import Floats, Places, unit_vectors
from winnow.errors import InvalidInput

Signal = TypeVar("Signal", bound=NDArray[Any])
Reasons = dict[int, dict[str, Any]]  # chosen places, best first, each with what it was chosen for
Answer = Places | Reasons

SIGNALS = ("margin", "mutual_information", "mc_mutual_information", "class_scores", "driving_class", "holds")


@dataclass(frozen=True, eq=False)
class Pool:
    """What the committee says about the N unlabelled images, and the descriptors of the L labelled ones.

    uncertainty          : (N,) mean variance
    entropy              : (N,) mean predictive entropy, nats
    descriptors          : (N, F);  labelled_descriptors : (L, F), L may be 0
    margin               : (N,) mean lead of the likeliest class over the second, 0..1
    mutual_information   : (N,) mean mutual information of the committee, nats
    mc_mutual_information: (N,) mean mutual information of one network under dropout, nats
    class_scores         : (N, C) mean of entropy x probability of each class, without background
    driving_class        : (N,) value of the class that the members disagree about most, 0 for none
    holds                : (N, C) whether the true mask holds the class; known in simulations only
    classes              : (C,) values of the classes, in the order of the columns of ``class_scores``
    labelled_pixels      : (C,) pixels of each class in the labelled images
    turn                 : rounds asked before this one, 0 for the first

    What may be None is asked for by few strategies; one that needs it says so.
    """

    uncertainty: Floats
    entropy: Floats
    descriptors: Floats
    labelled_descriptors: Floats = field(default_factory=lambda: np.empty((0, 0)))
    margin: Floats | None = None
    mutual_information: Floats | None = None
    mc_mutual_information: Floats | None = None
    class_scores: Floats | None = None
    driving_class: NDArray[np.integer] | None = None
    holds: NDArray[np.bool_] | None = None
    classes: NDArray[np.integer] | None = None
    labelled_pixels: NDArray[np.integer] | None = None
    turn: int = 0

    def __len__(self) -> int:
        return len(self.uncertainty)


@dataclass(frozen=True)
class Choice:
    """One chosen image: its place in the pool, its rank (0 = first) and the numbers that explain it.

    scores: ``uncertainty`` mean variance; ``similarity`` cosine to the nearest labelled image and
    ``neighbour`` that image's place among the labelled; ``class`` the value that drove it; and what the
    strategy adds (``strategies.winnow``). A key is absent where there is nothing to say (no labelled images,
    no class).
    """

    index: int
    rank: int
    scores: dict[str, Any]


def needed(signal: Signal | None, name: str) -> Signal:
    """The signal, where the pool has it. Raises InvalidInput naming what is missing."""
    if signal is None:
        raise InvalidInput(f"this strategy needs the {name} of each image, which the pool does not hold")
    return signal


def explain(pool: Pool, answer: Answer) -> list[Choice]:
    """The chosen places with the numbers that explain them, ranked as they come; a strategy's own reason prevails."""
    places = list(answer)
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
    if isinstance(answer, dict):
        scores = [entry | answer[i] for i, entry in zip(places, scores, strict=True)]
    return [
        Choice(index=i, rank=rank, scores=entry) for rank, (i, entry) in enumerate(zip(places, scores, strict=True))
    ]


def check_pool(pool: Pool) -> None:
    """Raises InvalidInput for an empty pool, arrays of different lengths or values that are not finite."""
    if len(pool) == 0:
        raise InvalidInput("the pool is empty: there is no image left to choose")
    given = {name: array for name in SIGNALS if (array := getattr(pool, name)) is not None}
    arrays = {"entropy": pool.entropy, "descriptors": pool.descriptors, **given}
    if any(len(array) != len(pool) for array in arrays.values()):
        raise InvalidInput("the pool's arrays differ in length")
    for name in ("classes", "labelled_pixels"):
        column, scores = getattr(pool, name), pool.class_scores
        if column is not None and scores is not None and column.shape != scores.shape[1:]:
            raise InvalidInput(f"there are {len(column)} {name.replace('_', ' ')} for {scores.shape[1]} class scores")
    if pool.turn < 0:
        raise InvalidInput(f"the turn is {pool.turn}, need 0 at least", turn=pool.turn)
    arrays |= {"uncertainty": pool.uncertainty, "labelled descriptors": pool.labelled_descriptors}
    for name, array in arrays.items():
        check_finite(array, name)
    if pool.labelled_descriptors.size and pool.labelled_descriptors.shape[1] != pool.descriptors.shape[1]:
        raise InvalidInput("labelled and unlabelled images are described by different numbers of features")


def check_finite(values: NDArray[Any], name: str) -> None:
    """Raises InvalidInput for NaN and infinities: no silent guess stands in for a number that is missing."""
    if not np.isfinite(values).all():
        raise InvalidInput(f"the {name} hold a value that is not finite")
