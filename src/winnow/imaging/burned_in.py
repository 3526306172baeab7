"""Text that is burned into pixels: where it is, and pictures without it.

Candidates are rows of thin, even strokes (lines.py); tesseract says which of them can be read; what stands
beside and under a line that was read, and looks like it, is taken as text too. What the text says is never kept.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from winnow.errors import InvalidInput
from winnow.imaging.lines import Lines, Look, joined, lines_in, looks_at, read
from winnow.imaging.picture import Picture
from winnow.imaging.strokes import Array
from winnow.imaging.window import apply_window

MARGIN = 3
SURE = 3  # letters: a line of fewer, or of some that touch, may be read by chance and vouches for no other
LARGE = 1024


@dataclass(frozen=True, order=True)
class Box:
    """A rectangle of pixels: ``left`` and ``top`` are its first column and row."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height


def find_text(picture: Picture) -> list[Box]:
    """Where text is burned into a picture; boxes with a margin of MARGIN pixels, merged where they overlap.

    raises : TextSearchAway where something has to be read and tesseract is not there or fails
    """
    looks = [
        look
        for reduction in _reductions(picture)
        for dark, view in _views(picture)
        for look in _looks(view, reduction, dark=dark)
    ]
    lines = joined([lines_in(look, number) for number, look in enumerate(looks)])
    text = _written(lines, looks)
    found = lines.boxes[text | _near(lines, text)]
    return _merged([_box(edges, picture) for edges in found])


def find_text_in_frames(pictures: Sequence[Picture]) -> list[Box]:
    """Where text is in any frame of one file: overlays stay where they are, so a box holds for all frames.

    Each frame is searched with what is known already blanked: only what is new has to be read.
    """
    boxes: list[Box] = []
    for picture in pictures:
        fitting = [box for box in boxes if box.right <= picture.width and box.bottom <= picture.height]
        boxes = _merged([*boxes, *find_text(blank(picture, fitting))])
    return boxes


def blank(picture: Picture, boxes: Sequence[Box]) -> Picture:
    """The picture with its darkest value in the boxes, which it remembers as ``blanked``.

    raises : InvalidInput for a box that is empty or reaches over the edge
    """
    if not boxes:
        return picture
    pixels = picture.pixels.copy()
    for box in boxes:
        if not inside(box, width=picture.width, height=picture.height):
            raise InvalidInput(f"A region does not lie in the {picture.width} x {picture.height} picture.")
        pixels[box.top : box.bottom, box.left : box.right] = picture.pixels.min()
    regions = tuple(dataclasses.astuple(box) for box in boxes)
    return dataclasses.replace(picture, pixels=pixels, blanked=(*picture.blanked, *regions))


def inside(box: Box, *, width: int, height: int) -> bool:
    """Whether a box holds at least one pixel of a picture of this size, and none beyond it."""
    starts = min(box.left, box.top) >= 0 and min(box.width, box.height) >= 1
    return starts and box.right <= width and box.bottom <= height


def _reductions(picture: Picture) -> list[int]:
    """How often smaller the picture is looked at, for letters of every size."""
    longest = max(picture.width, picture.height)
    return [1, 2, 4] if longest > LARGE else [1, 2] if longest > 128 else [1]


def _views(picture: Picture) -> list[tuple[bool, Array]]:
    """The picture in grey levels, and again with dark made bright, through each window that may show letters."""
    pixels = picture.pixels
    if pixels.dtype == np.uint8:
        planes = np.asarray(pixels, np.uint8).reshape(picture.height, picture.width, -1)
        return [(False, planes.max(axis=2)), (True, 255 - planes.min(axis=2))]
    low, high = int(pixels.min()), int(pixels.max())
    windows = {picture.window, ((low + high + 1) / 2, float(high - low + 1))}
    shown = [apply_window(pixels, centre=centre, width=width) for centre, width in sorted(windows)]
    shown = [grey if grey.ndim == 2 else grey.max(axis=2) for grey in shown]
    return [view for grey in shown for view in ((False, grey), (True, 255 - grey))]


def _looks(view: Array, reduction: int, *, dark: bool) -> list[Look]:
    if reduction > 1:
        size = (max(1, view.shape[1] // reduction), max(1, view.shape[0] // reduction))
        view = np.array(Pillow.fromarray(view).resize(size, Pillow.Resampling.BOX))
    return looks_at(view, reduction=reduction, dark=dark)


def _written(lines: Lines, looks: list[Look]) -> NDArray[np.bool_]:
    """Which candidates were read; those that only might say something need one that does and is of their kind."""
    text = lines.regular
    asked = np.nonzero(lines.worth_reading)[0]
    if len(asked) == 0:
        return text
    says, might = read(lines[asked], looks)
    text[asked] |= says
    maybe = np.zeros(len(lines), np.bool_)
    maybe[asked] = might
    for index in np.nonzero(text & (lines.letters >= SURE))[0].tolist():
        text |= maybe & _alike(lines, index)
    return text


def _near(lines: Lines, text: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which candidates stand beside, right above or right under a line of text of their kind, in the same look."""
    near = np.zeros(len(lines), np.bool_)
    for index in np.nonzero(text & (lines.letters >= SURE))[0].tolist():
        height, box = lines.height[index], lines.boxes[index]
        across = np.maximum(lines.boxes[:, 1], box[1]) - np.minimum(lines.boxes[:, 3], box[3])
        down = np.maximum(lines.boxes[:, 0], box[0]) - np.minimum(lines.boxes[:, 2], box[2])
        beside = (down <= -0.5 * np.minimum(height, lines.height)) & (across <= 3 * height)
        close = beside | ((across <= 0) & (down <= height))
        near |= close & _alike(lines, index) & (lines.look == lines.look[index])
    return near


def _alike(lines: Lines, index: int) -> NDArray[np.bool_]:
    """Which candidates are about as high as this one, as bright, and of one polarity with it."""
    heights = np.maximum(lines.height[index], lines.height) <= 1.6 * np.minimum(lines.height[index], lines.height)
    same = (np.abs(lines.level - lines.level[index]) <= 20) & (lines.dark == lines.dark[index])
    return np.asarray(heights & same, np.bool_)


def _box(edges: NDArray[np.int64], picture: Picture) -> Box:
    top, left = (max(0, int(edge) - MARGIN) for edge in edges[:2])
    bottom, right = min(picture.height, int(edges[2]) + MARGIN), min(picture.width, int(edges[3]) + MARGIN)
    return Box(left, top, right - left, bottom - top)


def _merged(boxes: Sequence[Box]) -> list[Box]:
    """Boxes that overlap become one where that covers little more than they do."""
    waiting, done = sorted(set(boxes)), []
    while waiting:
        box = waiting.pop()
        for other in waiting:
            both = _around(box, other)
            if both.width * both.height <= 1.2 * (box.width * box.height + other.width * other.height):
                waiting.remove(other)
                waiting.append(both)
                break
        else:
            done.append(box)
    return sorted(done)


def _around(one: Box, other: Box) -> Box:
    left, top = min(one.left, other.left), min(one.top, other.top)
    return Box(left, top, max(one.right, other.right) - left, max(one.bottom, other.bottom) - top)
