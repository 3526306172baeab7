"""Names of files and folders often hold what their contents no longer do."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath

from winnow.dicom.values import fold, tokens

_NUMBER = re.compile(r"\d[\d.]*")


class Scrubber:
    """Learns identifying values file by file, and takes them out of paths."""

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._numbers: set[str] = set()

    def learn(self, identifying: set[str]) -> None:
        """Identifying : original values, as ``Deidentified.values``; case does not matter, parts of names count."""
        words = tokens(identifying)
        # UIDs and dates, one for each file: looked up whole, not searched for one by one
        numbers = {word for word in words if _NUMBER.fullmatch(word)}
        self._numbers |= numbers
        self._words |= words - numbers

    def speaks(self, part: str) -> bool:
        """Whether one part of a path holds a learned value."""
        folded = fold(part)
        if any(number.strip(".") in self._numbers for number in _NUMBER.findall(folded)):
            return True
        return any(word in folded for word in self._words)

    def scrub(self, path: str) -> str:
        """The path with each part that holds a learned value replaced by a short hash and its known ending."""
        return _replaced(path, {part for part in PurePosixPath(path).parts if self.speaks(part)})


def scrub_path(path: str, identifying: set[str]) -> str:
    """The path without the identifying values of its own file."""
    scrubber = Scrubber()
    scrubber.learn(identifying)
    return scrubber.scrub(path)


def scrub_paths(files: list[tuple[str, set[str] | None]]) -> list[str]:
    """``scrub_path`` for files that came together: a folder that speaks of one of them is renamed for all.

    files : path and identifying values; None where the file could not be read: then everybody's count
    """
    everybody = Scrubber()
    for _, identifying in files:
        everybody.learn(identifying or set())
    speaking: set[str] = set()
    for path, identifying in files:
        own = everybody
        if identifying is not None:
            own = Scrubber()
            own.learn(identifying)
        speaking.update(part for part in PurePosixPath(path).parts if own.speaks(part))
    return [_replaced(path, speaking) for path, _ in files]


def _replaced(path: str, speaking: set[str]) -> str:
    parts = [_hashed(part) if part in speaking else part for part in PurePosixPath(path).parts]
    return str(PurePosixPath(*parts)) if parts else path


def _hashed(part: str) -> str:
    """A name that says nothing but, by a known ending, what kind of file it is."""
    suffix = PurePosixPath(part).suffix
    known = suffix.lower() in {".dcm", ".dicom", ".ima", ".png", ".jpg", ".jpeg", ".zip"}
    return hashlib.sha256(part.encode(errors="replace")).hexdigest()[:8] + (suffix if known else "")
