"""Masks in a folder measured against the masks they should be: ``winnow evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from winnow.active.dataset import image_names, mask_path, read_mask
from winnow.active.quality import Tally
from winnow.errors import InvalidInput


def evaluate(predictions: Path, reference: Path) -> dict[str, Any]:
    """Measures index masks against reference masks of the same names (``000.png.png`` counts as ``000.png``).

    returns : {"predictions", "reference", "images", "classes": [values], "iou": [per class], "mean_iou", "f1",
              "dice", "dice_per_class"}; classes are the values that occur on either side
    raises  : InvalidInput where a reference has no prediction or there is none at all; InvalidMask for what is no
              index mask or of another size
    """
    names = image_names(reference)
    if not names:
        raise InvalidInput(f"{reference} holds no masks")
    tally = Tally(classes=256)
    for name, prediction in [(name, mask_path(predictions, name)) for name in names]:
        tally.add(read_mask(prediction), read_mask(reference / name))
    figures = tally.figures()
    used = np.flatnonzero(tally.matrix.sum(axis=0) + tally.matrix.sum(axis=1))
    classes = [int(value) for value in used if value]
    for key in ("iou", "dice_per_class"):
        figures[key] = [figures[key][value - 1] for value in classes]
    paths = {"predictions": str(predictions), "reference": str(reference)}
    return {**paths, "images": tally.images, "classes": classes, **figures}
