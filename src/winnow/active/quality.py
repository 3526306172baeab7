"""How good masks are: measured against a reference, or predicted from how far the members agree. Numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winnow.errors import InvalidInput
from winnow.segmentation import metrics

Masks = NDArray[np.integer]

REDRAWN = 200  # times the images are drawn anew for a standard error


class Tally:
    """Adds up predictions against references, image by image, and answers with the figures.

    Masks hold places 0 .. C-1 of the classes, 0 = background. The figures, none of which counts a
    class that is absent on both sides as a perfect 1 (it is None and left out of every mean):

    iou       : of each class, its pixels pooled over all images
    mean_iou  : mean of these over the classes
    f1        : mean over the classes of the pooled F1 = 2 TP / (2 TP + FP + FN)
    dice      : mean over the images of each image's mean Dice over the classes in it or its prediction;
                other than f1, a small lesion weighs as much as a large one
    """

    def __init__(self, *, classes: int) -> None:
        self.matrix: NDArray[np.int64] = np.zeros((classes, classes), dtype=np.int64)
        self.images = 0
        self._dice: list[float | None] = []
        self._counts: list[NDArray[np.int64]] = []

    def add(self, prediction: Masks, reference: Masks) -> float | None:
        """Count one image; answers its own mean Dice over the classes in it or its prediction, None without any.

        Raises InvalidMask for masks of different shapes or values that are no class.
        """
        matrix = metrics.confusion(prediction, reference, classes=len(self.matrix))
        self.matrix += matrix
        self.images += 1
        self._counts.append(np.stack(metrics.overlap(matrix)))
        self._dice.append(metrics.mean(metrics.dice(matrix)))
        return self._dice[-1]

    def figures(self) -> dict[str, Any]:
        """Returns {"iou": [per class], "mean_iou", "f1", "dice", "dice_per_class": [pooled, per class]}."""
        pooled = metrics.summary(self.matrix)
        return {
            "iou": pooled["iou"],
            "mean_iou": pooled["mean_iou"],
            "f1": pooled["f1"],
            "dice": metrics.mean(self._dice),
            "dice_per_class": pooled["dice"],
        }

    def error(self) -> float | None:
        """Standard error of ``mean_iou``: its spread when the images are drawn anew; None below 2 images or with no class.

        It knows that other images would give another figure, and nothing of another training's.

        source : bootstrap, Efron & Tibshirani 1993, 6.2
        """
        if self.images < 2 or self.figures()["mean_iou"] is None:
            return None
        iou, seen = redrawn_iou(np.stack(self._counts))
        there = seen.any(axis=1)
        return float((iou[there].sum(axis=1) / seen[there].sum(axis=1)).std())

    @property
    def counts(self) -> list[NDArray[np.int64]]:
        """Of each image (2, C - 1): pixels of each foreground class that both masks have, and that either has."""
        return list(self._counts)


def redrawn_iou(counts: NDArray[np.int64], *, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The pooled IoU of each class when the images are drawn anew, ``REDRAWN`` times; the same draws for the same seed.

    counts  : (N, 2, C - 1) of N >= 1 images, as ``Tally.counts`` has them
    returns : (REDRAWN, C - 1) IoU, 0 where the class does not occur in a draw, and whether it does
    source  : bootstrap, Efron & Tibshirani 1993, 6.2
    """
    places = np.random.default_rng(seed).integers(len(counts), size=(REDRAWN, len(counts)))
    times = np.stack([np.bincount(row, minlength=len(counts)) for row in places])
    hits, union = np.einsum("ri,ick->crk", times, counts)
    return np.divide(hits, union, where=union > 0, out=np.zeros_like(hits, dtype=np.float64)), union > 0


def figures_by_value(tally: Tally, *, values: Sequence[int]) -> dict[str, Any]:
    """The figures of a tally as a network records them, by class value.

    values  : class values in the order of the classes, without background
    returns : {"mean_iou", "mean_iou_error", "mean_dice", "f1", "dice_per_image", "iou": {"1": ..}, "dice": {"1": ..},
              "images"}; what could not be measured is None
    """
    if len(values) != len(tally.matrix) - 1:
        raise InvalidInput(f"{len(values)} class values for a tally of {len(tally.matrix) - 1} classes")
    figures = tally.figures()
    names = [str(value) for value in values]
    return {
        "mean_iou": figures["mean_iou"],
        "mean_iou_error": tally.error(),
        "mean_dice": metrics.mean(figures["dice_per_class"]),
        "f1": figures["f1"],
        "dice_per_image": figures["dice"],
        "iou": dict(zip(names, figures["iou"], strict=True)),
        "dice": dict(zip(names, figures["dice_per_class"], strict=True)),
        "images": tally.images,
    }


def out_of_bag(tally: Tally, *, values: Sequence[int], members: int) -> dict[str, Any]:
    """The metrics a network records from a tally over images its members did not train on.

    returns : ``figures_by_value`` with {"measured_on": "out-of-bag", "members"}
    source  : Breiman 1996 "Out-of-bag estimation"
    """
    return figures_by_value(tally, values=values) | {"measured_on": "out-of-bag", "members": members}


def agreement(probabilities: NDArray[np.floating]) -> tuple[float, bool]:
    """How far the members agree about a mask nobody has checked, and whether they found nothing in it.

    The Dice that one member expects of another's mask: its probabilities against the other's votes, over all ordered
    pairs and the classes in the committee's mask. Its mean does not depend on the number of members, so two of them
    on an image they left out can be compared with all of them on a new one.

    probabilities : (M, C, H, W) of M >= 2 members, adding up to 1 over C
    returns       : (0..1, False); (share of members that see nothing either, True) where the committee's mask is empty
    raises        : InvalidInput for one member alone or another shape
    source        : after Roy et al. 2019 "Bayesian QuickNAT", which compares votes with votes
    """
    if probabilities.ndim != 4 or probabilities.shape[0] < 2:
        raise InvalidInput(f"The probabilities are {probabilities.shape}, need (M, C, H, W) with M >= 2.")
    votes = probabilities.argmax(axis=1)
    consensus = probabilities.mean(axis=0).argmax(axis=0)
    present = [int(value) for value in np.unique(consensus) if value]
    if not present:
        return float(1.0 - (votes != 0).any(axis=(1, 2)).mean()), True
    return float(np.mean([_expected_dice(probabilities[:, value], votes == value) for value in present])), False


def _expected_dice(chances: NDArray[np.floating], regions: NDArray[np.bool_]) -> float:
    """Mean Dice between each member's chances (M, H, W) and each other's region; a pair with nothing is left out."""
    chances = chances.reshape(len(chances), -1).astype(np.float64)
    drawn = regions.reshape(len(regions), -1).astype(np.float64)
    shared, sizes = chances @ drawn.T, chances.sum(axis=1)[:, None] + drawn.sum(axis=1)[None, :]
    told = ~np.eye(len(chances), dtype=bool) & (sizes > 0)
    return float((2.0 * shared[told] / sizes[told]).mean()) if told.any() else 0.0
