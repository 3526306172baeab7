"""TIFF in its depths, byte orders and compressions; pages."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from winnow.errors import UnreadableFile, UnsafeArchive
from winnow.imaging.tiff import read_tiff


def tiff(*pages: np.ndarray, **options: Any) -> bytes:
    buffer = io.BytesIO()
    first, *rest = [Pillow.fromarray(page) for page in pages]
    first.save(buffer, "TIFF", save_all=True, append_images=rest, **options)
    return buffer.getvalue()


def by_hand(pixels: np.ndarray, tags: dict[int, int], *, order: str = "<") -> bytes:
    """A TIFF of one uncompressed strip with these tags beside the needed ones; for what Pillow does not write."""
    rows, columns, *samples = pixels.shape
    count = samples[0] if samples else 1
    bits = pixels.dtype.itemsize * 8
    values = {256: columns, 257: rows, 258: bits, 259: 1, 262: 1, 277: count, 278: rows, **tags}
    data = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    entries = dict(sorted((values | {273: 8, 279: len(data)}).items()))
    extra = 8 + len(data) + 2 + 12 * len(entries) + 4
    directory = struct.pack(f"{order}H", len(entries))
    for tag, value in entries.items():
        if tag == 258 and count == 3:
            directory += struct.pack(f"{order}HHII", tag, 3, 3, extra)
        else:
            directory += struct.pack(f"{order}HHII", tag, 4, 1, value)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8 + len(data))
    return head + data + directory + bytes(4) + struct.pack(f"{order}HHH", bits, bits, bits)


def read(data: bytes) -> list[np.ndarray]:
    return [picture.pixels for picture in read_tiff(data)]


def noise(dtype: Any, shape: Sequence[int] = (9, 7)) -> np.ndarray:
    info = np.iinfo(dtype)
    return np.random.default_rng(0).integers(info.min, info.max, tuple(shape), dtype, endpoint=True)


@pytest.mark.parametrize(
    "pixels", [noise(np.uint8), noise(np.uint16), noise(np.uint8, (9, 7, 3)), noise(np.uint8) > 99]
)
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_pixels_keep_their_depth(pixels: np.ndarray, compression: str | None):
    (back,) = read(tiff(pixels, compression=compression))
    assert back.dtype == (np.uint16 if pixels.dtype == np.uint16 else np.uint8)
    assert np.array_equal(back, pixels.astype(np.uint8) * 255 if pixels.dtype == bool else pixels)


@pytest.mark.parametrize(
    ("pixels", "tags", "expected"),
    [
        (noise(np.int16), {339: 2}, noise(np.int16)),
        (noise(np.int8), {339: 2}, noise(np.int8).astype(np.int16)),
        (noise(np.uint16), {262: 0}, 65535 - noise(np.uint16)),
        (noise(np.uint8), {262: 0}, 255 - noise(np.uint8)),
        (noise(np.uint16).astype(np.uint32), {339: 1}, noise(np.uint16)),
        (noise(np.uint16, (9, 7, 3)), {262: 2}, (noise(np.uint16, (9, 7, 3)) >> 8).astype(np.uint8)),
    ],
)
def test_what_tags_say_of_the_values_holds(pixels: np.ndarray, tags: dict[int, int], expected: np.ndarray):
    # Pillow does not read some kinds from the great end: those are refused
    for order in "<>" if pixels.dtype in ("int16", "uint8") or pixels.ndim == 3 else "<":
        (back,) = read(by_hand(pixels, tags, order=order))
        assert back.dtype == expected.dtype
        assert np.abs(back.astype(int) - expected).max() <= (pixels.ndim == 3)


def test_pages_come_in_order_and_keep_what_is_between_them():
    pages = [np.full((4, 5), value, np.float32) for value in (0.0, 0.5, 2.0)]
    assert [int(page[0, 0]) for page in read(tiff(*pages))] == [0, 16384, 65535]
    numbers = [noise(np.uint16) // (n + 1) for n in range(3)]
    assert all(np.array_equal(a, b) for a, b in zip(read(tiff(*numbers)), numbers, strict=True))


def test_smaller_copies_of_a_page_are_passed_over():
    assert read(by_hand(noise(np.uint8), {254: 1})) == []


def test_what_is_damaged_is_unreadable():
    whole = tiff(noise(np.uint16, (50, 50)))
    for data in (whole[:40], whole[:-200], b"II*\0" + bytes(100), by_hand(noise(np.uint8), {259: 9999})):
        with pytest.raises(UnreadableFile):
            read(data)
    with pytest.raises(UnsafeArchive, match="100 pixels"):
        list(read_tiff(whole, max_pixels=100))
