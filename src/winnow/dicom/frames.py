"""What hides beside the pixels: comments in compressed frames, bytes after the last pixel, overlays in unused bits."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames

from winnow.errors import CannotDeidentify

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_COMMENT = 0xFE
# application segments that decoders need: JFIF, HP's lossless colour transform (JPEG-LS), Adobe's colour transform
_NEEDED = {0xE0, 0xE8, 0xEE}
_J2K_START, _J2K_COMMENT, _J2K_TILE = b"\xff\x4f\xff\x51", 0xFF64, 0xFF90


def clean_pixel_data(dataset: Dataset, *, original: Dataset) -> None:
    """Replaces ``dataset``'s pixel data element where it holds more than pixels; pixels stay equal.

    original : the data set as read; its overlays tell whether unused bits of the pixels hold drawings
    """
    element = dataset.get(0x7FE00010)
    if element is None or not isinstance(element.value, bytes):
        return
    clean = _encapsulated if element.is_undefined_length else _native
    try:
        cleaned = clean(element.value, dataset, original)
    except Exception as error:  # pydicom raises whatever the bytes lead it to
        raise CannotDeidentify("Its pixel data do not fit its header: nobody can tell what they hold.") from error
    if cleaned is not element.value:
        replacement = DataElement(element.tag, element.VR, cleaned)
        replacement.is_undefined_length = element.is_undefined_length
        dataset.add(replacement)
        for tag in (0x7FE00001, 0x7FE00002):  # an extended offset table would point to the old places
            dataset.pop(tag, None)


def _native(data: bytes, dataset: Dataset, original: Dataset) -> bytes:
    bits = [int(dataset.get(name) or 0) for name in ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")]
    samples = int(np.prod(bits[:3])) * int(dataset.get("NumberOfFrames") or 1)
    if dataset.get("PhotometricInterpretation") == "YBR_FULL_422":
        samples = samples * 2 // 3
    length = (samples * bits[3] + 7) // 8
    length += length % 2
    if 0 < length < len(data):
        data = data[:length]
    stored = int(dataset.get("BitsStored") or bits[3])
    in_pixels = any(
        int(original[tag].value or 0)
        for tag in original.keys()  # noqa: SIM118  tags, not parsed elements
        if tag.group >> 8 == 0x60 and tag.element == 0x0102 and original[tag].VM == 1
    )
    if in_pixels and bits[3] == 16 and stored < 16 and int(dataset.get("HighBit") or 0) == stored - 1:
        order = "<" if original.original_encoding[1] is not False else ">"
        values = np.frombuffer(data, f"{order}u2") & np.uint16((1 << stored) - 1)
        data = values.astype(f"{order}u2").tobytes()
    return data


def _encapsulated(data: bytes, dataset: Dataset, _: Dataset) -> bytes:
    frames = list(generate_frames(data, number_of_frames=int(dataset.get("NumberOfFrames") or 1)))
    cleaned = [without_comments(frame) for frame in frames]
    if all(new is old for new, old in zip(cleaned, frames, strict=True)):
        return data
    return encapsulate(cleaned)


def without_comments(frame: bytes) -> bytes:
    """The frame without comment and foreign application segments; the same object when there are none.

    Knows JPEG, JPEG-LS (segments up to the first scan) and JPEG 2000 (main header); else nothing is done.
    """
    if frame[:4] == _J2K_START:
        parts = list(_j2k_segments(frame))
    elif frame[:2] == bytes((0xFF, _SOI)):
        parts = list(_jpeg_segments(frame))
    else:
        return frame
    cleaned = b"".join(part for part, keep in parts if keep)
    if len(cleaned) == len(frame):
        return frame
    return cleaned + b"\0" * (len(cleaned) % 2)


def _jpeg_segments(frame: bytes) -> Iterator[tuple[bytes, bool]]:
    """Each segment up to the first scan with whether to keep it, then the rest as one."""
    position = 2
    yield frame[:2], True
    while position + 4 <= len(frame) and frame[position] == 0xFF and frame[position + 1] != _SOS:
        kind = frame[position + 1]
        (length,) = struct.unpack_from(">H", frame, position + 2)
        end = position + 2 + length
        yield frame[position:end], kind != _COMMENT and (not 0xE0 <= kind <= 0xEF or kind in _NEEDED)
        position = end
    yield frame[position:], True


def _j2k_segments(frame: bytes) -> Iterator[tuple[bytes, bool]]:
    position = 2
    yield frame[:2], True
    while position + 4 <= len(frame):
        kind, length = struct.unpack_from(">HH", frame, position)
        if kind == _J2K_TILE:
            break
        end = position + 2 + length
        yield frame[position:end], kind != _J2K_COMMENT
        position = end
    yield frame[position:], True
