"""Patches: rectangles of a mask that have changed, and the bytes they travel as."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from winnow.errors import InvalidMask
from winnow.imaging.mask import Mask

# left, top, width, height of a rectangle in pixels
_HEAD = struct.Struct("<4I")


@dataclass(frozen=True, eq=False)
class Patch:
    """New class values (H, W) uint8 of the rectangle whose first pixel is column ``left`` of row ``top``."""

    left: int
    top: int
    values: Mask


def decode_patches(data: bytes, *, shape: tuple[int, int]) -> list[Patch]:
    """The rectangles in the bytes of a request, in order.

    data   : for each rectangle left, top, width and height (uint32, little-endian), then width*height class
             values, row by row
    shape  : (H, W) of the image
    raises : InvalidMask for no rectangle at all, one without pixels or beyond the image, or bytes that are cut off
    """
    patches, at = [], 0
    while at < len(data):
        if len(data) - at < _HEAD.size:
            raise InvalidMask("The patch is cut off in the head of a rectangle.")
        left, top, width, height = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        _check_place(left, top, width, height, shape)
        if len(data) - at < width * height:
            raise InvalidMask(f"The patch is cut off: a rectangle of {height}x{width} has {len(data) - at} bytes.")
        values = np.frombuffer(data, np.uint8, width * height, at).reshape(height, width)
        patches.append(Patch(left=left, top=top, values=values))
        at += width * height
    if not patches:
        raise InvalidMask("The patch holds no rectangle.")
    return patches


def encode_patches(patches: Iterable[Patch]) -> bytes:
    """The bytes that ``decode_patches`` reads."""
    return b"".join(
        _HEAD.pack(patch.left, patch.top, patch.values.shape[1], patch.values.shape[0]) + patch.values.tobytes()
        for patch in patches
    )


def apply_patches(mask: Mask, patches: Iterable[Patch]) -> Mask:
    """A copy of the mask (H, W) with the rectangles laid over it, later ones over earlier ones."""
    result = mask.copy()
    for patch in patches:
        height, width = patch.values.shape
        result[patch.top : patch.top + height, patch.left : patch.left + width] = patch.values
    return result


def _check_place(left: int, top: int, width: int, height: int, shape: tuple[int, int]) -> None:
    if width == 0 or height == 0:
        raise InvalidMask("A rectangle of the patch has no pixels.")
    if left + width > shape[1] or top + height > shape[0]:
        raise InvalidMask(
            f"A rectangle of {height}x{width} pixels at row {top}, column {left} lies beyond the image of "
            f"{shape[0]}x{shape[1]}.",
            left=left, top=top, width=width, height=height, needed=list(shape),
        )  # fmt: skip
