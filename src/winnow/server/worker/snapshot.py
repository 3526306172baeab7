"""A database as it was at one moment, while others go on writing to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from winnow.server.worker.rows import write_rows

Execute = Callable[[str], Any]


@contextmanager
def snapshot(file: Path) -> Iterator[Execute]:
    """Copy the database to ``file``; for as long as the block lasts, the answer runs SQL on what was copied.

    SQLite copies itself (its online back-up: one read transaction). Of MySQL the rows are copied, in a transaction with
    a consistent snapshot; the blocks's SQL runs in the same one.
    """
    made = _copied if connection.vendor == "sqlite" else _dumped
    with made(file) as execute:
        yield execute


@contextmanager
def _copied(file: Path) -> Iterator[Execute]:
    with closing(sqlite3.connect(file)) as copy:
        with closing(sqlite3.connect(str(connection.settings_dict["NAME"]), timeout=20)) as source:
            source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, whole by itself
        yield copy.execute


@contextmanager
def _dumped(file: Path) -> Iterator[Execute]:
    with connection.cursor() as cursor:
        for command in _FREEZE[connection.vendor]:
            cursor.execute(command)
        try:
            with file.open("w") as lines:
                write_rows(connection, lines)

            def execute(command: str) -> Any:
                cursor.execute(command)
                return cursor

            yield execute
        finally:
            cursor.execute("ROLLBACK")


_FREEZE = {
    "mysql": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT"),
    "sqlite": ("BEGIN",),
}
