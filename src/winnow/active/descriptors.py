"""What a picture looks like in numbers before any network is trained: the cold start's descriptors.

Handcrafted and the same on every machine: nothing is learned, so the first round needs no network.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from winnow.errors import InvalidInput
from winnow.imaging.picture import Picture
from winnow.imaging.window import apply_window

Floats = NDArray[np.float32]

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601
_FINE, _THUMBNAIL, _COLOUR = 64, 16, 4  # sides, pixels
_LEVELS, _CELLS, _DIRECTIONS = 32, 4, 8
FEATURES = _THUMBNAIL**2 + _LEVELS + _CELLS**2 * _DIRECTIONS + 2 * _COLOUR**2


def describe(picture: Picture) -> Floats:
    """Layout, grey levels, directions of edges and colour of a picture, as seen through its window.

    returns : (F,) float32, F = 448: thumbnail 16x16; histogram of 32 grey levels; 8 directions of
              edges in 4x4 cells; two colour differences in 4x4 cells (0 for grey). Each part weighs
              about the same in a Euclidean distance.
    source  : thumbnails Torralba et al. 2008; histograms of gradients Dalal & Triggs 2005;
              square roots (Hellinger distance) Arandjelovic & Zisserman 2012
    """
    centre, width = picture.window
    seen: Floats = apply_window(picture.pixels, centre=centre, width=width).astype(np.float32) / np.float32(255)
    luma: Floats = seen @ _LUMA if seen.ndim == 3 else seen
    parts = (
        _shrink(luma, _THUMBNAIL).ravel() * (4.0 / _THUMBNAIL),
        _levels(luma),
        _directions(_shrink(luma, _FINE)),
        _colours(seen),
    )
    return np.concatenate(parts).astype(np.float32)


def describe_many(pictures: Iterable[Picture]) -> Floats:
    """The descriptors of many pictures, (N, F); reads them one at a time. Raises InvalidInput for none."""
    rows = [describe(picture) for picture in pictures]
    if not rows:
        raise InvalidInput("there are no pictures to describe")
    return np.stack(rows)


def _levels(luma: Floats) -> Floats:
    counts, _ = np.histogram(luma, bins=_LEVELS, range=(0.0, 1.0))
    return np.sqrt(counts / luma.size).astype(np.float32)


def _directions(luma: Floats) -> Floats:
    """Where edges run, by strength, in each cell: (cells * directions,) of length 1, or 0 for a flat picture."""
    down, right = np.gradient(luma)
    strength = np.hypot(down, right)
    angle = np.arctan2(down, right) % np.pi  # an edge has no sign: dark to bright is bright to dark
    direction = np.minimum((angle / np.pi * _DIRECTIONS).astype(np.intp), _DIRECTIONS - 1)
    cell = np.arange(_FINE) // (_FINE // _CELLS)
    place = (cell[:, None] * _CELLS + cell[None, :]) * _DIRECTIONS + direction
    sums = np.bincount(place.ravel(), weights=strength.ravel(), minlength=_CELLS**2 * _DIRECTIONS)
    total = sums.sum()
    return np.sqrt(sums / total if total > 0 else sums).astype(np.float32)


def _colours(seen: Floats) -> Floats:
    if seen.ndim == 2:
        return np.zeros(2 * _COLOUR**2, dtype=np.float32)
    red, green, blue = (_shrink(seen[..., i], _COLOUR) for i in range(3))
    differences = np.stack([red - green, blue - (red + green) / 2])
    return differences.ravel().astype(np.float32)


def _shrink(plane: Floats, side: int) -> Floats:
    """Means over a side x side grid of a plane (H, W); where the plane is smaller, its pixels repeat."""
    for axis in (0, 1):
        length = plane.shape[axis]
        edges = np.arange(side) * length // side
        sums = np.add.reduceat(plane, edges, axis=axis)
        counts = np.maximum(np.diff(np.append(edges, length)), 1)
        plane = (sums / counts.reshape((-1, 1) if axis == 0 else (1, -1))).astype(np.float32)
    return plane
