"""Archives from anywhere: what is in a ZIP, a tar or a gzip, one file at a time, without trusting a word it says.

Archives in archives are opened as well, to a depth; a file packed alone with gzip is unpacked on the way.
"""

from __future__ import annotations

import re
import tempfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path, PurePosixPath

from winnow.errors import InvalidInput, UnreadableFile, WinnowError
from winnow.imaging.files import ARCHIVES, HEAD, Kind, sniff
from winnow.imaging.members import CHUNK, DAMAGED, ArchiveLimits, Counter, Member, tar_members, zip_members

__all__ = ["ArchiveLimits", "Entry", "safe_path", "walk_archive"]

_LITTER = {".ds_store", "thumbs.db", "desktop.ini"}
_GZIP = zlib.MAX_WBITS | 16


@dataclass(frozen=True)
class Entry:
    """One file in an archive.

    position : its place among all files, the same each time: work can go on from there
    path     : its name made harmless: relative, without ``..``, drives and control characters; in an archive in
               the archive it begins with that one's path
    kind     : what its first bytes say it is, None where that does not tell
    size     : bytes, as the archive claims
    problem  : why it cannot be used, or None; ``read`` raises it
    read     : its bytes, kept until the next entry; raises UnreadableFile when damaged, UnsafeArchive when the whole archive is to be
               refused
    start    : its first bytes, so many at least where it has them, without reading the rest; raises as ``read``
    """

    position: int
    path: str
    kind: Kind | None
    size: int
    read: Callable[[], bytes]
    start: Callable[[int], bytes]
    problem: WinnowError | None = None


def walk_archive(
    path: Path, *, name: str = "", limits: ArchiveLimits | None = None, scratch: Path | None = None
) -> Iterator[Entry]:
    """The files of an archive in their order; directories and what operating systems leave behind are passed over.

    Read each entry before going on to the next: the archive closes when the walk ends.

    An entry that is too large, or unpacks to too many times its size in an archive that does, has a problem of
    its own; the others are judged without it. So does an archive in the archive that cannot be opened.

    name    : what the archive was sent as: the name of a single file packed with gzip
    scratch : where archives in the archive are unpacked to while they are walked; else the system's own place
    raises  : UnreadableFile when it is no archive; UnsafeArchive when the rest claims more than ``limits``
    """
    counter = Counter(limits or ArchiveLimits(), packed=max(1, path.stat().st_size))
    walk = _Walk(counter, scratch, name)
    for position, entry in enumerate(walk.files(path, folder="", depth=1)):
        yield replace(entry, position=position, path=entry.path or f"file-{position}")


@dataclass(frozen=True)
class _Walk:
    counter: Counter
    scratch: Path | None
    name: str

    def files(self, path: Path, *, folder: str, depth: int) -> Iterator[Entry]:
        for member in self._members(path):
            name = safe_path(member.name)
            if not _is_litter(name):
                yield from self._entries(member, path=f"{folder}/{name}" if folder else name, depth=depth)

    def _members(self, path: Path) -> Iterator[Member]:
        with path.open("rb") as file:
            head = file.read(HEAD)
        kind = sniff(head)
        if kind == "gzip":
            with path.open("rb") as file:
                kind = sniff(_first_bytes(iter(lambda: file.read(CHUNK), b"")))
            return tar_members(path, self.counter, packed=True) if kind == "tar" else self._alone(path)
        return tar_members(path, self.counter, packed=False) if kind == "tar" else zip_members(path, self.counter)

    def _alone(self, path: Path) -> Iterator[Member]:
        """A single file packed with gzip."""

        def chunks() -> Iterator[bytes]:
            with path.open("rb") as file:
                yield from iter(lambda: file.read(CHUNK), b"")

        self.counter.add_entries(1)
        yield Member(self.name, path.stat().st_size, next(chunks())[:HEAD], chunks)

    def _entries(self, member: Member, *, path: str, depth: int) -> Iterator[Entry]:
        with closing(_sound(member.chunks())) as chunks:
            yield from self._of_kind(member, chunks, path=path, depth=depth)

    def _of_kind(self, member: Member, chunks: Iterator[bytes], *, path: str, depth: int) -> Iterator[Entry]:
        kind = None if member.problem else sniff(member.head)
        if kind == "gzip":
            first = _until_enough(chunks)
            kind, chunks = sniff(_first_bytes(iter(first))), chain(first, chunks)
            if kind != "tar":
                chunks = _sound(_unzipped(chunks, self.counter))
                yield _entry(path, kind, member.size, chunks, None)
                return
        if kind in ARCHIVES:
            yield from self._archive(chunks, path=path, depth=depth, size=member.size)
        else:
            yield _entry(path, kind, member.size, chunks, member.problem, member.whole)

    def _archive(self, chunks: Iterator[bytes], *, path: str, depth: int, size: int) -> Iterator[Entry]:
        """The files of an archive in the archive, which needs to lie on the disk for that."""
        if depth >= self.counter.limits.depth:
            deep = f"More than {self.counter.limits.depth} archives in each other are not opened."
            yield _entry(path, None, size, chunks, InvalidInput(deep))
            return
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            spilled = Path(folder) / "archive"
            try:
                with spilled.open("wb") as file:
                    file.writelines(chunks)
                yield from self.files(spilled, folder=path, depth=depth + 1)
            except UnreadableFile as error:
                yield _entry(path, None, size, chunks, error)


