"""From the bytes of one uploaded file to pictures and to words about it that name nobody."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import PurePosixPath
from typing import Any

from winnow.dicom import (
    Options,
    Scrubber,
    identifying_before_pixels,
    identifying_in,
    may_be_directory,
    read_deidentified,
)
from winnow.errors import UnreadableFile, WinnowError
from winnow.imaging.axes import Axis
from winnow.imaging.files import PICTURES, read_picture
from winnow.imaging.nifti import Volume
from winnow.imaging.picture import Picture
from winnow.imaging.text_search import TRUSTED, Search
from winnow.imaging.tiff import read_tiff
from winnow.server.worker.arrivals import Arrival
from winnow.server.worker.folders import Slot

START = 1 << 16  # bytes in which the header of nearly every DICOM file ends
DICOM_ENDINGS = {"", ".dcm", ".dicom", ".ima"}


@dataclass(frozen=True)
class Found:
    """What came in with one file.

    pictures : gone through once; they may be read on the way, so that going on may raise what reading raises
    frames   : whether the file holds a stack of pictures, which then know their number
    length   : pictures in one series, where a file holds several behind each other (times of a volume); 0 for all
    header   : the de-identified data set without pixels; empty for what is not DICOM, as modality and instance
    series   : a pseudonym; empty for a picture on its own. ``patient`` likewise
    position : orders the pictures that know no place in the patient
    changes  : what de-identification did, as it stands in reports
    """

    pictures: Iterable[Picture]
    frames: bool = False
    length: int = 0
    header: bytes = b""
    series: str = ""
    patient: str = ""
    modality: str = ""
    instance: str = ""
    position: float | None = None
    changes: Sequence[dict[str, Any]] = ()


@dataclass
class Reader:
    """Reads the files of one upload; keeps in memory what identifies somebody, to scrub the paths of all of them.

    key     : the project's, for pseudonyms
    options : how DICOM files are de-identified
    upload  : what folders are told apart by beside their names
    axis    : across which axis volumes are cut
    slots   : the files that are slices because of their folder, by position
    search  : looks for text in the pixels; None where nobody does
    directories : positions of what may be the index of a medium, once learned from
    """

    key: bytes
    options: Options = field(default_factory=Options)
    upload: str = ""
    axis: Axis = "acquired"
    slots: dict[int, Slot] = field(default_factory=dict)
    search: Search | None = None
    scrubber: Scrubber = field(default_factory=Scrubber)
    directories: set[int] = field(default_factory=set)

    def learn(self, arrival: Arrival) -> None:
        """Remember what in a file identifies somebody, whether or not it is usable."""
        if arrival.kind in PICTURES:
            return
        start = arrival.start(START)
        if may_be_directory(start):
            self.directories.add(arrival.position)
        known = identifying_before_pixels(start, size=arrival.size)
        self.scrubber.learn(identifying_in(arrival.read()) if known is None else known)

    def sample(self, arrival: Arrival) -> None:
        """Look for text in one of the slices of a series. Raises as ``read``."""
        if self.search and self.search.samples and arrival.kind not in PICTURES:
            read_deidentified(arrival.read(), key=self.key, options=self.options, clean=self.search.sample)

    def held(self, arrival: Arrival) -> Found:
        """The pictures in a file whose text a person will look for. Raises as ``read``."""
        return replace(self, search=Search(TRUSTED)).read(arrival)

    def read(self, arrival: Arrival) -> Found:
        """The pictures in a file. Raises UnreadableFile, UnsafeArchive or CannotDeidentify with the reason."""
        data = arrival.read()
        if arrival.kind == "nifti":
            return self._volume(data)
        if arrival.kind == "tiff":
            return self._pages(data, arrival)
        if arrival.kind in PICTURES:
            return self._slice(self._searched([read_picture(data)]), arrival)
        return self._dicom(data, arrival)

    def scrub(self, path: str) -> str:
        """The path without values that any file learned from has shown to identify somebody."""
        return self.scrubber.scrub(path)[:500] or "unnamed"

    def _dicom(self, data: bytes, arrival: Arrival) -> Found:
        try:
            clean = self.search.frames if self.search else None
            file = read_deidentified(data, key=self.key, options=self.options, clean=clean)
        except WinnowError:
            if arrival.kind is None and PurePosixPath(arrival.path).suffix.lower() not in DICOM_ENDINGS:
                raise UnreadableFile(
                    "This is not an image that can be read: PNG, JPEG, TIFF, NIfTI or DICOM."
                ) from None
            raise
        return Found(
            pictures=file.pictures,
            frames=len(file.pictures) > 1,
            header=file.header,
            series=f"{file.series_uid}-localizer" if file.localizer and file.series_uid else file.series_uid,
            patient=file.patient,
            modality=file.modality,
            instance=file.sop_uid,
            position=file.position,
            changes=[change.as_dict() for change in file.changes],
        )

    def _volume(self, data: bytes) -> Found:
        volume = Volume(data, axis=self.axis)
        series = self._pseudonym("stack", data)
        pictures = self.search.slices(len(volume), volume.pictures) if self.search else volume.pictures()
        return Found(pictures=pictures, frames=True, length=volume.depth, series=series, patient=series)

    def _pages(self, data: bytes, arrival: Arrival) -> Found:
        pages = self._searched(read_tiff(data))
        first = list(islice(pages, 2))
        if len(first) < 2:
            return self._slice(first, arrival)
        series = self._pseudonym("stack", data)
        return Found(pictures=chain(first, pages), frames=True, series=series, patient=series)

    def _searched(self, pictures: Iterable[Picture]) -> Iterator[Picture]:
        return self.search.pages(pictures) if self.search else iter(pictures)

    def _slice(self, pictures: Iterable[Picture], arrival: Arrival) -> Found:
        """A picture on its own, or a slice of the series that its folder is."""
        slot = self.slots.get(arrival.position)
        if slot is None:
            return Found(pictures=list(pictures))
        series = self._pseudonym("folder", f"{self.upload}/{slot.folder}".encode())
        return Found(pictures=list(pictures), series=series, patient=series, position=float(slot.number))

    def _pseudonym(self, kind: str, data: bytes) -> str:
        """The same for the same bytes in the same project; nobody can go back from it."""
        return f"{kind}-{hmac.digest(self.key, hashlib.sha256(data).digest(), hashlib.sha256).hex()[:32]}"
