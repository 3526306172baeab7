"""Rectangles of a mask: what is cut out, sent and laid over gives the mask that was drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from winnow.errors import InvalidMask
from winnow.imaging.patch import Patch, apply_patches, decode_patches, encode_patches

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "patches.json").read_text())
SHAPE = (5, 7)


@st.composite
def patches(draw: Any) -> Patch:
    top, left = draw(st.integers(0, SHAPE[0] - 1)), draw(st.integers(0, SHAPE[1] - 1))
    height, width = draw(st.integers(1, SHAPE[0] - top)), draw(st.integers(1, SHAPE[1] - left))
    return Patch(left=left, top=top, values=draw(arrays(np.uint8, (height, width))))


@given(arrays(np.uint8, SHAPE), st.lists(patches(), min_size=1, max_size=8))
def test_what_travels_is_what_was_drawn(mask: Any, given_patches: list[Patch]):
    expected = mask.copy()
    for patch in given_patches:
        for row, column in np.ndindex(*patch.values.shape):
            expected[patch.top + row, patch.left + column] = patch.values[row, column]
    received = decode_patches(encode_patches(given_patches), shape=SHAPE)
    before = mask.copy()
    np.testing.assert_array_equal(apply_patches(mask, received), expected)
    np.testing.assert_array_equal(mask, before)


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_the_bytes_are_those_the_pages_send(case: dict[str, Any]):
    shape = (case["height"], case["width"])
    before, after = (np.array(case[name], np.uint8).reshape(shape) for name in ("before", "after"))
    received = decode_patches(bytes.fromhex(case["bytes"]), shape=shape)
    np.testing.assert_array_equal(apply_patches(before, received), after)
    assert encode_patches(received).hex() == case["bytes"]


def head(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "little") for number in numbers)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no rectangle"),
        (head(0, 0, 1), "cut off in the head"),
        (head(0, 0, 2, 2) + bytes(3), "has 3 bytes"),
        (head(0, 0, 0, 2), "no pixels"),
        (head(0, 0, 2, 0), "no pixels"),
        (head(6, 0, 2, 1) + bytes(2), "beyond the image of 5x7"),
        (head(0, 4, 1, 2) + bytes(2), "beyond"),
        (head(0, 2**32 - 1, 1, 1) + bytes(1), "beyond"),
        (head(0, 0, 1, 1) + bytes(1) + b"x", "cut off in the head"),
    ],
)
def test_what_is_no_patch_says_why(data: bytes, said: str):
    with pytest.raises(InvalidMask, match=said):
        decode_patches(data, shape=SHAPE)
