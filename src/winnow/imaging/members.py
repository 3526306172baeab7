"""What lies in one ZIP or tar, before anything in it is opened: names, claimed sizes, and the bytes on demand.

Nothing is extracted by name. Sizes are counted on the bytes that really come out.
"""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import deflate

from winnow.errors import InvalidInput, UnreadableFile, UnsafeArchive, WinnowError
from winnow.imaging.files import HEAD

CHUNK = 1 << 16
_ENCRYPTED, _UTF8 = 0x1, 0x800
DAMAGED = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, deflate.DeflateError),
    *(EOFError, OSError, ValueError, NotImplementedError, struct.error),
)
AT_ONCE = 64 << 20  # bytes up to which an entry is unpacked in one piece: twice as fast
_FILE_HEADER = b"PK\x03\x04"
_LOCAL = struct.Struct("<4s22xHH")  # a file's own header in a ZIP: its mark, the lengths of its name and extra field


@dataclass(frozen=True)
class ArchiveLimits:
    """What one upload may hold, archives in archives counted in.

    ratio counts only above ``ratio_floor`` bytes: a few blank pictures are no bomb; ``depth`` archives may lie in
    each other
    """

    entries: int = 100_000
    file_bytes: int = 2 << 30
    total_bytes: int = 64 << 30
    ratio: int = 200
    ratio_floor: int = 256 << 20
    depth: int = 3


@dataclass
class Counter:
    """What has really come out of one archive and of those in it; raises UnsafeArchive over the limits."""

    limits: ArchiveLimits
    packed: int
    total: int = field(default=0)
    entries: int = field(default=0)

    def add(self, size: int) -> None:
        """So many bytes more."""
        self.total += size
        self.check(self.total)

    def check(self, total: int) -> None:
        """Whether an archive of so many bytes is within the limits."""
        limits = self.limits
        if total > limits.total_bytes:
            raise UnsafeArchive(f"The archive unpacks to more than {limits.total_bytes:,} bytes.")
        if self.swollen(total):
            raise UnsafeArchive(f"The archive unpacks to more than {limits.ratio} times its size.")

    def swollen(self, total: int) -> bool:
        """Whether so many bytes are too many times what was sent."""
        return total > self.limits.ratio_floor and total > self.limits.ratio * self.packed

    def add_entries(self, number: int) -> None:
        """So many files more."""
        self.entries += number
        if self.entries > self.limits.entries:
            raise UnsafeArchive(f"The archive holds {self.entries:,} files; {self.limits.entries:,} are allowed.")


@dataclass(frozen=True)
class Member:
    """One file in an archive as the archive tells it.

    head   : its first bytes, HEAD at most; empty where there is a ``problem``
    chunks : all its bytes, once, before the next member is asked for; raises one of DAMAGED, or UnsafeArchive
    whole  : the same in one piece, where that is possible and faster
    """

    name: str
    size: int
    head: bytes
    chunks: Callable[[], Iterator[bytes]]
    problem: WinnowError | None = None
    whole: Callable[[], Iterator[bytes]] | None = None


def zip_members(path: Path, counter: Counter) -> Iterator[Member]:
    """The files of a ZIP in their order; one that alone would blow the archive up has a problem, the others come.

    raises : UnreadableFile when it is no ZIP; UnsafeArchive when the rest claims more than the limits
    """
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGED as error:
        raise UnreadableFile("This is not a ZIP, or its end is missing.") from error
    with archive:
        infos = archive.infolist()
        counter.add_entries(len(infos))
        bombs = _bombs(infos, counter)
        counter.check(counter.total + sum(info.file_size for n, info in enumerate(infos) if n not in bombs))
        for position, info in enumerate(infos):
            if not info.is_dir():
                yield _zip_member(archive, info, bombs.get(position) or _unusable(info), counter)


def _bombs(infos: list[zipfile.ZipInfo], counter: Counter) -> dict[int, WinnowError]:
    """What is wrong with the entries that alone would blow the archive up, by their place: the others may come in."""
    limits = counter.limits
    swollen = counter.swollen(sum(info.file_size for info in infos))
    found: dict[int, WinnowError] = {}
    for position, info in enumerate(infos):
        if info.file_size > limits.file_bytes:
            found[position] = _too_large(limits)
        elif swollen and info.file_size > limits.ratio * max(1, info.compress_size):
            found[position] = InvalidInput(f"The file unpacks to more than {limits.ratio} times its size.")
    return found


