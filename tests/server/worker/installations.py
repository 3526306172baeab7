"""Installations to back up and to restore into, and commands on them as a user gives them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

CODE = "import sys; from winnow.cli import main; sys.exit(main())"


def winnow(data: Path, *arguments: str, code: str = CODE) -> subprocess.CompletedProcess[str]:
    """A command as a user gives it, on the installation in ``data``."""
    environment = {**os.environ, "WINNOW_DATA_DIR": str(data), "OMP_NUM_THREADS": "1"}
    environment.pop("WINNOW_DATABASE_URL", None)
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def rows(database: Any) -> dict[str, list[Any]]:
    """Every row of every table."""
    with closing(sqlite3.connect(str(database))) as open_:
        tables = open_.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return {name: sorted(open_.execute(f"SELECT * FROM {name}"), key=repr) for (name,) in tables}  # noqa: S608


def files(data: Path) -> dict[str, bytes]:
    kept = [path for name in ("blobs", "keys", "exports") for path in (data / name).rglob("*")] + [data / "secret_key"]
    return {path.relative_to(data).as_posix(): path.read_bytes() for path in kept if path.is_file()}


def is_empty(data: Path) -> bool:
    return {path.name for path in data.iterdir()} <= {"secret_key", "incoming"}


def database_path() -> Path:
    from django.db import connection

    return Path(connection.settings_dict["NAME"])
