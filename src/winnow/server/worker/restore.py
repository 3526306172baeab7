"""Bringing a back-up into an empty installation. What it is: worker/backup_form.py."""

from __future__ import annotations

import errno
import shutil
import tarfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from winnow.errors import Conflict, UnreadableFile, WrongState
from winnow.server import storage
from winnow.server.models import Quarantined
from winnow.server.worker.backup_form import COPY, ROWS, Contents, made_of
from winnow.server.worker.rows import read_rows
from winnow.server.worker.unpack import CUT_OFF, read_description, unpack

STAGING = ".restoring"
MOVING = "moving"  # in it, once everything is checked and goes to its place
LOADED = "loaded"  # in it, the address of the database server's database that tables are made in
# what may lie in a data directory that is still empty: Winnow makes the first two as soon as any command starts
NOTHING = {"secret_key", "incoming", STAGING, "lost+found"}
State = Quarantined.State


def restore(*, source: Path) -> Contents:
    """Make this empty installation the one that was backed up; answers what the back-up holds.

    Everything is unpacked, checked and migrated beside its place, then moved, the database last. Whatever ends it
    before leaves the installation empty; where it was killed, the next restore begins by emptying it again.

    raises : Conflict where there is an installation already, UnreadableFile, UnsafeArchive or CorruptData for a
             back-up that cannot be used, StorageFull
    """
    staging = staging_of(Path(settings.WINNOW_DATA_DIR))
    _undo(staging)
    _need_empty()
    try:
        staging.mkdir(mode=0o700)
        with tarfile.open(source, "r|") as archive:
            said = read_description(archive)
            _need_known(said)
            storage.need_free(source.stat().st_size)
            contents = unpack(archive, staging)
        _settle(staging, said)
        (staging / MOVING).touch()
        _move(staging)
    except tarfile.TarError:
        _undo(staging)
        raise UnreadableFile(CUT_OFF) from None
    except BaseException as error:
        _undo(staging)
        if isinstance(error, OSError):
            raise storage.storage_error(error) from error
        raise
    return contents


def staging_of(data: Path) -> Path:
    """The folder whose presence says that a restore is under way, or was killed."""
    return data / STAGING


def _need_empty() -> None:
    data = Path(settings.WINNOW_DATA_DIR)
    there = [path.name for path in data.iterdir() if path.name not in NOTHING and not _is_empty(path)]
    there += ["incoming"] if not _is_empty(data / "incoming") else []
    if there:
        raise Conflict(f"{data} is not empty: there is {', '.join(sorted(there)[:5])}. Restore into an empty folder.")
    if connection.vendor == "sqlite":
        if _database().exists():
            raise Conflict(f"There is a database already: {_database()}.")
    elif connection.introspection.table_names():
        raise Conflict("The database is not empty: restore into one without tables.")


def _is_empty(path: Path) -> bool:
    return not path.exists() or (path.is_dir() and not any(path.iterdir()))


def _need_known(said: dict[str, Any]) -> None:
    """The back-up's schema has to be this version's or an older one, of the same kind of database."""
    if said["database"] != connection.vendor:
        raise WrongState(f"The back-up is of {said['database']}; this installation's database is {connection.vendor}.")
    known = MigrationExecutor(None).loader.disk_migrations  # reads files only
    if newer := [name for app, name in said["migrations"] if (app, name) not in known]:
        raise WrongState(
            f"The back-up was made by a newer version ({said['version']}, {newer[0]}): install that first."
        )


def _settle(staging: Path, said: dict[str, Any]) -> None:
    """The database of the back-up, brought to this version's schema, without what was not copied."""
    if not (staging / made_of(connection.vendor)).is_file():
        raise UnreadableFile(CUT_OFF)
    place = connection.settings_dict["NAME"]
    connection.close()
    if connection.vendor == "sqlite":
        connection.settings_dict["NAME"] = str(staging / COPY)
    else:
        (staging / LOADED).write_text(_address())
        _load(staging / ROWS, said)
    try:
        call_command("migrate", interactive=False, verbosity=0)
        Quarantined.objects.filter(state=State.WAITING).update(state=State.EXPIRED)
    finally:
        connection.close()  # SQLite's last one leaves one file
        connection.settings_dict["NAME"] = place


def _load(file: Path, said: dict[str, Any]) -> None:
    """Tables of the schema that was backed up, and its rows in them."""
    newest = dict(said["migrations"])  # the last of each app
    executor = MigrationExecutor(connection)
    executor.migrate([target for target in newest.items() if target in executor.loader.graph.nodes])
    with file.open() as lines, transaction.atomic():
        read_rows(connection, lines)
    file.unlink()


def _move(staging: Path) -> None:
    """Everything to its place; the database, without which nothing else is an installation, last."""
    data = Path(settings.WINNOW_DATA_DIR)
    for name in ("blobs", "keys", "exports"):
        if (data / name).is_dir():
            (data / name).rmdir()
        if (staging / name).is_dir():
            (staging / name).rename(data / name)
    if (staging / "secret_key").exists():
        (staging / "secret_key").replace(data / "secret_key")
    if (staging / COPY).exists():
        _place(staging / COPY, _database())
    (staging / LOADED).unlink(missing_ok=True)
    shutil.rmtree(staging)


def _place(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        part = target.with_name(f".{target.name}{STAGING}")  # another file system: copied there first
        shutil.copyfile(source, part)
        part.chmod(0o600)
        part.rename(target)


def _undo(staging: Path) -> None:
    """Empty what a restore that did not finish has begun; nothing to do where none was, or all was moved."""
    if not staging.is_dir():
        return
    left = {path.name for path in staging.iterdir()}
    if MOVING in left and left - {MOVING}:
        for name in ("blobs", "keys", "exports"):
            shutil.rmtree(staging.parent / name, ignore_errors=True)
    # of this database, and no other that the settings may name by now
    if LOADED in left and (staging / LOADED).read_text() == _address():
        _drop_tables()
    shutil.rmtree(staging)


def _drop_tables() -> None:
    """They were made by the restore: it begins with a database that has none."""
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}")


def _address() -> str:
    return ":".join(str(connection.settings_dict[name]) for name in ("HOST", "PORT", "NAME"))


def _database() -> Path:
    return Path(str(connection.settings_dict["NAME"]))
