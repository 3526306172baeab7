"""How well masks agree with reference masks, counted over pooled pixels. Numpy only: no torch is needed to score."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from winnow.errors import InvalidInput, InvalidMask


def confusion(prediction: NDArray[Any], reference: NDArray[Any], *, classes: int) -> NDArray[np.int64]:
    """Pixels counted by (reference class, predicted class); matrices of several images are simply added up.

    prediction, reference : same shape, integers 0 .. classes-1
    returns               : (C, C) int64, rows = reference, columns = prediction
    raises                : InvalidMask for different shapes or values that are no class
    """
    if prediction.shape != reference.shape:
        raise InvalidMask(f"The prediction is {prediction.shape}, its reference {reference.shape}: they must be alike.")
    for name, mask in (("prediction", prediction), ("reference", reference)):
        if mask.size and not 0 <= int(mask.min()) <= int(mask.max()) < classes:
            raise InvalidMask(f"The {name} holds values {mask.min()}..{mask.max()}; classes are 0..{classes - 1}.")
    pairs = reference.astype(np.int64).ravel() * classes + prediction.astype(np.int64).ravel()
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def iou(matrix: NDArray[np.int64]) -> list[float | None]:
    """Intersection over union of each foreground class; None where neither mask holds the class.

    A class that is absent on both sides says nothing, so it never counts as a perfect 1.
    """
    hits, union = overlap(matrix)
    return [float(h / u) if u else None for h, u in zip(hits, union, strict=True)]


def dice(matrix: NDArray[np.int64]) -> list[float | None]:
    """Dice coefficient (the F1 of the pixels) of each foreground class; None where neither mask holds the class."""
    hits, union = overlap(matrix)
    return [float(2 * h / (h + u)) if u else None for h, u in zip(hits, union, strict=True)]


def mean(values: list[float | None]) -> float | None:
    """Mean over the classes that could be measured; None when none could."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def summary(matrix: NDArray[np.int64]) -> dict[str, Any]:
    """All figures of one confusion matrix, ready for JSON (no NaN).

    returns : {"iou": [per class], "dice": [per class], "mean_iou", "mean_dice", "f1"}; classes without background.
              ``f1`` is the mean over the classes of each class's pixel F1 (macro F1), which is the mean Dice.
    """
    per_class = dice(matrix)
    figures = {"iou": iou(matrix), "dice": per_class}
    return {**figures, "mean_iou": mean(figures["iou"]), "mean_dice": mean(per_class), "f1": mean(per_class)}


def overlap(matrix: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pixels of each foreground class (C - 1,) that both masks have, and that either has. Counts may be added up."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InvalidInput(f"A confusion matrix is square; this one is {matrix.shape}.")
    hits = np.diag(matrix)[1:]
    union = matrix.sum(axis=0)[1:] + matrix.sum(axis=1)[1:] - hits
    return hits, union
