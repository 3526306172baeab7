"""Which pictures are searched for text, and what becomes of those that hold some: ADR 0011.

The server and ``winnow deidentify`` ask here, so that both find and do the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from winnow.errors import CannotDeidentify, TextSearchAway
from winnow.imaging import tesseract
from winnow.imaging.burned_in import Box, blank, find_text, find_text_in_frames
from winnow.imaging.picture import Picture

# what a manager, or who calls the command, wants done about text in pixels
BURNED_IN = (BLANK := "blank", QUARANTINE := "quarantine", OFF := "off")
TRUSTED = "trusted"  # a person is going to look
EVERY = 16
NOT_SEARCHED = "Nobody searched its pixels for text: tesseract is not installed."
# what to expect of a file's pixels, before anybody looks
# declared: the file says that it has text in them · likely: made from a screen, or by a machine that writes into its
# pictures · possible: nobody can tell · seldom: a slice as the scanner reconstructed it, one of many alike
# never: no picture but a mask
Expected = Literal["declared", "likely", "possible", "seldom", "never"]
Regions = list[list[int]]


@dataclass
class Search:
    """What is to be done about text in pixels, and what is known of the series of one upload or folder.

    mode    : one of BURNED_IN, or TRUSTED
    series  : of those that a sample was taken of, whether it held text
    regions : how many were blanked in the file read last
    remark  : what the account is to say of the file read last
    """

    mode: str
    series: dict[str, bool] = field(default_factory=dict)
    regions: int = 0
    remark: str = ""

    @property
    def samples(self) -> bool:
        """Whether ``sample`` is of any use."""
        return self.mode in {BLANK, QUARANTINE} and tesseract.program() is not None

    def sample(self, pictures: list[Picture], expected: Expected, series: str) -> list[Picture]:
        """Before anything is taken in: one slice in EVERY says whether all of its series have to be searched."""
        if expected == "seldom" and self.samples:
            self.series[series] = self.series.get(series, False) or bool(find_text_in_frames(pictures))
        return pictures

    def frames(self, pictures: list[Picture], expected: Expected, series: str) -> list[Picture] | None:
        """The pictures of a DICOM file without text; None where nobody searched.

        raises : CannotDeidentify with the ``regions`` found, where a person has to look
        """
        if self.mode == TRUSTED:
            self.regions, self.remark = 0, ""
            return pictures
        if not self.needed(expected, series):
            return None
        boxes = self._find(pictures)
        if expected == "declared" and not boxes:
            raise _held("It says that text is burned into its pixels, and none was found.")
        return self._without(pictures, boxes)

    def needed(self, expected: Expected, series: str) -> bool:
        """Whether ``frames`` will search a file: its pixels need not be read where it will not. Raises as ``frames``."""
        self.regions, self.remark = 0, ""
        if self.mode == OFF and expected == "declared":
            raise _held("It says that text is burned into its pixels (burned-in annotation).")
        clean = expected == "never" or (expected == "seldom" and self.series.get(series) is False)
        return self.mode != OFF and not clean and self._can(strict=expected in {"declared", "likely"})

    def pages(self, pictures: Iterable[Picture]) -> Iterator[Picture]:
        """The pictures of any other file without text, each searched for itself as it is read. Raises as ``frames``."""
        self.regions, self.remark = 0, ""
        for picture in pictures:
            searched = self.mode not in {OFF, TRUSTED} and self._can(strict=False)
            yield self._without([picture], self._find([picture]))[0] if searched else picture

    def slices(self, count: int, pictures: Callable[[Iterable[int]], Iterable[Picture]]) -> Iterator[Picture]:
        """The slices of a volume without text: one in EVERY says whether all have to be searched. Raises as ``frames``.

        pictures : the slices of these numbers, 0 .. count - 1; asked for the sample first, and then for all
        """
        self.regions, self.remark = 0, ""
        searched = self.mode not in {OFF, TRUSTED} and self._can(strict=False)
        if searched and any(self._find([picture]) for picture in pictures(range(0, count, EVERY))):
            yield from self.pages(pictures(range(count)))
        else:
            yield from pictures(range(count))

    def _can(self, *, strict: bool) -> bool:
        """Whether there is a program to search with; what must not come in without it is held."""
        if tesseract.program() is not None:
            return True
        if strict or self.mode == QUARANTINE:
            raise _held(NOT_SEARCHED)
        self.remark = NOT_SEARCHED
        return False

    def _find(self, pictures: Sequence[Picture]) -> list[Box]:
        try:
            return find_text_in_frames(pictures) if len(pictures) > 1 else find_text(pictures[0])
        except TextSearchAway as error:
            raise _held(f"Its pixels could not be searched for text: {error.message}") from error

    def _without(self, pictures: list[Picture], boxes: list[Box]) -> list[Picture]:
        if boxes and self.mode == QUARANTINE:
            raise _held("There seems to be text in its pixels.", boxes)
        if boxes:
            self.regions += len(boxes)
            self.remark = f"Text in its pixels was blanked: {self.regions} regions."
        return [blank(picture, boxes) for picture in pictures]


def _held(reason: str, boxes: Sequence[Box] = ()) -> CannotDeidentify:
    """An error whose ``regions`` say that a person may look at the pixels."""
    return CannotDeidentify(reason, regions=[[box.left, box.top, box.width, box.height] for box in boxes])
