"""Window and level: which pixel values are shown as black and which as white.

The browser computes the same (tests/golden/window.json holds both to it).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from winnow.errors import InvalidInput


def apply_window(pixels: NDArray[Any], *, centre: float, width: float) -> NDArray[np.uint8]:
    """Grey levels 0..255 of pixels seen through a window.

    pixels  : any shape, integer
    centre  : pixel units
    width   : pixel units, >= 1
    returns : same shape, uint8, rounded half up
    raises  : InvalidInput for a width below 1 or pixels that are not integers
    source  : DICOM PS3.3 C.11.2.1.2.1, function LINEAR
    """
    if not (np.isfinite(centre) and np.isfinite(width) and width >= 1):
        raise InvalidInput(f"A window needs a finite centre and a width of at least 1; got {centre}, {width}.")
    if pixels.dtype.kind not in "iu":
        raise InvalidInput(f"Only integer pixels are windowed; got {pixels.dtype.name}.")
    if pixels.size == 0:
        return np.zeros(pixels.shape, np.uint8)
    low, high = int(pixels.min()), int(pixels.max())
    if high - low >= 1 << 16:
        return _levels(pixels.astype(np.float64), centre=centre, width=width)
    # one division per grey value, not per pixel
    table = _levels(np.arange(low, high + 1, dtype=np.float64), centre=centre, width=width)
    shown: NDArray[np.uint8] = table[pixels.astype(np.int64) - low]
    return shown


def _levels(values: NDArray[np.float64], *, centre: float, width: float) -> NDArray[np.uint8]:
    middle, span = centre - 0.5, width - 1
    if span == 0:
        return np.where(values <= middle, 0, 255).astype(np.uint8)
    levels = np.floor(((values - middle) / span + 0.5) * 255 + 0.5)
    return np.clip(levels, 0, 255).astype(np.uint8)


def full_window(pixels: NDArray[Any]) -> tuple[float, float]:
    """A window (centre, width) that shows what is in the picture.

    pixels  : any shape, uint8, uint16 or int16
    returns : for uint8 the identity (128, 256); else from the 0.5th to the 99.5th percentile, because
              a few hot pixels or a padding value would leave the rest grey; where nearly all pixels
              are equal, from the least to the greatest
    """
    if pixels.dtype == np.uint8:
        return 128.0, 256.0
    low, high = (round(float(value)) for value in np.percentile(pixels, (0.5, 99.5)))
    if low == high:
        low, high = int(pixels.min()), int(pixels.max())
    return (low + high + 1) / 2, float(high - low + 1)
