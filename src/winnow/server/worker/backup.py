"""Making a back-up of an installation, while it runs if need be. What it is: worker/backup_form.py."""

from __future__ import annotations

import io
import json
import os
import secrets
import tarfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from winnow.errors import Conflict, CorruptData, InvalidInput, NotFound
from winnow.server import storage
from winnow.server.models import Export, Project
from winnow.server.worker.backup_form import FIRST, FORMAT, LAST, Contents, HashingReader, blob_name, made_of
from winnow.server.worker.snapshot import Execute, snapshot
from winnow.server.worker.sweep import NAMED_BY, Hold, hold


def back_up(*, target: Path) -> Contents:
    """Write everything of the installation to one file, mode 600, whole or not at all; answers its contents.

    Copied are what no row may miss: first the database as it is at one moment, then the blobs and packages which that
    copy names. They are written before their rows, and none is swept while ``hold`` lasts. A blob that is not there or
    not what its name says is left out and listed as ``missing``. Not copied: uploads on their way, checkpoints, looks,
    and pixels in quarantine, which are to be gone after their days.

    raises : Conflict when there is such a file, InvalidInput for a place in the data directory, StorageFull
    """
    target = target.absolute()
    if target.exists():
        raise Conflict(f"There is a file {target} already.")
    if target.resolve().is_relative_to(settings.WINNOW_DATA_DIR):
        raise InvalidInput("A back-up in the data directory is lost with it: name a place elsewhere.")
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    copy = part.with_name(f"{part.name}.database")
    try:
        for path in (part, copy):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        with hold() as held, part.open("wb") as file:
            contents = _write(file, copy, held)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    except OSError as error:
        raise storage.storage_error(error) from error
    finally:
        for path in (part, copy, copy.with_name(f"{copy.name}-journal")):
            path.unlink(missing_ok=True)
    return contents


def _write(file: IO[bytes], copy: Path, held: Hold) -> Contents:
    keys = _keys()
    with snapshot(copy) as execute, tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        contents: Contents = {"sha256": {}, "blobs": 0, "missing": []}
        _add_bytes(archive, contents, FIRST, json.dumps(_description(execute), indent=1).encode())
        with copy.open("rb") as database:
            _add(archive, contents, made_of(connection.vendor), database)
        wanted = {str(number) for (number,) in execute(f"SELECT id FROM {Project._meta.db_table}")}  # noqa: S608, SLF001
        for name, data in (keys | _keys()).items():  # a project may have come, or gone, meanwhile
            if name in wanted or not name.isdecimal():
                _add_bytes(archive, contents, f"keys/{name}" if name != "secret_key" else name, data)
        _add_exports(archive, contents, execute)
        for digest in _digests(execute):
            held.go_on()
            _add_blob(archive, contents, digest)
        last = json.dumps(contents, indent=1).encode()
        _add_bytes(archive, {"sha256": {}}, LAST, last)
    return contents


def _description(execute: Execute) -> dict[str, object]:
    table = MigrationRecorder.Migration._meta.db_table  # noqa: SLF001 the documented way to a model's table
    return {
        "format": FORMAT,
        "version": version("winnow"),
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "database": connection.vendor,
        "migrations": [[app, name] for app, name in execute(f"SELECT app, name FROM {table} ORDER BY id")],  # noqa: S608
    }


def _keys() -> dict[str, bytes]:
    """What lies in keys/, and the key that signs sessions."""
    folder = Path(settings.WINNOW_DATA_DIR)
    names = [path for path in (folder / "keys").glob("*") if not path.name.startswith(".")]
    return {path.name: data for path in [*names, folder / "secret_key"] if (data := _read(path)) is not None}


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _digests(execute: Execute) -> Iterator[str]:
    """The blobs that rows of the snapshot name, each once."""
    done: set[bytes] = set()
    for rows, field in NAMED_BY:
        table = rows.model._meta.db_table  # noqa: SLF001
        if field not in _columns(table):
            continue  # a database that is older than this column
        for (digest,) in execute(f"SELECT DISTINCT {field} FROM {table} WHERE {field} <> ''"):  # noqa: S608
            if (short := bytes.fromhex(digest)) not in done:
                done.add(short)
                yield digest


def _columns(table: str) -> set[str]:
    """The columns a table has now, none where there is no such table."""
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return set()
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}


def _add_exports(archive: tarfile.TarFile, contents: Contents, execute: Execute) -> None:
    """A package whose project went meanwhile is gone, as it is for whoever asks for it."""
    for (name,) in execute(f"SELECT file FROM {Export._meta.db_table}"):  # noqa: S608, SLF001
        if (path := storage.exports_dir() / Path(name).name).is_file():
            with path.open("rb") as file:
                _add(archive, contents, f"exports/{path.name}", file)


def _add_blob(archive: tarfile.TarFile, contents: Contents, digest: str) -> None:
    try:
        data = storage.blobs.get(digest)
    except (OSError, NotFound, CorruptData):
        contents["missing"].append(digest)
        return
    archive.addfile(_member(blob_name(digest), len(data)), io.BytesIO(data))
    archive.members = []  # type: ignore[attr-defined]  # or a million of them stay in memory
    contents["blobs"] += 1


def _add_bytes(archive: tarfile.TarFile, contents: Contents, name: str, data: bytes) -> None:
    _add(archive, contents, name, io.BytesIO(data))


def _add(archive: tarfile.TarFile, contents: Contents, name: str, file: IO[bytes]) -> None:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    reader = HashingReader(file)
    archive.addfile(_member(name, size), reader)  # needs read() only
    contents["sha256"][name] = reader.hexdigest


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(time.time())
    return member
