"""How alike two pictures look: a perceptual hash, in which near-duplicates differ in few bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from winnow.imaging.picture import Picture
from winnow.imaging.window import apply_window

SIDE, BITS = 64, 256
NEAR = 16  # a JPEG of quality 75 differs in 0 to 8 bits; different slices of CT in 40 and more (seen)


def look(picture: Picture) -> str:
    """64 hexadecimal digits for how a picture looks, whatever its size and its exact grey values.

    Whether each of the 16 x 16 lowest frequencies of the picture, 64 x 64 and grey through its window, is above
    their median; "" for a picture without any contrast.
    source : the DCT hash of Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010, 3.2.1
    """
    centre, width = picture.window
    step = max(
        1, min(picture.height, picture.width) // (4 * SIDE)
    )  # of large pictures every so many-th pixel is enough
    shown = Pillow.fromarray(apply_window(picture.pixels[::step, ::step], centre=centre, width=width)).convert("L")
    small = np.asarray(shown.resize((SIDE, SIDE), Pillow.Resampling.BOX), np.float64)
    if np.ptp(small) < 1:
        return ""
    frequencies = (_COSINES @ small @ _COSINES.T).ravel()
    return np.packbits(frequencies > np.median(frequencies)).tobytes().hex()


def _cosines() -> NDArray[np.float64]:
    """(16, SIDE): the cosines of the frequencies 1 to 16; the mean (0) says nothing about shape."""
    places = (np.arange(SIDE) + 0.5) * np.pi / SIDE
    return np.cos(np.arange(1, 17)[:, None] * places)


_COSINES = _cosines()


class Looks:
    """The looks of many pictures, to find the one nearest to a new one.

    group : pictures that are expected to look alike, such as the slices of a series, share a number
    """

    def __init__(self) -> None:
        self._known: list[tuple[int, int]] = []
        self._groups = np.empty(0, np.int64)
        self._rows = np.empty((0, BITS // 64), np.uint64)
        self._waiting: list[bytes] = []

    def add(self, number: int, look: str, *, group: int) -> None:
        """Remember a picture by its number; one without a look is never found."""
        if look:
            self._known.append((number, group))
            self._waiting.append(bytes.fromhex(look))

    def nearest(self, look: str, *, group: int, within: int = NEAR) -> int | None:
        """The picture of another group that differs in the fewest bits, ``within`` at most; None where there is none."""
        if not look or not self._known:
            return None
        if self._waiting:
            new = np.frombuffer(b"".join(self._waiting), np.uint64).reshape(-1, BITS // 64)
            self._rows, self._waiting = np.concatenate([self._rows, new]), []
            self._groups = np.array([group for _, group in self._known])
        bits = np.bitwise_count(self._rows ^ np.frombuffer(bytes.fromhex(look), np.uint64)).sum(axis=1, dtype=np.int64)
        bits[self._groups == group] = BITS + 1
        best = int(np.argmin(bits))
        return self._known[best][0] if bits[best] <= within else None
