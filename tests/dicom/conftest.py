from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import settings
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

# two cores shared with other processes: how long an example takes says nothing
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

KEY = b"a key for tests, 32 bytes long.."


@pytest.fixture
def key() -> bytes:
    return KEY


@pytest.fixture
def make() -> Callable[..., Dataset]:
    """A small CT data set around the given pixels; further attributes by keyword."""

    def build(
        pixels: np.ndarray | None = None, *, syntax: str = ExplicitVRLittleEndian, **attributes: object
    ) -> Dataset:
        pixels = np.arange(12, dtype=np.uint16).reshape(3, 4) if pixels is None else pixels
        dataset = Dataset()
        dataset.SpecificCharacterSet = "ISO_IR 192"
        dataset.SOPClassUID = CTImageStorage
        dataset.SOPInstanceUID, dataset.SeriesInstanceUID, dataset.StudyInstanceUID = "1.2.3.1", "1.2.3.2", "1.2.3.3"
        dataset.PatientName, dataset.PatientID, dataset.Modality = "Nova^Ada", "NV-4711", "CT"
        frames = pixels.ndim - (3 if pixels.shape[-1] == 3 else 2)
        dataset.Rows, dataset.Columns = pixels.shape[frames : frames + 2]
        if frames:
            dataset.NumberOfFrames = pixels.shape[0]
        dataset.SamplesPerPixel = 3 if pixels.shape[-1] == 3 else 1
        dataset.PhotometricInterpretation = "RGB" if dataset.SamplesPerPixel == 3 else "MONOCHROME2"
        if dataset.SamplesPerPixel == 3:
            dataset.PlanarConfiguration = 0
        bits = pixels.dtype.itemsize * 8
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = bits, bits, bits - 1
        dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
        data = pixels.tobytes()
        dataset.PixelData = data + b"\0" * (len(data) % 2)
        dataset["PixelData"].VR = "OB" if bits <= 8 else "OW"
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = syntax
        for name, value in attributes.items():
            if value is None:
                delattr(dataset, name)
            else:
                setattr(dataset, name, value)
        return dataset

    return build


@pytest.fixture
def as_bytes() -> Callable[[Dataset], bytes]:
    """The data set as a DICOM file."""

    def write(dataset: Dataset) -> bytes:
        buffer = io.BytesIO()
        dcmwrite(buffer, dataset, enforce_file_format=True)
        return buffer.getvalue()

    return write
