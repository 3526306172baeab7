"""Numbers of any kind in the 16 bits that a picture has, in one way for all slices of a stack."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_INT16, _UINT16 = np.iinfo(np.int16), np.iinfo(np.uint16)


def sixteen_bits(slices: Iterable[Array]) -> Callable[[Array], Array]:
    """How to bring these slices to uint8, uint16 or int16 so that they still compare with each other.

    slices  : arrays of one numeric dtype, gone through once; not a number counts as the least number
    returns : the conversion. uint8 stays; whole numbers that 16 bits hold stay as they are, int16 first unless the
              dtype is unsigned; all others are spread from their least to their greatest over uint16
    """
    low, high, whole = np.inf, -np.inf, True
    kind = np.dtype(np.int16)
    for values in slices:
        kind = values.dtype
        if kind == np.uint8:
            return np.asarray
        finite = values[np.isfinite(values)] if kind.kind == "f" else values
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
            whole = whole and (kind.kind != "f" or bool((finite == np.round(finite)).all()))
    if low > high:
        return lambda values: np.zeros(values.shape, np.uint16)
    if whole:
        for dtype in (np.uint16, np.int16) if kind.kind == "u" else (np.int16, np.uint16):
            if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
                return lambda values: _finite(values, low, high).astype(dtype)
    span = (high - low) or 1.0
    return lambda values: np.round((_finite(values, low, high) - low) * (_UINT16.max / span)).astype(np.uint16)


def _finite(values: Array, low: float, high: float) -> Array:
    if values.dtype.kind != "f":
        return values
    return np.nan_to_num(values.astype(np.float64), nan=low, posinf=high, neginf=low)
