"""The only room that knows DICOM: files in, pictures and safe headers out."""

from __future__ import annotations

from pydicom import config

from winnow.dicom.account import Change
from winnow.dicom.deidentify import Deidentified, Deidentifier
from winnow.dicom.door import DeidentifiedFile, identifying_before_pixels, identifying_in, read_deidentified
from winnow.dicom.folder import deidentify_folder
from winnow.dicom.media import files_listed_in, may_be_directory, missing
from winnow.dicom.options import Options
from winnow.dicom.rules import PROFILE
from winnow.dicom.scrub import Scrubber, scrub_path, scrub_paths
from winnow.dicom.segmentation import is_segmentation, read_segmentation

__all__ = [
    "PROFILE",
    "Change",
    "Deidentified",
    "DeidentifiedFile",
    "Deidentifier",
    "Options",
    "Scrubber",
    "deidentify_folder",
    "files_listed_in",
    "identifying_before_pixels",
    "identifying_in",
    "is_segmentation",
    "may_be_directory",
    "missing",
    "read_deidentified",
    "read_segmentation",
    "scrub_path",
    "scrub_paths",
]

# Real files break the standard in every way. Warnings about it help nobody here: each value is kept,
# changed or removed by the table, and what cannot be used is refused with a reason where it is used.
config.settings.reading_validation_mode = config.IGNORE
