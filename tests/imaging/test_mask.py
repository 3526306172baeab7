from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image as Pillow

from winnow.errors import InvalidMask
from winnow.imaging.mask import check_mask, class_pixels, decode_mask_png, encode_mask_png, mask_from_bytes

MASKS = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=40))


def png(image: Pillow.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


@given(MASKS)
def test_a_mask_survives_png(mask: np.ndarray) -> None:
    data = encode_mask_png(mask)
    assert np.array_equal(decode_mask_png(data), mask)
    assert encode_mask_png(decode_mask_png(data)) == data


@given(MASKS)
def test_a_mask_survives_raw_bytes(mask: np.ndarray) -> None:
    copy = mask_from_bytes(mask.tobytes(), mask.shape)
    assert np.array_equal(copy, mask)
    assert copy.flags.writeable


@given(MASKS)
def test_class_pixels_count_everything_but_background(mask: np.ndarray) -> None:
    counts = class_pixels(mask)
    assert "0" not in counts
    assert sum(counts.values()) == np.count_nonzero(mask)
    assert all(np.count_nonzero(mask == int(value)) == pixels for value, pixels in counts.items())


@given(st.integers(1, 8), MASKS)
def test_indices_of_any_bit_depth_are_read_as_indices(bits: int, mask: np.ndarray) -> None:
    mask = mask & ((1 << bits) - 1)
    palette = Pillow.fromarray(mask).convert("P")
    palette.putdata(mask.ravel().tolist())
    palette.putpalette([value for index in range(256) for value in (index, 255 - index, 7)])
    saved = next(depth for depth in (1, 2, 4, 8) if depth >= bits)
    assert np.array_equal(decode_mask_png(png(palette, bits=saved)), mask)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_grey_of_few_bits_is_read_as_indices(bits: int) -> None:
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    row = 0b0110_0001  # the pixels of one byte
    expected = [(row >> shift) & ((1 << bits) - 1) for shift in range(8 - bits, -1, -bits)]
    header = struct.pack(">IIBBBBB", 8 // bits, 1, bits, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes([0, row])))
    assert decode_mask_png(data + chunk(b"IEND", b"")).tolist() == [expected]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (png(Pillow.new("RGB", (3, 3))), "RGB"),
        (png(Pillow.new("LA", (3, 3))), "LA"),
        (png(Pillow.fromarray(np.zeros((3, 3), np.uint16))), "I;16"),
        (b"GIF89a", "neither"),
        (b"", "neither"),
        (encode_mask_png(np.zeros((9, 9), np.uint8))[:-20], "cut off"),
    ],
)
def test_other_files_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(InvalidMask, match=message):
        decode_mask_png(data)


def test_a_huge_mask_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(InvalidMask, match="more than 50 pixels"):
        decode_mask_png(encode_mask_png(np.zeros((10, 10), np.uint8)), max_pixels=50)


def test_a_right_mask_passes() -> None:
    check_mask(np.array([[0, 3], [7, 0]], np.uint8), shape=(2, 2), values=[3, 7])


def test_a_wrong_size_says_both_sizes() -> None:
    with pytest.raises(InvalidMask, match="is 2x3 pixels, the image 3x2") as caught:
        check_mask(np.zeros((2, 3), np.uint8), shape=(3, 2), values=[1])
    assert caught.value.detail == {"got": [2, 3], "needed": [3, 2]}


def test_unknown_values_are_named() -> None:
    with pytest.raises(InvalidMask, match="the values 2, 9; this project has 0, 1") as caught:
        check_mask(np.array([[0, 1, 2, 9]], np.uint8), shape=(1, 4), values=[1])
    assert caught.value.detail["unknown"] == [2, 9]


def test_another_dtype_is_refused() -> None:
    with pytest.raises(InvalidMask, match="int64"):
        check_mask(np.zeros((2, 2), np.int64), shape=(2, 2), values=[1])


@pytest.mark.parametrize("length", [0, 5, 7])
def test_raw_bytes_of_another_length_are_refused(length: int) -> None:
    with pytest.raises(InvalidMask, match=f"{length} bytes; an image of 2x3 pixels needs 6"):
        mask_from_bytes(bytes(length), (2, 3))


@pytest.mark.parametrize(
    "mask", [np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.int16), np.zeros((0, 2), np.uint8)]
)
def test_only_masks_are_encoded(mask: np.ndarray) -> None:
    with pytest.raises(InvalidMask):
        encode_mask_png(mask)
