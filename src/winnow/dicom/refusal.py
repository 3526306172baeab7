"""What cannot be made safe to store, and why."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.uid import MediaStorageDirectoryStorage

from winnow.dicom.rules import SOP_PREFIX
from winnow.dicom.values import text
from winnow.errors import CannotDeidentify

_REFUSED = (
    ("104.", "an encapsulated document"),
    ("88.", "a structured report"),
    ("9.", "a waveform"),
    ("11.", "a presentation state"),
)


def refuse_unsafe(dataset: Dataset, *, pixels_cleaned: bool = False) -> None:
    """Raises CannotDeidentify, saying why, for a data set that this version cannot make safe to store.

    pixels_cleaned : whether text in its pixels was or will be blanked; else a file that says it has some is unsafe
    """
    kind = sop_class(dataset)
    if is_directory(dataset):
        raise CannotDeidentify("It is a DICOMDIR, a table of contents: send the files it lists.")
    rest = kind.removeprefix(SOP_PREFIX)
    for prefix, what in _REFUSED:
        if rest != kind and rest.startswith(prefix):
            raise CannotDeidentify(f"It is {what}: only images can be made safe to store.")
    if 0x00420011 in dataset:
        raise CannotDeidentify("It holds an encapsulated document: only images can be made safe to store.")
    if not pixels_cleaned and text(dataset, "BurnedInAnnotation").upper() == "YES":
        raise CannotDeidentify("It says that text is burned into its pixels (burned-in annotation).")


def is_directory(dataset: Dataset) -> bool:
    """Whether it is a DICOMDIR, the index of the files of a medium (PS3.3 Annex F)."""
    return sop_class(dataset) == MediaStorageDirectoryStorage or 0x00041220 in dataset


def sop_class(dataset: Dataset) -> str:
    """The SOP class UID, from the file meta group where the data set names none; "" for files older than DICOM."""
    return text(dataset, "SOPClassUID") or text(getattr(dataset, "file_meta", Dataset()), "MediaStorageSOPClassUID")
