"""Archives from anywhere: what is in a ZIP, one file at a time, without trusting a word it says.

Nothing is extracted by name. Sizes are counted on the bytes that really come out.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from winnow.errors import InvalidInput, UnreadableFile, UnsafeArchive, WinnowError
from winnow.imaging.files import sniff

_CHUNK = 1 << 16
_LITTER = {".ds_store", "thumbs.db", "desktop.ini"}
_ENCRYPTED, _UTF8 = 0x1, 0x800
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)


@dataclass(frozen=True)
class ArchiveLimits:
    """What one archive may hold.

    ratio counts only above ``ratio_floor`` bytes: a few blank pictures are no bomb.
    """

    entries: int = 100_000
    file_bytes: int = 2 << 30
    total_bytes: int = 64 << 30
    ratio: int = 200
    ratio_floor: int = 256 << 20


@dataclass(frozen=True)
class Entry:
    """One file in an archive.

    position : its place in the archive, the same each time: work can go on from there
    path     : its name made harmless: relative, without ``..``, drives and control characters
    size     : bytes, as the archive claims
    problem  : why it cannot be used, or None; ``read`` raises it
    read     : its bytes; raises UnreadableFile when damaged, UnsafeArchive when the whole archive is to be refused
    """

    position: int
    path: str
    size: int
    read: Callable[[], bytes]
    problem: WinnowError | None = None


@dataclass
class _Counter:
    """Bytes that have really come out of one archive."""

    limits: ArchiveLimits
    packed: int
    total: int = field(default=0)

    def check(self, *, file_bytes: int, total: int) -> None:
        limits = self.limits
        if file_bytes > limits.file_bytes:
            raise UnsafeArchive(f"The archive holds a file of more than {limits.file_bytes:,} bytes.")
        if total > limits.total_bytes:
            raise UnsafeArchive(f"The archive unpacks to more than {limits.total_bytes:,} bytes.")
        if total > limits.ratio_floor and total > limits.ratio * self.packed:
            raise UnsafeArchive(f"The archive unpacks to more than {limits.ratio} times its size.")


def walk_archive(path: Path, *, limits: ArchiveLimits | None = None) -> Iterator[Entry]:
    """The files of a ZIP in their order; directories and what operating systems leave behind are passed over.

    Read each entry before going on to the next: the archive closes when the walk ends.

    An entry that is too large, or unpacks to too many times its size in an archive that does, has a problem of
    its own; the others are judged without it.

    raises : UnreadableFile when it is no ZIP; UnsafeArchive when the rest claims more than ``limits``
    """
    limits = limits or ArchiveLimits()
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGED as error:
        raise UnreadableFile("This is not a ZIP, or its end is missing.") from error
    with archive:
        infos = archive.infolist()
        if len(infos) > limits.entries:
            raise UnsafeArchive(f"The archive holds {len(infos):,} files; {limits.entries:,} are allowed.")
        counter = _Counter(limits, packed=max(1, path.stat().st_size))
        bombs = _bombs(infos, counter)
        counter.check(file_bytes=0, total=sum(info.file_size for n, info in enumerate(infos) if n not in bombs))
        for position, info in enumerate(infos):
            name = safe_path(_name(info))
            if not info.is_dir() and not _is_litter(name):
                problem = bombs.get(position) or _problem(archive, info)
                yield _entry(
                    archive, info, problem, position=position, name=name or f"file-{position}", counter=counter
                )


def _bombs(infos: list[zipfile.ZipInfo], counter: _Counter) -> dict[int, WinnowError]:
    """What is wrong with the entries that alone would blow the archive up, by their place: the others may come in."""
    limits = counter.limits
    total = sum(info.file_size for info in infos)
    swollen = total > limits.ratio_floor and total > limits.ratio * counter.packed
    found: dict[int, WinnowError] = {}
    for position, info in enumerate(infos):
        if info.file_size > limits.file_bytes:
            found[position] = InvalidInput(f"The file unpacks to more than {limits.file_bytes:,} bytes.")
        elif swollen and info.file_size > limits.ratio * max(1, info.compress_size):
            found[position] = InvalidInput(f"The file unpacks to more than {limits.ratio} times its size.")
    return found


def _entry(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    problem: WinnowError | None,
    *,
    position: int,
    name: str,
    counter: _Counter,
) -> Entry:

    def read() -> bytes:
        if problem is not None:
            raise problem
        return _read(archive, info, counter)

    return Entry(position=position, path=name, size=info.file_size, read=read, problem=problem)


def _problem(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> WinnowError | None:
    if info.flag_bits & _ENCRYPTED:
        return InvalidInput("The file is encrypted: pack it again without a password.")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        # Python unpacks the other methods without a bound on what one step may yield
        return InvalidInput("The file is packed by a method that is not opened: pack it again as an ordinary ZIP.")
    try:
        with archive.open(info) as stream:
            head = stream.read(4)
    except _DAMAGED:
        return UnreadableFile("The file is damaged in the archive.")
    return InvalidInput("A ZIP inside a ZIP is not opened.") if sniff(head) == "zip" else None


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, counter: _Counter) -> bytes:
    buffer = io.BytesIO()
    try:
        with archive.open(info) as stream:
            while chunk := stream.read(_CHUNK):
                buffer.write(chunk)
                counter.total += len(chunk)
                counter.check(file_bytes=buffer.tell(), total=counter.total)
    except _DAMAGED as error:
        raise UnreadableFile("The file is damaged in the archive.") from error
    return buffer.getvalue()


def _name(info: zipfile.ZipInfo) -> str:
    """The entry's name. Names without the UTF-8 flag are CP437 by the format, but often UTF-8 all the same."""
    name = info.orig_filename
    if info.flag_bits & _UTF8:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def safe_path(name: str) -> str:
    """A relative path with forward slashes that stays in its folder; "" when nothing is left."""
    name = re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]", "_", name.replace("\\", "/"))
    name = re.sub(r"^[A-Za-z]:", "", name)
    return "/".join(part for part in PurePosixPath(name).parts if part not in {"/", "//", "..", "."})


def _is_litter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and ("__MACOSX" in parts[:-1] or parts[-1].lower() in _LITTER or parts[-1].startswith("._"))
