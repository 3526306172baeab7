"""Unpacking a back-up into a folder: nothing in it is trusted before it is checked."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import IO, Any

from winnow.errors import CorruptData, UnreadableFile, UnsafeArchive
from winnow.server.worker.backup_form import FIRST, FORMAT, LAST, NAME, Contents, HashingReader

PIECE = 1 << 20
CUT_OFF = "The back-up is cut off or damaged: use another copy of it."


def read_description(archive: tarfile.TarFile) -> dict[str, Any]:
    """What the back-up says of itself; raises UnreadableFile when it is none, or of a form this version does not know."""
    member = archive.next()
    file = archive.extractfile(member) if member is not None and member.name == FIRST and member.isreg() else None
    said = _json(file.read(PIECE)) if file else {}
    if "format" not in said:
        raise UnreadableFile("This is no back-up of Winnow.")
    if said["format"] != FORMAT:
        raise UnreadableFile(f"The back-up was made by Winnow {said.get('version')}: restore it with that version.")
    return said


def unpack(archive: tarfile.TarFile, folder: Path) -> Contents:
    """Write every member after the first under ``folder``, files mode 600; answers what the last one says.

    raises : UnsafeArchive for a name that is none of a back-up's, CorruptData for bytes that do not match their hash,
             UnreadableFile when members are missing
    """
    hashes: dict[str, str] = {}
    blobs = 0
    contents: Contents | None = None
    while (member := archive.next()) is not None:
        archive.members = []  # type: ignore[attr-defined]  # or a million of them stay in memory
        file = archive.extractfile(member) if member.isreg() else None
        target = folder / member.name
        if file is None or contents is not None or not NAME.fullmatch(member.name) or target.exists():
            raise UnsafeArchive(f"The back-up holds {member.name!r}, which no back-up holds.")
        if member.name == LAST:
            contents = _json(file.read())
            continue
        digest = _write(file, target, member.size)
        if member.name.startswith("blobs/"):
            _need_same(member.name, digest, target.name)
            blobs += 1
        else:
            hashes[member.name] = digest
    if contents is None:
        raise UnreadableFile(CUT_OFF)
    wanted = contents["sha256"]
    for name, digest in hashes.items():
        _need_same(name, digest, wanted.get(name))
    if blobs != contents["blobs"] or not wanted.keys() - {FIRST} <= hashes.keys():
        raise UnreadableFile(CUT_OFF)
    return contents


def _write(file: IO[bytes], target: Path, size: int) -> str:
    reader = HashingReader(file)
    for folder in (target.parent.parent, target.parent):  # parents=True would make the upper one everybody's
        folder.mkdir(exist_ok=True, mode=0o700)
    target.touch(mode=0o600)
    with target.open("wb") as written:
        while piece := reader.read(PIECE):
            written.write(piece)
    if reader.size != size:
        raise UnreadableFile(CUT_OFF)
    return reader.hexdigest


def _need_same(name: str, digest: str, wanted: str | None) -> None:
    if digest != wanted:
        raise CorruptData(f"{name} in the back-up does not match its hash: use another copy of it.", name=name)


def _json(data: bytes) -> dict[str, Any]:
    try:
        said = json.loads(data)
    except ValueError:
        said = {}
    return said if isinstance(said, dict) else {}
