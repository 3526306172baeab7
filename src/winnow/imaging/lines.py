"""Rows of strokes that could be lines of text, and which of them are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from winnow.imaging.strokes import Array, Ints, Shapes, connected, shapes_in, top_hat
from winnow.imaging.tesseract import Word, read_words

STROKE = 9  # pixels: strokes are narrower
HEIGHTS = (5, 48)  # pixels, of letters; larger ones are found in a smaller picture
CONTRASTS = (24, 60, 120)  # grey levels; low ones join letters to what lies behind them, high ones miss faint letters
LEVELS_ALIKE = 40
READABLE = 30  # pixels: the height at which tesseract reads best
PADDING = 14
BLOCK = 512


@dataclass(frozen=True)
class Lines:
    """L candidates of one picture.

    boxes   : (L, 4) top, left, bottom, right, in pixels of the picture
    letters : (L,) shapes in it
    strokes : (L,) how many strokes one crosses from left to right, on average over its rows
    height  : (L,) the middle one of its letters' heights
    uneven  : (L,) deviation of its letters' heights over ``height``
    level   : (L,) mean grey level of its letters, ``spread`` its deviation
    look    : (L,) index of the look in which it was seen
    dark    : (L,) whether its letters are darker than what is around them
    """

    boxes: Ints
    letters: Ints
    strokes: NDArray[np.float64]
    height: NDArray[np.float64]
    uneven: NDArray[np.float64]
    level: NDArray[np.float64]
    spread: NDArray[np.float64]
    look: Ints
    dark: NDArray[np.bool_]

    def __getitem__(self, which: Any) -> Lines:
        return Lines(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.letters)

    @property
    def width(self) -> Ints:
        return self.boxes[:, 3] - self.boxes[:, 1]

    @property
    def worth_reading(self) -> NDArray[np.bool_]:
        """Words of two or three letters at least: vessels, ribs and edges are crossed less often than those."""
        wide = (self.width >= 1.2 * self.height) & ((self.letters >= 3) | (self.width >= 2.5 * self.height))
        return wide & (self.strokes >= 2.5)

    @property
    def regular(self) -> NDArray[np.bool_]:
        """So many letters of one height and one grey that nothing in a body looks like it, in whatever script."""
        dense = (self.letters >= 7) & (self.strokes >= 7) & (self.strokes * self.height >= self.width)
        return dense & (self.height >= 7) & (self.spread < 6) & (self.uneven < 0.3)


def joined(parts: list[Lines]) -> Lines:
    """All candidates of several looks."""
    return Lines(*(np.concatenate([getattr(part, name) for part in parts]) for name in Lines.__dataclass_fields__))


@dataclass(frozen=True)
class Look:
    """One way to see a picture: a window, a polarity, a size, a contrast; letters are bright in it.

    strokes : (H, W) what a top-hat leaves of ``grey``
    dark    : whether they are dark in the picture itself
    """

    grey: Array
    strokes: Array
    contrast: int
    reduction: int
    dark: bool

    @property
    def page(self) -> Array:
        """Dark strokes on white, for tesseract."""
        shown = (self.strokes.astype(np.float32) - 0.5 * self.contrast) * (255 / (1.2 * self.contrast))
        return np.asarray(255 - np.clip(shown, 0, 255), np.uint8)


def looks_at(grey: Array, *, reduction: int, dark: bool) -> list[Look]:
    """One look for each contrast, at bright letters; large ones are never faint, and in a small picture organs are thin."""
    strokes = top_hat(grey, size=STROKE)
    contrasts = CONTRASTS if reduction == 1 else CONTRASTS[1:]
    return [Look(grey, strokes, contrast, reduction, dark) for contrast in contrasts]


def lines_in(look: Look, number: int) -> Lines:
    """The rows of letter-like shapes that a look shows, single shapes among them."""
    shapes = shapes_in(look.strokes > look.contrast, look.grey)
    height, width = shapes.height, shapes.width
    like_letters = (height >= HEIGHTS[0]) & (height <= HEIGHTS[1]) & (width <= 14 * height)
    like_letters &= (shapes.area >= 0.12 * height * width) & (shapes.area >= 6)
    shapes = shapes[like_letters]
    shapes = shapes[np.argsort(shapes.boxes[:, 1], kind="stable")]
    return _described(shapes, connected(len(shapes), *_neighbours(shapes)), number, look)


def _neighbours(shapes: Shapes) -> tuple[Ints, Ints]:
    """Pairs that stand side by side as letters do: alike in height and grey, on one row, with a small gap."""
    pairs = [_pairs(shapes, start) for start in range(0, len(shapes), BLOCK)]
    none = np.empty(0, np.int64)
    return np.concatenate([none, *(left for left, _ in pairs)]), np.concatenate([none, *(right for _, right in pairs)])


def _pairs(shapes: Shapes, start: int) -> tuple[Ints, Ints]:
    """Those whose left partner is one of BLOCK shapes from ``start`` on; shapes are ordered by their left edge."""
    block, rest = shapes[start : start + BLOCK], shapes[start:]
    reach = int((block.boxes[:, 3]).max()) + HEIGHTS[1]
    rest = rest[: int(np.searchsorted(rest.boxes[:, 1], reach, "right"))]
    one, other = block.boxes[:, None], rest.boxes[None]
    shared = np.minimum(one[..., 2], other[..., 2]) - np.maximum(one[..., 0], other[..., 0])
    gap = np.maximum(one[..., 1], other[..., 1]) - np.minimum(one[..., 3], other[..., 3])
    lower = np.minimum(block.height[:, None], rest.height[None])
    higher = np.maximum(block.height[:, None], rest.height[None])
    near = (shared >= 0.6 * lower) & (higher <= 1.8 * lower) & (gap <= 0.9 * higher) & (gap > -lower)
    near &= np.abs(block.level[:, None] - rest.level[None]) <= LEVELS_ALIKE
    left, right = np.nonzero(np.triu(near, 1))
    return left + start, right + start


def _described(shapes: Shapes, labels: Ints, number: int, look: Look) -> Lines:
    names, line = np.unique(labels, return_inverse=True)
    total = len(names)
    boxes = np.tile(np.array([1 << 30, 1 << 30, 0, 0]), (total, 1))
    for column, pick in ((0, np.minimum), (1, np.minimum), (2, np.maximum), (3, np.maximum)):
        pick.at(boxes[:, column], line, shapes.boxes[:, column])
    letters = np.bincount(line, minlength=total)
    level, spread = _mean_and_deviation(shapes.level, line, letters)
    height, deviation = _mean_and_deviation(shapes.height, line, letters)
    found = Lines(
        boxes=boxes * look.reduction,
        letters=letters,
        strokes=np.bincount(line, shapes.runs, minlength=total) / np.maximum(boxes[:, 2] - boxes[:, 0], 1),
        height=height * look.reduction,
        uneven=deviation / np.maximum(height, 1),
        level=level,
        spread=spread,
        look=np.full(total, number),
        dark=np.full(total, look.dark),
    )
    # what climbs from row to row is a chain of something else
    return found[(boxes[:, 2] - boxes[:, 0]) <= 2.2 * height]


def _mean_and_deviation(values: Ints, line: Ints, letters: Ints) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    mean = np.bincount(line, values, minlength=len(letters)) / letters
    square = np.bincount(line, values.astype(np.float64) ** 2, minlength=len(letters)) / letters
    return mean, np.sqrt(np.maximum(square - mean**2, 0))


def read(lines: Lines, looks: list[Look]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Two of (L,): which of these lines say something, and which might. Raises TextSearchAway.

    All of them are set one under the other on one page: starting the program costs more than reading.
    """
    strips = [_strip(looks[look], box) for box, look in zip(lines.boxes, lines.look, strict=True)]
    width = max(strip.shape[1] for strip in strips) + 2 * PADDING
    bottoms = np.cumsum([strip.shape[0] + PADDING for strip in strips])
    page = np.full((int(bottoms[-1]) + PADDING, width), 255, np.uint8)
    for strip, bottom in zip(strips, bottoms, strict=True):
        page[bottom - strip.shape[0] : bottom, PADDING : PADDING + strip.shape[1]] = strip
    words: list[list[Word]] = [[] for _ in strips]
    for word in read_words(page):
        place = int(np.searchsorted(bottoms + PADDING // 2, word.row))
        if place < len(words):
            words[place].append(word)
    # as many strokes as writing of its length has; and all of one grey
    dense = lines.strokes * lines.height >= lines.width
    might = dense & (lines.strokes >= 4) & (lines.spread < 12)
    might &= np.array([len(_signs(line)) >= 4 for line in words])
    says = [_says_something(line, int(letters)) for line, letters in zip(words, lines.letters, strict=True)]
    return np.array(says) & dense, might


def _strip(look: Look, box: Ints) -> Array:
    """One line cut out of its page, with a rim, at the height that is read best."""
    top, left, bottom, right = (int(value) for value in box // look.reduction)
    rim = 3
    cut = look.page[max(0, top - rim) : bottom + rim, max(0, left - (bottom - top)) : right + (bottom - top)]
    scale = READABLE / (bottom - top)
    size = (max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale)))
    return np.array(Pillow.fromarray(cut).resize(size, Pillow.Resampling.BICUBIC))


def _says_something(words: list[Word], letters: int) -> bool:
    """Anatomy is read as a letter or two, without confidence, and hardly ever as numbers."""
    digits = [sign for sign in _signs(words) if sign.isdigit()]
    numbers = [word for word in words if word.confidence >= 30 and sum(sign.isdigit() for sign in word.text) >= 3]
    sure = any(word.confidence >= 75 and len(_signs([word])) >= 3 for word in words)
    return sure or bool(numbers) or (letters >= 4 and len(digits) >= 5)


def _signs(words: list[Word]) -> list[str]:
    return [sign for word in words for sign in word.text if sign.isalnum()]
