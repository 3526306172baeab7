"""The one shape every image has after it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winnow.errors import InvalidInput
from winnow.imaging.place import Place

Pixels = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.int16]
DTYPES = ("uint8", "uint16", "int16")


@dataclass(frozen=True, eq=False)
class Picture:
    """One 2-D picture in the depth it came with.

    pixels     : (H, W), or (H, W, 3) in RGB; uint8, uint16 or int16 (HU where the source defines them)
    window     : (centre, width) in pixel units, as in PS3.3 C.11.2.1.2; width >= 1
    spacing_mm : (row, column) distance of neighbouring pixels, None where unknown
    place      : where the slice lies in the patient, None where unknown
    blanked    : (left, top, width, height) of the regions that were overwritten because of text
    raises     : InvalidInput for another shape, dtype or window
    """

    pixels: Pixels
    window: tuple[float, float]
    spacing_mm: tuple[float, float] | None = None
    place: Place | None = None
    blanked: tuple[tuple[int, int, int, int], ...] = ()

    def __post_init__(self) -> None:
        check_pixels(self.pixels)
        if not np.isfinite(self.window).all() or self.window[1] < 1:
            raise InvalidInput(f"A window needs a finite centre and a width of at least 1; got {self.window}.")

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def channels(self) -> int:
        """1 for grey, 3 for RGB."""
        return 1 if self.pixels.ndim == 2 else 3


def check_pixels(pixels: NDArray[Any]) -> None:
    """Raises InvalidInput unless ``pixels`` is a non-empty (H, W) or (H, W, 3) of a known dtype."""
    grey_or_rgb = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)
    if not grey_or_rgb or pixels.size == 0:
        raise InvalidInput(f"A picture is (H, W) or (H, W, 3); got {pixels.shape}.")
    if pixels.dtype.name not in DTYPES:
        raise InvalidInput(f"A picture's pixels are {', '.join(DTYPES)}; got {pixels.dtype.name}.")
