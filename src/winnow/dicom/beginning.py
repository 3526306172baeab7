"""What can be known of a DICOM file by its beginning, before its pixels are read."""

from __future__ import annotations

import io
import struct
import warnings

from pydicom import dcmread
from pydicom.dataset import Dataset

from winnow.dicom.identity import PIXELS
from winnow.dicom.read import DEFLATED


def whole_header(start: bytes, *, size: int) -> Dataset | None:
    """The data set of a file but for its pixels, where those are the last thing in it; None where nobody knows.

    start  : the file's first bytes
    size   : of the whole file, bytes
    source : PS3.5 7.1: the elements come in the order of their tags. Those behind the pixels, which the standard has for
             signatures and padding and vendors for anything, are only seen by reading the whole file
    """
    if DEFLATED in start:
        return None
    stream = io.BytesIO(start)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = dcmread(stream, force=True, stop_before_pixels=True)
            little_endian = dataset.original_encoding[1] is not False
            implicit = dataset.original_encoding[0] is not False
            return dataset if _ends_with_pixels(stream, size, implicit, little_endian) else None
        except Exception:  # noqa: BLE001  pydicom raises whatever the bytes lead it to
            return None


def _ends_with_pixels(stream: io.BytesIO, size: int, implicit: bool, little_endian: bool) -> bool:
    """Whether the element at which the stream stands holds pixels, not in pieces, and ends where the file does."""
    order = "<" if little_endian else ">"
    head = stream.read(8 if implicit else 12)
    group, element = struct.unpack_from(f"{order}HH", head)
    (length,) = struct.unpack_from(f"{order}L", head, len(head) - 4)
    return (group << 16) | element in PIXELS and stream.tell() + length == size
