from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit

from winnow.dicom import Deidentifier
from winnow.dicom.frames import without_comments
from winnow.errors import CannotDeidentify

GRADIENT = np.add.outer(np.arange(32), np.arange(48)).astype(np.uint8) * 3


def jpeg(**options: object) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(GRADIENT).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def j2k(comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(GRADIENT).save(buffer, "JPEG2000", no_jp2=True, comment=comment or None)
    return buffer.getvalue()


def decoded(data: bytes) -> np.ndarray:
    return np.array(Pillow.open(io.BytesIO(data)))


def test_comments_leave_a_jpeg_and_its_pixels_stay() -> None:
    exif = Pillow.Exif()
    exif[0x010E] = "Ada Nova, born 1961"
    frame = jpeg(comment=b"Patient Ada Nova", exif=exif)
    assert frame.count(b"Ada Nova") == 2
    cleaned = without_comments(frame)
    assert b"Ada Nova" not in cleaned
    assert np.array_equal(decoded(cleaned), decoded(frame))


def test_comments_leave_a_jpeg_2000_and_its_pixels_stay() -> None:
    frame = j2k(b"Patient Ada Nova")
    assert b"Ada Nova" in frame
    cleaned = without_comments(frame)
    assert b"Ada Nova" not in cleaned
    assert np.array_equal(decoded(cleaned), GRADIENT)


def test_a_frame_without_comments_is_not_even_copied() -> None:
    frame = jpeg()
    assert without_comments(frame) is frame


@given(st.binary(max_size=100), st.sampled_from([b"", b"\xff\xd8", b"\xff\x4f\xff\x51"]))
def test_no_bytes_make_it_fail_or_grow(noise: bytes, head: bytes) -> None:
    assert len(without_comments(head + noise)) <= len(head + noise) + 1


@pytest.mark.parametrize(
    ("syntax", "frame"), [(JPEGBaseline8Bit, jpeg(comment=b"Nova")), (JPEG2000Lossless, j2k(b"Nova"))]
)
def test_compressed_files_lose_their_comments(
    syntax: str, frame: bytes, make: Callable[..., Dataset], as_bytes: Callable[[Dataset], bytes], key: bytes
) -> None:
    frames = [frame + b"\0" * (len(frame) % 2), jpeg() if syntax == JPEGBaseline8Bit else j2k()]
    dataset = make(np.stack([GRADIENT, GRADIENT]), syntax=syntax)
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].is_undefined_length = True
    kept = Deidentifier(key).apply(dataset).dataset
    assert b"Nova" in as_bytes(dataset)
    assert b"Nova" not in as_bytes(kept)
    for before, after in zip(frames, generate_frames(kept.PixelData, number_of_frames=2), strict=True):
        assert np.array_equal(decoded(before), decoded(after))


def test_bytes_after_the_last_pixel_go(make: Callable[..., Dataset], key: bytes) -> None:
    dataset = make(np.zeros((3, 5), np.uint8))
    dataset.PixelData += b"Nova^Ada"
    assert Deidentifier(key).apply(dataset).dataset.PixelData == bytes(16)


def test_overlays_drawn_into_unused_bits_go(make: Callable[..., Dataset], key: bytes) -> None:
    values = np.arange(12, dtype=np.uint16).reshape(3, 4)
    dataset = make(values | (1 << 15), BitsStored=12, HighBit=11)
    dataset.add_new(0x60000100, "US", 16)
    dataset.add_new(0x60000102, "US", 15)
    kept = Deidentifier(key).apply(dataset).dataset
    assert kept.PixelData == values.tobytes()
    assert not any(tag.group == 0x6000 for tag in kept.keys())  # noqa: SIM118


def test_frames_that_cannot_be_told_apart_are_refused(make: Callable[..., Dataset], key: bytes) -> None:
    dataset = make(GRADIENT, syntax=JPEGBaseline8Bit)
    dataset.PixelData = b"\xfe\xff\x00\xe0\xff\xff\xff\x7fNova"
    dataset["PixelData"].is_undefined_length = True
    with pytest.raises(CannotDeidentify, match="do not fit"):
        Deidentifier(key).apply(dataset)


def test_an_ordinary_file_shares_its_pixels(make: Callable[..., Dataset], key: bytes) -> None:
    dataset = make(syntax=ExplicitVRLittleEndian)
    assert Deidentifier(key).apply(dataset).dataset.PixelData is dataset.PixelData
