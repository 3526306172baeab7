from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from winnow.errors import InvalidInput, InvalidMask
from winnow.imaging.picture import Picture
from winnow.segmentation.data import (
    BLACK,
    IGNORED,
    Sample,
    channels_of,
    fitted,
    mask_tensor,
    restore,
    to_tensor,
    to_tensors,
)

sides = st.integers(1, 90)


def grey(height: int, width: int, value: int = 0) -> Picture:
    return Picture(np.full((height, width), value, np.uint8), (128.0, 256.0))


def test_the_window_becomes_minus_one_to_one():
    pixels = np.array([[-1000, -400, 200, 3000]], np.int16).repeat(4, axis=0)
    tensor = to_tensor(Picture(pixels, (-399.5, 1201.0)), 4, channels=1)
    assert tensor[0, 0].tolist() == pytest.approx([-1, 0, 1, 1], abs=1e-6)


def test_eight_bits_use_the_whole_range():
    assert to_tensor(grey(4, 4, 0), 4, channels=1).unique().tolist() == [-1.0]
    assert to_tensor(grey(4, 4, 255), 4, channels=1).unique().tolist() == [1.0]


@given(sides, sides, st.integers(1, 64))
def test_the_longer_side_fills_the_square_and_the_rest_is_black(height, width, size):
    picture = grey(height, width, 255)
    inside = fitted(picture, size)
    assert max(inside) == size
    tensor = to_tensor(picture, size, channels=1)
    assert tensor.shape == (1, size, size)
    assert (tensor[:, : inside[0], : inside[1]] > 0.99).all()
    assert int((tensor == BLACK).sum()) == size * size - inside[0] * inside[1]


@given(sides, sides, st.integers(1, 64))
def test_masks_cover_what_pictures_cover(height, width, size):
    tensor = mask_tensor(np.ones((height, width), np.uint8), grey(height, width), size, classes=2)
    inside = fitted(grey(height, width), size)
    assert (tensor[: inside[0], : inside[1]] == 1).all()
    assert int((tensor == IGNORED).sum()) == size * size - inside[0] * inside[1]


@given(sides, sides, st.integers(8, 40), st.integers(0, 2**31))
def test_restored_probabilities_have_the_picture_s_size_and_add_up(height, width, size, seed):
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(3), (2, size, size)).transpose(0, 3, 1, 2)
    restored = restore(probabilities, grey(height, width))
    assert restored.shape == (2, 3, height, width)
    assert np.allclose(restored.sum(axis=1), 1, atol=1e-5)


def test_there_and_back_lands_on_the_same_pixels():
    mask = np.zeros((80, 40), np.uint8)
    mask[10:50, 6:14] = 1
    there = mask_tensor(mask, grey(80, 40), 40, classes=2).clamp(min=0)
    back = restore(there.numpy(), grey(80, 40)) > 0.5
    assert (back == mask.astype(bool)).mean() > 0.98


def test_mixed_projects_see_everything_in_colour():
    colour = Picture(np.dstack([np.full((4, 4), value, np.uint8) for value in (0, 128, 255)]), (128.0, 256.0))
    assert channels_of([grey(4, 4), colour]) == 3
    assert channels_of([grey(4, 4)]) == channels_of([]) == 1
    assert to_tensor(grey(4, 4, 255), 4, channels=3).unique().tolist() == [1.0]
    assert to_tensor(colour, 4, channels=3)[:, 0, 0].tolist() == pytest.approx([-1, 0.004, 1], abs=1e-3)
    with pytest.raises(InvalidInput, match="grey"):
        to_tensor(colour, 4, channels=1)


def test_unusable_masks_and_sizes_are_refused():
    with pytest.raises(InvalidMask):
        mask_tensor(np.zeros((4, 5), np.uint8), grey(4, 4), 8, classes=2)
    with pytest.raises(InvalidMask, match=r"0\.\.1"):
        mask_tensor(np.full((4, 4), 2, np.uint8), grey(4, 4), 8, classes=2)
    with pytest.raises(InvalidInput):
        fitted(grey(4, 4), 0)


def test_samples_become_two_tensors():
    samples = [Sample(grey(5, 9), np.zeros((5, 9), np.uint8), "a"), Sample(grey(9, 5), np.ones((9, 5), np.uint8), "b")]
    images, masks = to_tensors(samples, size=16, channels=1, classes=2)
    assert images.shape == (2, 1, 16, 16)
    assert masks.shape == (2, 16, 16)
    assert masks.dtype == torch.int16
