from __future__ import annotations

import json
from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.errors import InvalidInput
from winnow.imaging.window import apply_window, full_window

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "window.json").read_text())


def linear(value: int, *, centre: float, width: float) -> int:
    """PS3.3 C.11.2.1.2.1 word for word, in exact fractions."""
    c, w, x = Fraction(centre), Fraction(width), Fraction(value)
    if x <= c - Fraction(1, 2) - (w - 1) / 2:
        return 0
    if x > c - Fraction(1, 2) + (w - 1) / 2:
        return 255
    return floor(((x - (c - Fraction(1, 2))) / (w - 1) + Fraction(1, 2)) * 255 + Fraction(1, 2))


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: f"{case['dtype']}-{case['centre']}-{case['width']}")
def test_the_golden_cases_shared_with_the_browser(case: dict) -> None:
    values = np.array(case["values"], case["dtype"])
    assert apply_window(values, centre=case["centre"], width=case["width"]).tolist() == case["expected"]
    assert [linear(v, centre=case["centre"], width=case["width"]) for v in case["values"]] == case["expected"]


@given(
    st.lists(st.integers(-32768, 32767), min_size=1, max_size=50),
    st.integers(-4000, 4000),
    st.integers(1, 8000),
)
def test_it_is_the_standard_formula(values: list[int], centre: int, width: int) -> None:
    shown = apply_window(np.array(values, np.int16), centre=centre, width=width)
    exact = [linear(value, centre=centre, width=width) for value in values]
    # doubles and fractions may round a level that lies exactly between two apart
    assert np.abs(shown.astype(int) - exact).max() <= 1
    assert np.mean(shown == exact) > 0.5


@given(st.lists(st.integers(0, 65535), min_size=2, max_size=50), st.floats(1, 70000), st.floats(-1000, 70000))
def test_brighter_stays_brighter(values: list[int], width: float, centre: float) -> None:
    shown = apply_window(np.array(sorted(values), np.uint16), centre=centre, width=width)
    assert (np.diff(shown.astype(int)) >= 0).all()


def test_the_full_window_of_8_bits_changes_nothing() -> None:
    values = np.arange(256, dtype=np.uint8)
    centre, width = full_window(values)
    assert apply_window(values, centre=centre, width=width).tolist() == values.tolist()


def test_the_full_window_of_16_bits_ignores_a_few_hot_pixels() -> None:
    pixels = np.random.default_rng(0).integers(-1000, 400, (100, 100)).astype(np.int16)
    pixels[0, :3] = 30000
    centre, width = full_window(pixels)
    assert -1000 <= centre - width / 2 <= -980
    assert 380 <= centre + width / 2 <= 401


@pytest.mark.parametrize("pixels", [np.full((4, 4), 7, np.int16), np.zeros((100, 100), np.uint16)])
def test_a_constant_picture_has_a_window(pixels: np.ndarray) -> None:
    centre, width = full_window(pixels)
    assert width >= 1
    assert apply_window(pixels, centre=centre, width=width).max() == 0


def test_a_sparse_picture_shows_its_few_pixels() -> None:
    pixels = np.zeros((100, 100), np.uint16)
    pixels[5, 5] = 900
    centre, width = full_window(pixels)
    shown = apply_window(pixels, centre=centre, width=width)
    assert shown[5, 5] == 255
    assert shown.astype(int).sum() == 255


def test_wide_integers_and_empty_arrays() -> None:
    assert apply_window(np.array([-100000, 0, 100000]), centre=0.5, width=3).tolist() == [0, 128, 255]
    assert apply_window(np.zeros((0, 2), np.int16), centre=0, width=1).shape == (0, 2)


@pytest.mark.parametrize(("centre", "width"), [(0.0, 0.5), (float("nan"), 10.0), (0.0, float("inf"))])
def test_impossible_windows_are_refused(centre: float, width: float) -> None:
    with pytest.raises(InvalidInput):
        apply_window(np.zeros(3, np.int16), centre=centre, width=width)


def test_floating_pixels_are_refused() -> None:
    with pytest.raises(InvalidInput, match="float32"):
        apply_window(np.zeros(3, np.float32), centre=1, width=2)
