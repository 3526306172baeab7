"""The only room that knows DICOM: files in, pictures and safe headers out."""

from __future__ import annotations

from winnow.dicom.deidentify import Change, Deidentified, Deidentifier
from winnow.dicom.door import DeidentifiedFile, read_deidentified
from winnow.dicom.scrub import scrub_path

__all__ = ["Change", "Deidentified", "DeidentifiedFile", "Deidentifier", "read_deidentified", "scrub_path"]
