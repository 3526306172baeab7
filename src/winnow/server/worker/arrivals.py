"""The files of an upload one by one, whether they came alone or in a ZIP."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from winnow.errors import InvalidInput, NotFound, TooLarge, UnreadableFile, UnsafeArchive, WinnowError
from winnow.imaging.archive import ArchiveLimits, safe_path, walk_archive
from winnow.imaging.files import sniff

Upload = tuple[str, Path]


@dataclass(frozen=True)
class Arrival:
    """One file: its place in the upload (the same each time), its path as sent, and its bytes on demand.

    ``read`` raises UnreadableFile, UnsafeArchive, TooLarge or InvalidInput with the reason.
    """

    position: int
    path: str
    read: Callable[[], bytes]


def arrivals(uploads: Sequence[Upload]) -> Iterator[Arrival]:
    """Every file in order, archives opened. Only one file's bytes need to be in memory at a time.

    An archive that cannot be opened, or goes over the limits, is one more arrival whose ``read`` raises why.
    """
    positions = itertools.count()
    for name, path in uploads:
        if not path.is_file():
            raise NotFound("The uploaded files are gone: upload them again.")
        with path.open("rb") as file:
            kind = sniff(file.read(132))
        if kind == "zip":
            yield from _opened(name, path, positions)
        else:
            yield Arrival(next(positions), safe_path(name), _reader(path))


def _limits() -> ArchiveLimits:
    return ArchiveLimits(
        entries=settings.WINNOW_MAX_ARCHIVE_FILES,
        file_bytes=settings.WINNOW_MAX_FILE_BYTES,
        total_bytes=settings.WINNOW_MAX_ARCHIVE_BYTES,
        ratio=settings.WINNOW_MAX_ARCHIVE_RATIO,
    )


def _reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        size, limit = path.stat().st_size, settings.WINNOW_MAX_FILE_BYTES
        if size > limit:
            raise TooLarge(f"The file has {size:,} bytes; {limit:,} are allowed.")
        return path.read_bytes()

    return read


def _opened(name: str, path: Path, positions: Iterator[int]) -> Iterator[Arrival]:
    """The files of a ZIP, up to the one that shows it to be a bomb."""
    unsafe: list[UnsafeArchive] = []

    def watched(read: Callable[[], bytes]) -> Callable[[], bytes]:
        def read_and_tell() -> bytes:
            try:
                return read()
            except UnsafeArchive as error:
                unsafe.append(error)
                raise

        return read_and_tell

    empty = True
    try:
        for entry in walk_archive(path, limits=_limits()):
            empty = False
            yield Arrival(next(positions), entry.path, watched(entry.read))
            if unsafe:
                message = f"{unsafe[0].message} The files after that were not opened."
                yield _refused(next(positions), name, UnsafeArchive(message))
                return
    except (UnreadableFile, UnsafeArchive) as error:
        yield _refused(next(positions), name, error)
    else:
        if empty:
            yield _refused(next(positions), name, InvalidInput("The ZIP holds no files."))


def _refused(position: int, name: str, error: WinnowError) -> Arrival:
    def read() -> bytes:
        raise error

    return Arrival(position, safe_path(name), read)
