"""From the bytes of one uploaded file to pictures and to words about it that name nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from winnow.dicom import read_deidentified, scrub_path
from winnow.dicom.read import open_dataset, text
from winnow.errors import UnreadableFile, WinnowError
from winnow.imaging.files import read_picture, sniff
from winnow.imaging.picture import Picture

DICOM_ENDINGS = {"", ".dcm", ".dicom", ".ima"}
# Attributes whose values people put into the names of files and folders.
NAMING = (
    *("PatientName", "PatientID", "OtherPatientIDs", "PatientBirthDate", "AccessionNumber", "StudyID"),
    *("ReferringPhysicianName", "InstitutionName", "OperatorsName", "StudyDate"),
)


@dataclass(frozen=True)
class Found:
    """What came in with one file. ``series_uid``, ``patient`` and ``header`` are empty for what is not DICOM."""

    pictures: list[Picture]
    header: bytes = b""
    series_uid: str = ""
    patient: str = ""
    modality: str = ""
    position: float | None = None


@dataclass
class Reader:
    """Reads the files of one upload; keeps in memory what identifies somebody, to scrub the paths of all of them."""

    key: bytes
    identifying: set[str] = field(default_factory=set)

    def read(self, data: bytes, *, path: str) -> Found:
        """The pictures in a file. Raises UnreadableFile, UnsafeArchive or CannotDeidentify with the reason."""
        kind = sniff(data[:132])
        if kind in {"png", "jpeg"}:
            return Found(pictures=[read_picture(data)])
        try:
            file = read_deidentified(data, key=self.key)
        except WinnowError:
            self._remember_names(data)
            if kind is None and PurePosixPath(path).suffix.lower() not in DICOM_ENDINGS:
                raise UnreadableFile("This is not a PNG, JPEG, DICOM or ZIP file.") from None
            raise
        self.identifying |= file.identifying
        return Found(
            pictures=file.pictures,
            header=file.header,
            series_uid=file.series_uid,
            patient=file.patient,
            modality=file.modality,
            position=file.position,
        )

    def scrub(self, path: str) -> str:
        """The path without values that any file so far has shown to identify somebody."""
        return scrub_path(path, self.identifying)[:500] or "unnamed"

    def _remember_names(self, data: bytes) -> None:
        """A refused file still tells the names its path may hold."""
        try:
            dataset = open_dataset(data)
        except WinnowError:
            return
        self.identifying |= {value for keyword in NAMING if (value := text(dataset, keyword))}
