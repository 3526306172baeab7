"""A DICOM medium: its index is told from what it lists, and what it lists from what is there."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pydicom
import pytest
from media.fileset import medium_files
from pydicom.dataset import Dataset

from winnow.dicom.folder import deidentify_folder
from winnow.dicom.media import files_listed_in, may_be_directory, missing


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    """Two invented patients, unpacked."""
    for path, data in medium_files().items():
        full = tmp_path / "medium" / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(data)
    return tmp_path / "medium"


def files(medium: Path) -> list[str]:
    return sorted(path.relative_to(medium).as_posix() for path in medium.rglob("*") if path.is_file())


def test_an_index_lists_its_files(medium: Path) -> None:
    data = (medium / "DICOMDIR").read_bytes()
    assert may_be_directory(data[:65536])
    assert sorted(files_listed_in(data) or []) == [path for path in files(medium) if path != "DICOMDIR"]
    picture = next(path for path in medium.rglob("IM*") if path.is_file()).read_bytes()
    assert not may_be_directory(picture[:65536])
    assert files_listed_in(picture) is None
    assert files_listed_in(data[:400]) in (None, [])


@pytest.mark.parametrize("value", [["..", "..", "IM1"], ["IM1"], "IM1", ["", "IM1"]])
def test_listed_paths_stay_in_the_medium(value: Any) -> None:
    directory, record = Dataset(), Dataset()
    record.ReferencedFileID = value
    directory.DirectoryRecordSequence = [Dataset(), record, record]
    buffer = io.BytesIO()
    directory.file_meta = pydicom.dataset.FileMetaDataset()
    directory.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    directory.file_meta.MediaStorageSOPClassUID = pydicom.uid.MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    directory.save_as(buffer, enforce_file_format=True)
    assert files_listed_in(buffer.getvalue()) == ["IM1"]


LISTED = ["IMAGES/IM1", "IMAGES/IM2"]


@pytest.mark.parametrize(
    ("directory", "paths", "gone"),
    [
        ("DICOMDIR", ["DICOMDIR", "IMAGES/IM1", "IMAGES/IM2"], []),
        ("cd/DICOMDIR", ["cd/DICOMDIR", "cd/images/im1.", "cd/IMAGES/IM2;1"], []),
        ("cd/DICOMDIR", ["cd/DICOMDIR", "cd/IMAGES/IM1", "IMAGES/IM2"], ["cd/IMAGES/IM2"]),
        ("DICOMDIR", ["DICOMDIR", "OTHER/IM1", "IMAGES/IM2"], ["IMAGES/IM1"]),
        ("DICOMDIR", ["DICOMDIR", "IM1"], ["IMAGES/IM2"]),  # single files, sent without their folders
        ("DICOMDIR", ["DICOMDIR"], ["IMAGES/IM1", "IMAGES/IM2"]),
    ],
)
def test_what_did_not_come_is_missing(directory: str, paths: list[str], gone: list[str]) -> None:
    assert missing(LISTED, directory=directory, paths=paths) == gone


@pytest.mark.parametrize("packed", [False, True])
def test_a_medium_is_deidentified_without_its_index(packed: bool, medium: Path, tmp_path: Path, key: bytes) -> None:
    lost = next(path for path in files(medium) if path != "DICOMDIR")
    (medium / lost).unlink()
    source = medium
    if packed:
        source = tmp_path / "medium.zip"
        with zipfile.ZipFile(source, "w") as archive:
            for path in files(medium):
                archive.write(medium / path, f"CD/{path}")
    report = deidentify_folder(source, tmp_path / "out", key=key)
    by_path = {entry["path"].removeprefix("CD/"): entry for entry in report["files"]}
    index = by_path.pop("DICOMDIR")
    assert index["status"] == "quarantined"
    assert index["reason"] == "It is a DICOMDIR, an index of 6 files: nothing of it is kept. 1 of them are not there."
    assert index["missing"] == [f"CD/{lost}" if packed else lost]
    assert index["changes"] == []
    assert [entry["status"] for entry in by_path.values()] == ["written"] * 5
    assert not list((tmp_path / "out").rglob("DICOMDIR*"))
    assert all(may_be_directory(path.read_bytes()) is False for path in (tmp_path / "out").rglob("*.dcm"))


def test_places_that_name_a_patient_are_scrubbed(medium: Path, tmp_path: Path, key: bytes) -> None:
    who = pydicom.dcmread(next(path for path in medium.rglob("IM*") if path.is_file()))
    family = str(who.PatientName.family_name).upper()
    index = pydicom.dcmread(medium / "DICOMDIR")
    for record in index.DirectoryRecordSequence:
        if "ReferencedFileID" in record:
            record.ReferencedFileID = [family, "IM9"]
    index.save_as(medium / "DICOMDIR")
    report = deidentify_folder(medium, tmp_path / "out", key=key)
    (entry,) = (entry for entry in report["files"] if entry["path"] == "DICOMDIR")
    assert len(entry["missing"]) == 1
    assert entry["missing"][0].endswith("/IM9")
    assert family not in json.dumps(report).upper()
