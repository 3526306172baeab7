"""The one way by which DICOM files come into Winnow: read, decoded and de-identified at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

from winnow.dicom.account import Change
from winnow.dicom.beginning import whole_header
from winnow.dicom.burned_in import expected_text
from winnow.dicom.deidentify import Deidentifier
from winnow.dicom.geometry import is_localizer, places
from winnow.dicom.identity import identifying_values
from winnow.dicom.isolated import decoded
from winnow.dicom.options import Options
from winnow.dicom.read import may_be_dicom, open_dataset, position
from winnow.dicom.refusal import refuse_unsafe
from winnow.dicom.second_look import second_look
from winnow.dicom.values import text
from winnow.dicom.write import header_bytes
from winnow.errors import InvalidInput
from winnow.imaging.picture import Picture
from winnow.imaging.text_search import Expected

# (pictures, what to expect of them, their series' new UID) → the pictures without text; None where nobody searched
Clean = Callable[[list[Picture], Expected, str], list[Picture] | None]


@dataclass(frozen=True)
class DeidentifiedFile:
    """What may be stored of one DICOM file, all but ``identifying``.

    header      : the de-identified data set without pixels, as a DICOM file
    pictures    : one for each frame, with its place in the patient
    series_uid  : hashed, as sop_uid; ``patient`` is a pseudonym; all three are alike for the same key
    position    : mm along the slices' normal, else the instance number, else None
    localizer   : whether it is a scout view, on which slices are planned, rather than one of them
    changes     : what was done to which attribute
    identifying : original values; in memory only, to scrub the file's path in reports
    """

    header: bytes
    pictures: list[Picture]
    modality: str
    series_uid: str
    patient: str
    sop_uid: str
    position: float | None
    localizer: bool
    changes: list[Change]
    identifying: set[str]


def read_deidentified(
    data: bytes, *, key: bytes, options: Options | None = None, clean: Clean | None = None
) -> DeidentifiedFile:
    """Reads and de-identifies a DICOM file.

    key     : the project's: decides the new UIDs, pseudonyms and dates
    options : of PS3.15 E.3; none without
    clean   : searches the pixels for text; what it raises is passed on
    raises  : UnreadableFile, CannotDeidentify, UnsafeArchive; each with a reason that names no person
    """
    dataset = open_dataset(data)
    refuse_unsafe(dataset, pixels_cleaned=clean is not None)
    pictures = decoded(data, dataset)
    options = options or Options()
    deidentifier = Deidentifier(key, options)
    series = deidentifier.uid(text(dataset, "SeriesInstanceUID"))
    searched = clean(pictures, expected_text(dataset), series) if clean else None
    pictures = pictures if searched is None else searched
    blanked = pictures[0].blanked if pictures else ()
    deidentified = deidentifier.apply(dataset, pixels_cleaned=searched is not None, blanked=blanked)
    kept = deidentified.dataset
    header = header_bytes(kept, little_endian=dataset.original_encoding[1] is not False)
    second_look(data, header, options=options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is odd was odd before
        return DeidentifiedFile(
            header=header,
            pictures=[
                replace(picture, place=place)
                for picture, place in zip(pictures, places(dataset, len(pictures)), strict=True)
            ],
            modality=text(kept, "Modality"),
            series_uid=text(kept, "SeriesInstanceUID"),
            patient=text(kept, "PatientID"),
            sop_uid=text(kept, "SOPInstanceUID"),
            position=position(dataset),
            localizer=is_localizer(dataset),
            changes=deidentified.changes,
            identifying=deidentified.values,
        )


def identifying_in(data: bytes) -> set[str]:
    """The identifying values in a file, whether ``read_deidentified`` refuses it or not; empty if unreadable."""
    try:
        return identifying_values(open_dataset(data))
    except InvalidInput:
        return set()


def identifying_before_pixels(start: bytes, *, size: int) -> set[str] | None:
    """As ``identifying_in``, by a file's first bytes; None where the whole file of ``size`` bytes has to be read."""
    if not may_be_dicom(start):
        return set()
    header = whole_header(start, size=size)
    return None if header is None else identifying_values(header)
