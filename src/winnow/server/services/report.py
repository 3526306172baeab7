"""What was done to each file of an upload: packed into its line of the account, and the whole as a document.

The document has the shape of `winnow deidentify --report`, and beside it the size and keyed hash of each file that was
sent. It names no identifying value: paths are scrubbed, old values are hashes with the project's key.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from winnow.server.models import IngestedFile, Job
from winnow.server.services.digests import sent

Change = dict[str, Any]


def packed(changes: Sequence[Change]) -> bytes:
    """Changes as they are stored: about a quarter of their JSON."""
    return zlib.compress(json.dumps(list(changes)).encode()) if changes else b""


def changes_of(file: IngestedFile) -> list[Change]:
    """What was done to the attributes of one file; none for what is not DICOM."""
    data = bytes(file.changes)
    return list(json.loads(zlib.decompress(data))) if data else []


def report(job: Job) -> Iterator[str]:
    """The document piece by piece, each with one file: uploads may have a hundred thousand."""
    done: dict[str, Any] = job.payload.get("deidentification", {})
    head = {"profile": done.get("profile", ""), "options": done.get("options", []), "uploads": sent(job)}
    yield json.dumps(head)[:-1] + ', "files": ['
    for number, file in enumerate(job.files.iterator(chunk_size=200)):
        entry = {"path": file.path, "status": file.status, "reason": file.reason, "changes": changes_of(file)}
        yield (",\n" if number else "\n") + json.dumps(entry, ensure_ascii=False)
    yield "\n]}\n"