def _entry(
    path: str,
    kind: Kind | None,
    size: int,
    chunks: Iterator[bytes],
    problem: WinnowError | None,
    whole: Callable[[], Iterator[bytes]] | None = None,
) -> Entry:
    content = _Once(chunks, problem, whole)
    return Entry(position=0, path=path, kind=kind, size=size, read=content.read, start=content.start, problem=problem)


@dataclass
class _Once:
    """Bytes that come once, as those of a tar do, and are kept; so is what is wrong with them.

    whole : the same bytes in one piece, a quicker way for who has not begun with ``chunks``
    """

    chunks: Iterator[bytes]
    problem: WinnowError | None
    whole: Callable[[], Iterator[bytes]] | None
    taken: list[bytes] = field(default_factory=list)

    def read(self) -> bytes:
        if self.whole is not None and not self.taken and self.problem is None:
            self.chunks = _sound(self.whole())
        self._take(None)
        self.taken = [b"".join(self.taken)]
        return self.taken[0]

    def start(self, least: int) -> bytes:
        self._take(least)
        return b"".join(self.taken)

    def _take(self, least: int | None) -> None:
        if self.problem is not None:
            raise self.problem
        size = sum(map(len, self.taken))
        try:
            while (least is None or size < least) and (chunk := next(self.chunks, None)) is not None:
                self.taken.append(chunk)
                size += len(chunk)
        except WinnowError as error:
            self.problem = error
            raise


def _sound(chunks: Iterator[bytes]) -> Generator[bytes, None, None]:
    """The chunks; raises UnreadableFile where they are damaged."""
    try:
        yield from chunks
    except DAMAGED as error:
        raise UnreadableFile("The file is damaged in the archive.") from error


def _until_enough(chunks: Iterator[bytes]) -> list[bytes]:
    """Chunks up to the one with which the first bytes of what they pack are known; fewer where they are damaged."""
    unpacker, found, taken = zlib.decompressobj(_GZIP), 0, []
    with suppress(zlib.error):
        for chunk in chunks:
            taken.append(chunk)
            found += len(unpacker.decompress(chunk, HEAD))
            if found >= HEAD or unpacker.eof:
                break
    return taken


def _first_bytes(chunks: Iterator[bytes]) -> bytes:
    """The first bytes of what is packed with gzip; fewer where it is damaged."""
    unpacker, head = zlib.decompressobj(_GZIP), b""
    with suppress(zlib.error):
        for chunk in chunks:
            head += unpacker.decompress(chunk, HEAD)
            if len(head) >= HEAD or unpacker.eof:
                break
    return head


def _unzipped(chunks: Iterator[bytes], counter: Counter) -> Iterator[bytes]:
    """What is packed with gzip, in one piece or several behind each other. Raises zlib.error or EOFError when damaged."""
    unpacker, size = zlib.decompressobj(_GZIP), 0
    begun = False
    for packed in chunks:
        waiting = packed
        while waiting:
            begun = True
            piece = unpacker.decompress(waiting, CHUNK)
            counter.add(len(piece))
            size += len(piece)
            if size > counter.limits.file_bytes:
                raise InvalidInput(f"The file unpacks to more than {counter.limits.file_bytes:,} bytes.")
            yield piece
            waiting = unpacker.unconsumed_tail
            if unpacker.eof:
                waiting, unpacker, begun = unpacker.unused_data.lstrip(b"\0"), zlib.decompressobj(_GZIP), False
    if begun:
        raise EOFError


def safe_path(name: str) -> str:
    """A relative path with forward slashes that stays in its folder; "" when nothing is left."""
    name = re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]", "_", name.replace("\\", "/"))
    name = re.sub(r"^[A-Za-z]:", "", name)
    return "/".join(part for part in PurePosixPath(name).parts if part not in {"/", "//", "..", "."})


def _is_litter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and ("__MACOSX" in parts[:-1] or parts[-1].lower() in _LITTER or parts[-1].startswith("._"))