def _too_large(limits: ArchiveLimits) -> InvalidInput:
    return InvalidInput(f"The file unpacks to more than {limits.file_bytes:,} bytes.")


def _unusable(info: zipfile.ZipInfo) -> WinnowError | None:
    if info.flag_bits & _ENCRYPTED:
        return InvalidInput("The file is encrypted: pack it again without a password.")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        # Python unpacks the other methods without a bound on what one step may yield
        return InvalidInput("The file is packed by a method that is not opened: pack it again as an ordinary ZIP.")
    return None


def _zip_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, problem: WinnowError | None, counter: Counter
) -> Member:
    def chunks() -> Iterator[bytes]:
        yield from _pieces(cast("BinaryIO", archive.open(info)), counter)

    head = b""
    if problem is None:
        try:
            with archive.open(info) as stream:
                head = stream.read(HEAD)
        except DAMAGED:
            problem = UnreadableFile("The file is damaged in the archive.")
    small = 0 < info.file_size <= AT_ONCE and info.compress_size <= AT_ONCE
    whole = partial(_at_once, archive, info, counter) if small and info.compress_type == zipfile.ZIP_DEFLATED else None
    return Member(_zip_name(info), info.file_size, head, chunks, problem, whole)


def _at_once(archive: zipfile.ZipFile, info: zipfile.ZipInfo, counter: Counter) -> Iterator[bytes]:
    """All bytes of a deflated entry, in one piece. Raises one of DAMAGED."""
    with Path(cast("str", archive.filename)).open("rb") as file:
        file.seek(info.header_offset)
        mark, name, extra = _LOCAL.unpack(file.read(_LOCAL.size))
        if mark != _FILE_HEADER:
            raise zipfile.BadZipFile
        file.seek(name + extra, io.SEEK_CUR)
        data = bytes(deflate.deflate_decompress(file.read(info.compress_size), info.file_size))
    counter.add(len(data))
    if len(data) != info.file_size or deflate.crc32(data) != info.CRC:
        raise zipfile.BadZipFile
    yield data


def _pieces(stream: BinaryIO, counter: Counter) -> Iterator[bytes]:
    size = 0
    with stream:
        while chunk := stream.read(CHUNK):
            counter.add(len(chunk))
            size += len(chunk)
            if size > counter.limits.file_bytes:  # the archive lied about the size of this one
                raise UnsafeArchive(f"The archive holds a file of more than {counter.limits.file_bytes:,} bytes.")
            yield chunk


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The entry's name. Names without the UTF-8 flag are CP437 by the format, but often UTF-8 all the same."""
    name = info.orig_filename
    if info.flag_bits & _UTF8:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


class _Counted(io.RawIOBase):
    """A stream whose every byte is counted, those passed over as well: a tar is read from end to end."""

    def __init__(self, stream: BinaryIO, counter: Counter) -> None:
        self._stream, self._counter = stream, counter

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._counter.add(len(data))
        return data


def tar_members(path: Path, counter: Counter, *, packed: bool) -> Iterator[Member]:
    """The files of a tar in their order, read as a stream; links and devices are passed over.

    packed : whether it is compressed with gzip
    raises : UnreadableFile when it is damaged; UnsafeArchive over the limits
    """
    try:
        with gzip.open(path) if packed else path.open("rb") as stream:
            counted = cast("BinaryIO", _Counted(cast("BinaryIO", stream), counter))
            with tarfile.open(fileobj=counted, mode="r|", encoding="utf-8") as archive:
                for info in archive:
                    counter.add_entries(1)
                    if info.isreg():
                        yield _tar_member(archive, info, counter.limits)
    except DAMAGED as error:
        raise UnreadableFile("The tar archive is damaged or cut off.") from error


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo, limits: ArchiveLimits) -> Member:
    if info.size > limits.file_bytes:
        return Member(info.name, info.size, b"", lambda: iter(()), _too_large(limits))
    stream = cast("BinaryIO", archive.extractfile(info))
    head = stream.read(HEAD)

    def chunks() -> Iterator[bytes]:
        yield head
        while chunk := stream.read(CHUNK):
            yield chunk

    return Member(info.name, info.size, head, chunks)
