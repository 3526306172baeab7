"""The files of an upload one by one, whether they came alone or in an archive."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec

from django.conf import settings

from winnow.errors import InvalidInput, NotFound, TooLarge, UnreadableFile, UnsafeArchive, WinnowError
from winnow.imaging.archive import ArchiveLimits, safe_path, walk_archive
from winnow.imaging.files import ARCHIVES, HEAD, Kind, sniff

Upload = tuple[str, Path]
P = ParamSpec("P")


@dataclass(frozen=True)
class Arrival:
    """One file: its place in the upload (the same each time), its path as sent, and its bytes on demand.

    kind  : what its first bytes say it is
    size  : bytes, as the archive claims
    read  : all bytes, once; raises UnreadableFile, UnsafeArchive, TooLarge or InvalidInput with the reason
    start : the first bytes, so many at least where there are so many; raises as ``read``
    """

    position: int
    path: str
    kind: Kind | None
    size: int
    read: Callable[[], bytes]
    start: Callable[[int], bytes]


def arrivals(uploads: Sequence[Upload]) -> Iterator[Arrival]:
    """Every file in order, archives opened. Only one file's bytes need to be in memory at a time.

    An archive that cannot be opened, or goes over the limits, is one more arrival whose ``read`` raises why.
    """
    positions = itertools.count()
    for name, path in uploads:
        if not path.is_file():
            raise NotFound("The uploaded files are gone: upload them again.")
        with path.open("rb") as file:
            kind = sniff(file.read(HEAD))
        if kind in ARCHIVES:
            yield from _opened(name, path, positions)
        else:
            yield Arrival(next(positions), safe_path(name), kind, path.stat().st_size, *_readers(path))


def _limits() -> ArchiveLimits:
    return ArchiveLimits(
        entries=settings.WINNOW_MAX_ARCHIVE_FILES,
        file_bytes=settings.WINNOW_MAX_FILE_BYTES,
        total_bytes=settings.WINNOW_MAX_ARCHIVE_BYTES,
        ratio=settings.WINNOW_MAX_ARCHIVE_RATIO,
        depth=settings.WINNOW_MAX_ARCHIVE_DEPTH,
    )


def _readers(path: Path) -> tuple[Callable[[], bytes], Callable[[int], bytes]]:
    """How to read a file that came alone, and its first bytes."""

    def read() -> bytes:
        size, limit = path.stat().st_size, settings.WINNOW_MAX_FILE_BYTES
        if size > limit:
            raise TooLarge(f"The file has {size:,} bytes; {limit:,} are allowed.")
        return path.read_bytes()

    def start(least: int) -> bytes:
        with path.open("rb") as file:
            return file.read(least)

    return read, start


def _opened(name: str, path: Path, positions: Iterator[int]) -> Iterator[Arrival]:
    """The files of an archive, up to the one that shows it to be a bomb; spilled archives lie beside it, to go with it."""
    unsafe: list[UnsafeArchive] = []

    def watched(read: Callable[P, bytes]) -> Callable[P, bytes]:
        def read_and_tell(*given: P.args, **named: P.kwargs) -> bytes:
            try:
                return read(*given, **named)
            except UnsafeArchive as error:
                unsafe.append(error)
                raise

        return read_and_tell

    empty = True
    try:
        for entry in walk_archive(path, name=name, limits=_limits(), scratch=path.parent):
            empty = False
            yield Arrival(
                next(positions), entry.path, entry.kind, entry.size, watched(entry.read), watched(entry.start)
            )
            if unsafe:
                message = f"{unsafe[0].message} The files after that were not opened."
                yield _refused(next(positions), name, UnsafeArchive(message))
                return
    except (UnreadableFile, UnsafeArchive) as error:
        yield _refused(next(positions), name, error)
    else:
        if empty:
            yield _refused(next(positions), name, InvalidInput("The archive holds no files."))


def _refused(position: int, name: str, error: WinnowError) -> Arrival:
    def read(_: int = 0) -> bytes:
        raise error

    return Arrival(position, safe_path(name), None, 0, read, read)
