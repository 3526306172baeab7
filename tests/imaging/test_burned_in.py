"""Text in pixels: found where it is, gone afterwards, and anatomy left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from winnow.errors import InvalidInput, TextSearchAway
from winnow.imaging import tesseract
from winnow.imaging.burned_in import Box, blank, find_text, find_text_in_frames
from winnow.imaging.phantom import phantom_slice
from winnow.imaging.picture import Picture
from winnow.imaging.window import apply_window, full_window

LUNG = (-500.0, 1500.0)
LINES = ("MUELLER^ANNA", "DOB:23/06/1936", "ID:6614592")


@pytest.fixture(autouse=True)
def program(need_program: Callable[[str], str]) -> None:
    need_program("tesseract")


def slice_of(number: int = 0) -> np.ndarray:
    return phantom_slice(rng=np.random.default_rng(number), size=512)[0]


def ink_of(*texts: str, height: int = 14, at: tuple[int, int] = (8, 8)) -> np.ndarray:
    """Coverage (512, 512) from 0 to 1 of lines of text; ``at`` is column, row."""
    canvas = Pillow.new("L", (512, 512), 0)
    for row, text in enumerate(texts):
        place = (at[0], at[1] + row * (height + 4))
        ImageDraw.Draw(canvas).text(place, text, font=ImageFont.load_default(height), fill=255)
    return np.array(canvas) / 255


def written(pixels: np.ndarray, ink: np.ndarray, value: float) -> np.ndarray:
    if pixels.ndim == 3:
        ink = ink[:, :, None]
    return np.round(pixels * (1 - ink) + value * ink).astype(pixels.dtype)


def left(boxes: list[Box], ink: np.ndarray) -> float:
    """The share of the ink outside the boxes."""
    rest = ink.copy()
    for box in boxes:
        rest[box.top : box.bottom, box.left : box.right] = 0
    return float((rest > 0.25).sum() / (ink > 0.25).sum())


def eight_bits(number: int = 0) -> np.ndarray:
    return apply_window(slice_of(number), centre=LUNG[0], width=LUNG[1])


@pytest.mark.parametrize("height", [10, 14, 24, 40])
def test_a_header_is_found_at_every_size(height: int) -> None:
    ink = ink_of(*LINES, height=height)
    pixels = written(eight_bits(), ink, 255)
    assert left(find_text(Picture(pixels, (128, 256))), ink) < 0.02


@pytest.mark.parametrize("value", [255, 190, 0])
def test_light_grey_and_black_letters_over_the_body(value: int) -> None:
    body = np.full((512, 512), 120, np.uint8) + eight_bits(1) // 8
    ink = ink_of(*LINES, height=16, at=(150, 230))
    assert left(find_text(Picture(written(body, ink, value), (128, 256))), ink) < 0.02


@pytest.mark.parametrize(("dtype", "value"), [(np.int16, 3071), (np.uint16, 4095)])
def test_sixteen_bits_with_letters_beyond_the_window(dtype: Any, value: int) -> None:
    pixels = slice_of(2) if dtype is np.int16 else (slice_of(2) + 1024).astype(np.uint16)
    ink = ink_of(*LINES)
    picture = Picture(written(pixels, ink, value), LUNG if dtype is np.int16 else full_window(pixels))
    assert left(find_text(picture), ink) < 0.02


def test_coloured_letters() -> None:
    pixels = np.repeat(eight_bits(3)[:, :, None], 3, axis=2) // 4
    ink = ink_of(*LINES)[:, :, None]
    coloured = np.round(pixels * (1 - ink) + np.array([60, 90, 255]) * ink).astype(np.uint8)
    assert left(find_text(Picture(coloured, (128, 256))), ink[:, :, 0]) < 0.02


def test_anatomy_alone_is_left_alone() -> None:
    found = {number: find_text(Picture(slice_of(number), LUNG)) for number in range(20, 26)}
    assert {number: boxes for number, boxes in found.items() if boxes} == {}


def test_an_empty_picture_needs_no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "program", lambda: None)
    for shape in ((64, 64), (1, 1), (3, 700)):
        assert find_text(Picture(np.zeros(shape, np.uint8), (128, 256))) == []


def test_without_the_program_nobody_says_that_there_is_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "program", lambda: None)
    with pytest.raises(TextSearchAway, match="not installed"):
        find_text(Picture(written(eight_bits(), ink_of(*LINES), 255), (128, 256)))


def test_an_overlay_that_comes_later_is_found_and_the_boxes_hold_for_all_frames() -> None:
    first, second = ink_of("MUELLER^ANNA"), ink_of("DOB:23/06/1936", at=(300, 480))
    frames = [eight_bits(4), written(eight_bits(4), first, 255), written(eight_bits(5), first + second, 255)]
    boxes = find_text_in_frames([Picture(frame, (128, 256)) for frame in frames])
    assert left(boxes, first + second) < 0.02


@given(st.data())
def test_blanking_changes_the_boxes_and_nothing_else(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 20)), data.draw(st.integers(1, 20))
    channels = data.draw(st.sampled_from([(), (3,)]))
    dtype = np.uint8 if channels else data.draw(st.sampled_from([np.uint8, np.uint16, np.int16]))
    pixels = np.random.default_rng(0).integers(3, 100, (height, width, *channels)).astype(dtype)
    corner = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    box = Box(*corner, data.draw(st.integers(1, width - corner[0])), data.draw(st.integers(1, height - corner[1])))
    after = blank(Picture(pixels, (50, 100), (0.5, 0.7)), [box])
    inside = np.zeros((height, width), np.bool_)
    inside[box.top : box.bottom, box.left : box.right] = True
    assert (after.pixels[inside] == pixels.min()).all()
    assert np.array_equal(after.pixels[~inside], pixels[~inside])
    assert (after.window, after.spacing_mm, after.pixels.dtype) == ((50, 100), (0.5, 0.7), pixels.dtype)


@pytest.mark.parametrize("box", [Box(-1, 0, 3, 3), Box(0, 0, 0, 3), Box(5, 0, 2, 1), Box(0, 3, 1, 2)])
def test_a_box_over_the_edge_is_refused(box: Box) -> None:
    with pytest.raises(InvalidInput):
        blank(Picture(np.zeros((4, 6), np.uint8), (128, 256)), [box])
