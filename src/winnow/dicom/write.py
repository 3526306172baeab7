"""Data sets to the bytes of DICOM files."""

from __future__ import annotations

import io
import warnings

from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian

from winnow.dicom.identity import PIXELS
from winnow.errors import CannotDeidentify


def file_bytes(dataset: Dataset, *, implicit: bool, little_endian: bool) -> bytes:
    """A DICOM file with an empty preamble.

    implicit, little_endian : how the data set is encoded where its transfer syntax is a private one
    raises : CannotDeidentify for a header with values that cannot be written
    """
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # kept values may be odd; they were odd before
        try:
            syntax = UID(dataset.file_meta.TransferSyntaxUID)
            if syntax.is_private or not syntax.is_transfer_syntax:
                dataset.preamble = bytes(128)
                dcmwrite(buffer, dataset, implicit_vr=implicit, little_endian=little_endian, force_encoding=True)
            else:
                dcmwrite(buffer, dataset, enforce_file_format=True)
        except Exception as error:  # pydicom raises whatever the values lead it to
            raise CannotDeidentify("Its header holds values that cannot be written into a new file.") from error
    return buffer.getvalue()


def header_bytes(dataset: Dataset, *, little_endian: bool) -> bytes:
    """The data set without its pixels as an uncompressed DICOM file; ``dataset`` loses them."""
    for tag in (*PIXELS, 0x7FE00001, 0x7FE00002):
        dataset.pop(tag, None)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if little_endian else ExplicitVRBigEndian
    return file_bytes(dataset, implicit=False, little_endian=little_endian)
