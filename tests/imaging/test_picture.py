from __future__ import annotations

import numpy as np
import pytest

from winnow.errors import InvalidInput
from winnow.imaging.picture import Picture


def test_a_picture_says_its_size_and_channels() -> None:
    grey = Picture(np.zeros((3, 5), np.int16), window=(40.0, 400.0), spacing_mm=(0.7, 0.8))
    rgb = Picture(np.zeros((3, 5, 3), np.uint8), window=(128.0, 256.0))
    assert (grey.height, grey.width, grey.channels) == (3, 5, 1)
    assert (rgb.height, rgb.width, rgb.channels) == (3, 5, 3)
    assert rgb.spacing_mm is None


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((3, 5), np.float32),
        np.zeros((3, 5), np.int32),
        np.zeros((3, 5, 4), np.uint8),
        np.zeros((5,), np.uint8),
        np.zeros((0, 5), np.uint8),
    ],
)
def test_other_pixels_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(InvalidInput):
        Picture(pixels, window=(1.0, 2.0))


@pytest.mark.parametrize("window", [(1.0, 0.0), (float("nan"), 10.0), (0.0, float("inf"))])
def test_a_window_that_shows_nothing_is_refused(window: tuple[float, float]) -> None:
    with pytest.raises(InvalidInput):
        Picture(np.zeros((3, 5), np.uint8), window=window)
