from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from winnow.dicom import identifying_in, read_deidentified
from winnow.errors import CannotDeidentify, InvalidInput, UnreadableFile

Make = Callable[..., Dataset]
AsBytes = Callable[[Dataset], bytes]


def test_a_file_comes_in_without_its_people(make: Make, as_bytes: AsBytes, key: bytes) -> None:
    values = np.arange(64, dtype=np.uint16).reshape(8, 8)
    dataset = make(values, RescaleIntercept="-10", RescaleSlope="1", InstanceNumber=3, InstitutionName="Lakeside")
    file = read_deidentified(as_bytes(dataset), key=key)
    header = dcmread(io.BytesIO(file.header))
    assert np.array_equal(file.pictures[0].pixels, values.astype(int) - 10)
    assert "PixelData" not in header
    assert (header.Rows, header.PatientID, header.SOPInstanceUID) == (8, file.patient, file.sop_uid)
    assert (file.modality, file.position) == ("CT", 3.0)
    assert header.SeriesInstanceUID == file.series_uid != "1.2.3.2"
    assert {"Nova^Ada", "NV-4711", "1.2.3.1"} <= file.identifying
    assert not any(word in file.header for word in (b"Nova", b"4711", b"Lakeside"))
    assert ("(0010,0010)", "Z") in {(change.tag, change.action) for change in file.changes}


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"])
def test_the_header_is_readable_whatever_the_original_encoding(
    syntax: str, make: Make, as_bytes: AsBytes, key: bytes
) -> None:
    file = read_deidentified(as_bytes(make(syntax=syntax, SliceThickness="2.5")), key=key)
    assert dcmread(io.BytesIO(file.header)).SliceThickness == 2.5


def test_a_refused_file_says_why_and_names_nobody(make: Make, as_bytes: AsBytes, key: bytes) -> None:
    data = as_bytes(make(BurnedInAnnotation="YES"))
    with pytest.raises(CannotDeidentify) as caught:
        read_deidentified(data, key=key)
    assert "Nova" not in caught.value.message + json.dumps(caught.value.detail)
    assert {"Nova^Ada", "NV-4711"} <= identifying_in(data)


def test_a_file_without_pixels_or_without_dicom_is_unreadable(make: Make, as_bytes: AsBytes, key: bytes) -> None:
    with pytest.raises(UnreadableFile, match="no pixel data"):
        read_deidentified(as_bytes(make(PixelData=None)), key=key)
    with pytest.raises(UnreadableFile, match="not a DICOM"):
        read_deidentified(b"a text renamed .dcm", key=key)
    assert identifying_in(b"a text renamed .dcm") == set()


@pytest.mark.shared
def test_the_oddest_files_that_could_be_found_come_in_or_are_refused_with_a_reason(
    shared_data: Path, key: bytes
) -> None:
    outcomes: Counter[str] = Counter()
    reasons: list[str] = []
    for path in sorted((shared_data / "dicom_misc").iterdir()):
        data = path.read_bytes()
        try:
            file = read_deidentified(data, key=key)
        except InvalidInput as error:
            reasons.append(error.message)
            outcomes[type(error).__name__] += 1
            continue
        outcomes["in"] += 1
        dcmread(io.BytesIO(file.header))
        assert file.pictures
    assert outcomes["in"] >= 145
    assert outcomes.total() == 209
    assert all(reason.endswith(".") for reason in reasons)


@pytest.mark.shared
def test_a_real_series_keeps_its_order_and_its_patient(shared_data: Path, key: bytes) -> None:
    folder = shared_data / "dicom_series" / "ct_lidc0314_40slices"
    files = [read_deidentified(path.read_bytes(), key=key) for path in sorted(folder.iterdir())]
    assert len({file.patient for file in files}) == len({file.series_uid for file in files}) == 1
    assert len({file.position for file in files}) == len(files) == 40
    assert all(file.pictures[0].pixels.dtype == np.int16 for file in files)
