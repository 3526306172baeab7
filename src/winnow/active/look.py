"""What strategies want to know about a picture, in numbers: quick to make, small to keep, no maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winnow.active.uncertainty import margin, mutual_information, predictive_entropy, variance_per_class

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False, kw_only=True)
class Look:
    """What the committee says about one picture.

    score         : mean of the variance over the pixels; entropy: mean predictive entropy, nats
    margin        : mean lead of the likeliest class; mutual_information: mean, nats
    class_scores  : (C,) float32, mean of entropy x probability of each class, without background
    descriptor    : (F,) float32, the first member's, to be compared within this committee only
    driving_class : value of the class whose variance is largest, None where the members do not differ
    mc_mutual_information : mean mutual information of the first member's MC dropout, nats; None where nobody asked
    """

    score: float
    entropy: float
    margin: float
    mutual_information: float
    class_scores: Floats
    descriptor: Floats
    driving_class: int | None
    mc_mutual_information: float | None = None

    def signals(self) -> dict[str, Any]:
        """The numbers of one image, under the names of the ``pool.Pool`` arrays they become rows of."""
        dropped = self.mc_mutual_information
        return {
            "uncertainty": self.score,
            "entropy": self.entropy,
            "margin": self.margin,
            "mutual_information": self.mutual_information,
            "class_scores": self.class_scores,
            "driving_class": self.driving_class or 0,
            "descriptors": self.descriptor,
            **({} if dropped is None else {"mc_mutual_information": dropped}),
        }


def look_of(probabilities: Floats, descriptor: Floats, *, classes: list[int], dropping: Floats | None = None) -> Look:
    """The numbers from the members' answers at the size the networks see.

    probabilities : (M, C, H, W) of the picture alone, without the black beside it
    classes       : values of the classes 1 .. C-1
    dropping      : (T, C, H, W), answers of one member under dropout
    """
    entropy = predictive_entropy(probabilities)
    by_class = variance_per_class(probabilities).mean(axis=(1, 2), dtype=np.float64)
    shares = probabilities[:, 1:].mean(axis=0)
    return Look(
        score=float(by_class.sum()),
        entropy=float(entropy.mean()),
        margin=float(margin(probabilities).mean()),
        mutual_information=float(mutual_information(probabilities).mean()),
        class_scores=(entropy * shares).mean(axis=(1, 2), dtype=np.float32),
        descriptor=descriptor,
        driving_class=classes[int(by_class[1:].argmax())] if by_class[1:].max() > 0 else None,
        mc_mutual_information=None if dropping is None else float(mutual_information(dropping).mean()),
    )
