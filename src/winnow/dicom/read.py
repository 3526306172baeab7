"""DICOM files as bytes to pictures, with a reason a person understands where that cannot be done."""

from __future__ import annotations

import io
import warnings
import zlib
from dataclasses import dataclass

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filereader import _read_file_meta_info, read_preamble
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from winnow.dicom.pixels import decode_frames
from winnow.dicom.reasons import transfer_syntax
from winnow.dicom.values import text
from winnow.errors import UnreadableFile, UnsafeArchive
from winnow.imaging.picture import Picture

__all__ = [
    "DEFLATED",
    "DicomFile",
    "decode_pictures",
    "may_be_dicom",
    "open_dataset",
    "position",
    "read_pictures",
    "text",
]

MAX_INFLATED_BYTES = 2 << 30
DEFLATED = str(DeflatedExplicitVRLittleEndian).encode()  # as the file meta group, never deflated itself, names it
# the group of the first attribute: 0002 in any file, 0008 where even the file meta group is missing
_FIRST_GROUPS = (b"\x02\x00", b"\x08\x00", b"\x00\x08", b"\x04\x00")


@dataclass(frozen=True)
class DicomFile:
    """One file as read, before de-identification: for memory only.

    pictures : one for each frame
    position : mm along the slices' normal (PS3.3 C.7.6.2.1.1), else the instance number, else None
    """

    dataset: Dataset
    pictures: list[Picture]
    modality: str
    series_uid: str
    patient_id: str
    sop_uid: str
    position: float | None


def read_pictures(data: bytes) -> DicomFile:
    """The pictures in a DICOM file: HU where defined, MONOCHROME1 inverted, palettes and YBR as RGB.

    Decodes in this process: for files from anywhere, ``read_deidentified`` uses a child (isolated.py).

    raises : UnreadableFile, saying why; UnsafeArchive for bytes that inflate without end
    """
    dataset = open_dataset(data)
    return DicomFile(
        dataset=dataset,
        pictures=decode_pictures(dataset),
        modality=text(dataset, "Modality"),
        series_uid=text(dataset, "SeriesInstanceUID"),
        patient_id=text(dataset, "PatientID"),
        sop_uid=text(dataset, "SOPInstanceUID"),
        position=position(dataset),
    )


def open_dataset(data: bytes, *, max_inflated: int = MAX_INFLATED_BYTES) -> Dataset:
    """The data set in a file with or without preamble and file meta group; raises as ``read_pictures``."""
    marked = _is_marked(data)
    if not may_be_dicom(data):
        raise UnreadableFile("This is not a DICOM file.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd values are judged where they are used
        try:
            _check_inflated(data, max_inflated)
            dataset = dcmread(io.BytesIO(data), force=True)
            empty = len(dataset) == 0
            _name_encoding(dataset)
        except UnsafeArchive:
            raise
        except Exception as error:  # pydicom raises whatever the bytes lead it to
            raise UnreadableFile(
                "The DICOM file is damaged or cut off." if marked else "This is not a DICOM file."
            ) from error
    known = any(keyword in dataset for keyword in ("SOPClassUID", "Modality", "Rows", "DirectoryRecordSequence"))
    if empty or not (known or 0x7FE00010 in dataset):
        raise UnreadableFile("The DICOM file is empty." if marked else "This is not a DICOM file.")
    return dataset


def may_be_dicom(data: bytes) -> bool:
    """Whether the first bytes are those of a DICOM file, with or without its mark."""
    return _is_marked(data) or data.startswith(_FIRST_GROUPS)


def _is_marked(data: bytes) -> bool:
    return data[128:132] == b"DICM"


def _name_encoding(dataset: Dataset) -> None:
    """Files without a file meta group, as older systems write them: what the bytes turned out to be is their encoding."""
    if transfer_syntax(dataset) or getattr(dataset.get_item("PixelData"), "length", 0) == 0xFFFFFFFF:
        return
    implicit, little_endian = dataset.original_encoding
    explicit = ExplicitVRLittleEndian if little_endian else ExplicitVRBigEndian
    meta = getattr(dataset, "file_meta", None) or FileMetaDataset()
    meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
    dataset.file_meta = meta


def _check_inflated(data: bytes, limit: int) -> None:
    """Pydicom inflates a deflated data set at once, however large: this looks first."""
    if DEFLATED not in data:
        return
    stream = io.BytesIO(data)
    read_preamble(stream, force=True)
    meta = _read_file_meta_info(stream)
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return
    inflater, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    chunk = stream.read()
    while chunk and not inflater.eof:
        total += len(inflater.decompress(chunk, 1 << 20))
        chunk = inflater.unconsumed_tail
        if total > limit:
            raise UnsafeArchive(f"The DICOM file inflates to more than {limit:,} bytes.")


def decode_pictures(dataset: Dataset) -> list[Picture]:
    """One picture for each frame of a data set; raises UnreadableFile, saying why."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(decode_frames(dataset))


def position(dataset: Dataset) -> float | None:
    """Where the slice lies along its normal in mm; else its instance number; else None."""
    try:
        place = np.array(dataset.ImagePositionPatient, np.float64)
        row, column = np.array(dataset.ImageOrientationPatient, np.float64).reshape(2, 3)
        along = float(place @ np.cross(row, column))
        if np.isfinite(along):
            return along
    except Exception:  # noqa: BLE001, S110  missing, too few or unreadable numbers: the number says the order
        pass
    try:
        return float(int(dataset.InstanceNumber))
    except Exception:  # noqa: BLE001
        return None
