"""What a back-up is: a tar of plain files whose first one says what it is and whose last one says what it holds.

winnow.json         {"format", "version", "made_at", "database", "migrations"}: read before anything is unpacked
database.sqlite3    SQLite's own copy; or, of MySQL, database.jsonl, the rows of every table (worker/rows.py)
secret_key, keys/   as in the data directory
exports/, blobs/    as in the data directory: the packages and blobs that a row of this database names
contents.json       {"sha256": by name, without the blobs, "blobs", "missing"}: a tar without it is cut off

Blobs are checked by their own names, which are their hashes.
"""

from __future__ import annotations

import hashlib
import re
from typing import IO, Any

FORMAT = 1
FIRST, LAST = "winnow.json", "contents.json"
COPY, ROWS = "database.sqlite3", "database.jsonl"
NAME = re.compile(
    r"winnow\.json|contents\.json|database\.sqlite3|database\.jsonl|secret_key"
    r"|keys/[A-Za-z0-9]+|exports/\w[\w.-]*|blobs/([0-9a-f]{2})/\1[0-9a-f]{62}"
)


def blob_name(digest: str) -> str:
    """Where a blob lies, in the data directory as in a back-up."""
    return f"blobs/{digest[:2]}/{digest}"


class HashingReader:
    """A file that says afterwards what went through it: ``hexdigest`` and ``size`` of what was read so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        self.size += len(data)
        return data

    @property
    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def made_of(vendor: str) -> str:
    """The name of the database's file for Django's name of its kind."""
    return COPY if vendor == "sqlite" else ROWS


Contents = dict[str, Any]
