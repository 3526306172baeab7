"""From the bytes of one uploaded file to pictures and to words about it that name nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from winnow.dicom import Scrubber, identifying_in, read_deidentified
from winnow.errors import UnreadableFile, WinnowError
from winnow.imaging.files import read_picture, sniff
from winnow.imaging.picture import Picture

DICOM_ENDINGS = {"", ".dcm", ".dicom", ".ima"}


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
    scrubber: Scrubber = field(default_factory=Scrubber)

    def learn(self, data: bytes) -> None:
        """Remember what in a file identifies somebody, whether or not it is usable."""
        if sniff(data[:132]) not in {"png", "jpeg", "zip"}:
            self.scrubber.learn(identifying_in(data))

    def read(self, data: bytes, *, path: str) -> Found:
        """The pictures in a file. Raises UnreadableFile, UnsafeArchive or CannotDeidentify with the reason."""
        kind = sniff(data[:132])
        if kind in {"png", "jpeg"}:
            return Found(pictures=[read_picture(data)])
        try:
            file = read_deidentified(data, key=self.key)
        except WinnowError:
            if kind is None and PurePosixPath(path).suffix.lower() not in DICOM_ENDINGS:
                raise UnreadableFile("This is not a PNG, JPEG, DICOM or ZIP file.") from None
            raise
        return Found(
            pictures=file.pictures,
            header=file.header,
            series_uid=file.series_uid,
            patient=file.patient,
            modality=file.modality,
            position=file.position,
        )

    def scrub(self, path: str) -> str:
        """The path without values that any file learned from has shown to identify somebody."""
        return self.scrubber.scrub(path)[:500] or "unnamed"
