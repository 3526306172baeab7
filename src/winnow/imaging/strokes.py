"""Thin strokes and the things they form: what letters look like before anybody reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.uint8]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Shapes:
    """Connected things in a mask: boxes (K, 4) as top, left, bottom, right (the last two beyond it); the rest (K,).

    ``area`` counts pixels, ``level`` is the greatest grey value in the shape, ``runs`` counts the unbroken rows of
    pixels that it is made of: over its height, how many strokes one crosses from left to right.
    """

    boxes: Ints
    area: Ints
    level: Ints
    runs: Ints

    @property
    def height(self) -> Ints:
        return self.boxes[:, 2] - self.boxes[:, 0]

    @property
    def width(self) -> Ints:
        return self.boxes[:, 3] - self.boxes[:, 1]

    def __getitem__(self, which: Any) -> Shapes:
        return Shapes(self.boxes[which], self.area[which], self.level[which], self.runs[which])

    def __len__(self) -> int:
        return len(self.area)


def top_hat(grey: Array, *, size: int) -> Array:
    """How much brighter than its surroundings each pixel of a thing narrower than ``size`` is; 0 elsewhere.

    grey   : (H, W) uint8
    size   : pixels, odd
    source : white top-hat by a square, Serra 1982
    """
    opened = _extreme(_extreme(grey, size, np.minimum), size, np.maximum)
    return np.asarray(grey - opened, np.uint8)  # an opening is never above


def _extreme(grey: Array, size: int, pick: Callable[..., Array]) -> Array:
    """The least or greatest of ``size`` x ``size`` pixels around each, in steps that double their reach."""
    for axis in (0, 1):
        padding = [(0, 0), (0, 0)]
        padding[axis] = (size // 2, size - 1 - size // 2)
        grey = np.pad(grey, padding, mode="edge")
        reach = 1
        while reach < size:
            step = min(reach, size - reach)
            length = grey.shape[axis] - step
            here, there = (slice(start, start + length) for start in (0, step))
            grey = pick(grey[here], grey[there]) if axis == 0 else pick(grey[:, here], grey[:, there])
            reach += step
    return grey


def shapes_in(mask: NDArray[np.bool_], grey: Array) -> Shapes:
    """The 8-connected things in a mask (H, W); ``grey`` gives their levels."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    count = len(rows)
    if count == 0:
        none = np.empty(0, np.int64)
        return Shapes(np.empty((0, 4), np.int64), none, none, none)
    _, shape = np.unique(connected(count, *_touching(rows, starts, ends, mask.shape[1])), return_inverse=True)
    total = int(shape.max()) + 1
    boxes = np.tile(np.array([mask.size, mask.size, 0, 0]), (total, 1))
    for column, values, pick in (
        (0, rows, np.minimum),
        (1, starts, np.minimum),
        (2, rows + 1, np.maximum),
        (3, ends, np.maximum),
    ):
        pick.at(boxes[:, column], shape, values)
    # one more pixel, so that a run may end with the picture
    flat = np.append(grey.ravel(), np.uint8(0))
    offsets = rows * mask.shape[1]
    brightest = np.maximum.reduceat(flat, np.column_stack((offsets + starts, offsets + ends)).ravel())[::2]
    level = np.zeros(total, np.int64)
    np.maximum.at(level, shape, brightest)
    return Shapes(boxes, np.bincount(shape, ends - starts).astype(np.int64), level, np.bincount(shape))


def _touching(rows: Ints, starts: Ints, ends: Ints, width: int) -> tuple[Ints, Ints]:
    """Pairs of runs, one in the row below the other, that touch at a side or a corner."""
    stride = width + 2
    first = np.searchsorted(rows * stride + ends, (rows + 1) * stride + starts, "left")
    last = np.searchsorted(rows * stride + starts, (rows + 1) * stride + ends, "right")
    counts = np.maximum(last - first, 0)
    upper = np.repeat(np.arange(len(rows)), counts)
    within = np.arange(len(upper)) - np.repeat(np.cumsum(counts) - counts, counts)
    return upper, within + np.repeat(first, counts)


def connected(count: int, left: Ints, right: Ints) -> Ints:
    """A label (count,) for each of ``count`` things, equal for those that the pairs (left, right) connect."""
    labels = np.arange(count)
    while (labels[left] != labels[right]).any():
        lower = np.minimum(labels[left], labels[right])
        np.minimum.at(labels, labels[left], lower)
        np.minimum.at(labels, labels[right], lower)
        while (labels[labels] != labels).any():
            labels = labels[labels]
    return labels
