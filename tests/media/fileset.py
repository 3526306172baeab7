"""A DICOM medium with invented patients, as a burning program writes it."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import pydicom
from pydicom.fileset import FileSet

from winnow.dicom.phantom import phantom_files


def medium_files(*, patients: int = 2, count: int = 3) -> dict[str, bytes]:
    """A DICOMDIR and the files that it lists, without endings, by path."""
    medium = FileSet()
    folders = [medium._stage["t"]]  # pydicom leaves its own to the garbage collector, which warns
    for _, data, _ in phantom_files(patients=patients, slices=count, size=32):
        medium.add(pydicom.dcmread(io.BytesIO(data)))
    with tempfile.TemporaryDirectory() as here:
        medium.write(here)
        folders.append(medium._stage["t"])
        found = sorted(path for path in Path(here).rglob("*") if path.is_file())
        files = {path.relative_to(here).as_posix(): path.read_bytes() for path in found}
    for folder in folders:
        folder.cleanup()
    return files
