"""Masks: label maps, uint8, 0 = background, and the bytes they travel as."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from winnow.errors import InvalidInput, InvalidMask
from winnow.imaging.files import MAX_PIXELS, open_image, png_bit_depth, sniff

Mask = NDArray[np.uint8]


def check_mask(mask: NDArray[Any], *, shape: tuple[int, int], values: Iterable[int]) -> None:
    """Guards everything that stores a mask.

    shape  : (H, W) of the image
    values : the project's class values; background 0 is always allowed
    raises : InvalidMask saying what came and what is needed
    """
    if mask.dtype != np.uint8:
        raise InvalidMask(f"A mask is uint8; got {mask.dtype.name}.", dtype=mask.dtype.name)
    if mask.shape != tuple(shape):
        raise InvalidMask(
            f"The mask is {_size(mask.shape)} pixels, the image {_size(shape)}.",
            got=list(mask.shape),
            needed=list(shape),
        )
    allowed = {0, *values}
    unknown = sorted(set(np.flatnonzero(np.bincount(mask.ravel(), minlength=256)).tolist()) - allowed)
    if unknown:
        raise InvalidMask(
            f"The mask holds the values {_list(unknown)}; this project has {_list(sorted(allowed))} (0 is background).",
            unknown=unknown,
            allowed=sorted(allowed),
        )


def class_pixels(mask: Mask) -> dict[str, int]:
    """Pixels of each class value present, background left out: ``{"1": 120}``."""
    counts = np.bincount(mask.ravel(), minlength=256)
    return {str(value): int(counts[value]) for value in np.flatnonzero(counts) if value}


def encode_mask_png(mask: Mask) -> bytes:
    """An 8-bit grey PNG of class values from a (H, W) uint8 mask, without metadata."""
    if mask.dtype != np.uint8 or mask.ndim != 2 or mask.size == 0:
        raise InvalidMask(f"A mask is (H, W) uint8; got {mask.shape} {mask.dtype.name}.")
    buffer = io.BytesIO()
    Pillow.fromarray(mask).save(buffer, "PNG")
    return buffer.getvalue()


def decode_mask_png(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Mask:
    """The class values (H, W) uint8 in a PNG: grey levels or palette indices, of 1 to 8 bits.

    raises : InvalidMask for anything else (colours, alpha, 16 bits, not a PNG, damaged, too large)
    """
    if sniff(data) != "png":
        raise InvalidMask("A mask is sent as a PNG of class values or as raw bytes; this is neither.")
    try:
        image = open_image(data, max_pixels=max_pixels)
    except InvalidInput as error:
        raise InvalidMask(f"The mask cannot be read. {error.message}") from error
    if image.mode not in {"1", "L", "P"}:
        raise InvalidMask(f"A mask's PNG holds grey levels or palette indices; this one is {image.mode}.")
    values = np.array(image, dtype=np.uint8)
    bits = png_bit_depth(data)
    if image.mode == "L" and bits < 8:
        values //= 255 // ((1 << bits) - 1)  # Pillow spreads 2- and 4-bit grey over 0..255
    return values


def mask_from_bytes(data: bytes, shape: tuple[int, int]) -> Mask:
    """The mask in H*W raw bytes, row by row. Raises InvalidMask when the length is another."""
    if len(data) != shape[0] * shape[1]:
        raise InvalidMask(
            f"The mask is {len(data)} bytes; an image of {_size(shape)} pixels needs {shape[0] * shape[1]}.",
            got=len(data),
            needed=shape[0] * shape[1],
        )
    return np.frombuffer(data, np.uint8).reshape(shape).copy()


def _size(shape: Iterable[int]) -> str:
    return "x".join(str(side) for side in shape)


def _list(values: list[int]) -> str:
    shown = ", ".join(str(value) for value in values[:20])
    return shown if len(values) <= 20 else f"{shown}, ..."
