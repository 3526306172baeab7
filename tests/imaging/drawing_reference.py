"""What the page's edits of a mask must give, by scipy; written to tests/golden/drawing.json, which Vitest reads.

`python tests/imaging/drawing_reference.py` writes the file anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

GOLDEN = Path(__file__).parents[1] / "golden" / "drawing.json"
Labels = NDArray[np.uint8]
EVERY_NEIGHBOUR = np.ones((3, 3), bool)


def disk(reach: int) -> NDArray[np.bool_]:
    """(2 * reach + 1, 2 * reach + 1): the pixels within reach of the middle one."""
    rows, columns = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(rows**2 + columns**2 <= reach**2)


def fill_holes(mask: Labels, value: int, _: int) -> Labels:
    """The background that a class encloses becomes that class."""
    return np.where(ndimage.binary_fill_holes(mask == value) & (mask == 0), value, mask).astype(np.uint8)


def remove_islands(mask: Labels, value: int, size: int) -> Labels:
    """Pieces (touching corners belong together) of fewer than `size` pixels become background."""
    pieces, _ = ndimage.label(mask == value, structure=EVERY_NEIGHBOUR)
    small = np.bincount(pieces.ravel()) < size
    small[0] = False
    return np.where(small[pieces], 0, mask).astype(np.uint8)


def grow(mask: Labels, value: int, reach: int) -> Labels:
    """Dilation by a disk."""
    return np.where(ndimage.binary_dilation(mask == value, disk(reach)), value, mask).astype(np.uint8)


def shrink(mask: Labels, value: int, reach: int) -> Labels:
    """Erosion by a disk; what lies outside the image counts as the class."""
    kept = ndimage.binary_erosion(mask == value, disk(reach), border_value=1)
    return np.where((mask == value) & ~kept, 0, mask).astype(np.uint8)


def smooth(mask: Labels, value: int, reach: int) -> Labels:
    """Majority within a disk; a lost pixel goes to the commonest other label there, the lowest of equals."""
    counts = np.stack([_near(mask == label, reach) for label in range(int(mask.max()) + 1)])
    own = 2 * counts[value] > counts.sum(axis=0)
    others = counts.copy()
    others[value] = -1
    heirs = others.argmax(axis=0)
    return np.where(own, value, np.where(mask == value, heirs, mask)).astype(np.uint8)


def _near(chosen: NDArray[np.bool_], reach: int) -> NDArray[np.int64]:
    return np.asarray(ndimage.convolve(chosen.astype(np.int64), disk(reach).astype(np.int64), mode="constant"))


def interpolate(before: Labels, after: Labels, part: float) -> Labels:
    """Signed distances of each class that both hold, mixed; the largest positive one wins.

    Shapes without a common pixel are moved first, along the line between their centres.
    """
    out = np.zeros_like(before)
    best = np.zeros(before.shape)
    for value in range(1, 256):
        one, two = before == value, after == value
        if not one.any() or not two.any():
            continue
        if not (one & two).any():
            whole = _rounded(np.argwhere(two).mean(axis=0) - np.argwhere(one).mean(axis=0))
            first = _rounded(part * whole)
            one, two = _moved(one, first), _moved(two, first - whole)
        mixed = (1 - part) * _signed(one) + part * _signed(two)
        out[mixed > best] = value
        best = np.maximum(best, mixed)
    return out


def _rounded(shift: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half up, as JavaScript does it."""
    return np.floor(shift + 0.5)


def _moved(inside: NDArray[np.bool_], shift: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(ndimage.shift(inside.astype(np.uint8), shift, order=0) > 0)


def _signed(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.asarray(ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside))


EDITS: dict[str, tuple[Callable[[Labels, int, int], Labels], list[int]]] = {
    "fillHoles": (fill_holes, [0]),
    "removeIslands": (remove_islands, [2, 12]),
    "smooth": (smooth, [1, 3]),
    "grow": (grow, [1, 4]),
    "shrink": (shrink, [1, 2]),
}


def blobs(seed: int, *, shape: tuple[int, int] = (26, 31)) -> Labels:
    """Blobs of classes 1 to 3 with holes, islands and ragged borders, some at the border of the image."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(4, *shape)), (0, 1.4, 1.4))
    mask: Labels = np.asarray(noise.argmax(axis=0), np.uint8)
    mask[3:19, 4:20] = np.where(noise[0, 3:19, 4:20] > 0.25, 0, 1)
    for value, row, column in ((1, 6, 6), (3, 15, 20)):
        mask[row : row + 8, column : column + 8] = value
        mask[row + 2 : row + 6, column + 2 : column + 6] = 0
        mask[row + 3, column + 3] = 2
        mask[row - 5 : row - 2, column : column + 3] = 2
        mask[row - 4, column + 1] = value
    return mask


def cases() -> dict[str, Any]:
    """All cases, with masks as rows of digits."""
    edits = []
    for seed in (1, 2):
        mask = blobs(seed)
        for name, (edit, amounts) in EDITS.items():
            edits += [
                {
                    "edit": name,
                    "value": value,
                    "amount": amount,
                    "before": _rows(mask),
                    "after": _rows(edit(mask, value, amount)),
                }
                for amount in amounts
                for value in (1, 3)
            ]
    pairs = [(blobs(3), blobs(4)), (blobs(1), np.roll(blobs(1), 3, axis=1))]
    apart = np.zeros((2, 26, 31), np.uint8)
    apart[0, 2:11, 3:9], apart[0, 5:8, 5:7] = 1, 2
    apart[1, 12:22, 15:28], apart[1, 16:18, 2:9] = 1, 2
    pairs.append((apart[0], apart[1]))
    between = [
        {"before": _rows(one), "after": _rows(two), "part": part, "between": _rows(interpolate(one, two, part))}
        for one, two in pairs
        for part in (0.25, 0.5)
    ]
    return {"edits": edits, "between": between}


def _rows(mask: Labels) -> list[str]:
    return ["".join(map(str, row)) for row in mask]


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(cases(), indent=1) + "\n")
