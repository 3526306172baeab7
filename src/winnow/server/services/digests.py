"""SHA-256 of what was uploaded, so that its sender can see that it came whole.

The plain hash is told while the upload lies in incoming, and goes with it. For ever there is only its HMAC with the
project's key: who has a file can ask whether it came, and nobody tells from what is stored whose files came
(docs/adr/0018).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

from winnow.errors import InvalidInput
from winnow.server import storage
from winnow.server.models import Job, Project

DIGESTS = "digests.json"
CHUNK = 1 << 20
AT_ONCE = 64  # uploads whose state is remembered; one more is read again from the disk


class Running:
    """How far the hashes of uploads under way have got. What it forgot, by a restart as well, it reads from the disk."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[int, Any]] = OrderedDict()
        self._lock = Lock()

    def take(self, upload_id: str, part: BinaryIO, offset: int) -> Any:
        """The hash of the first ``offset`` bytes of ``part``; leaves ``part`` there."""
        with self._lock:
            known, digest = self._known.pop(upload_id, (-1, None))
        if known == offset:
            part.seek(offset)
            return digest
        part.seek(0)
        return _hash_of(part, offset)

    def put(self, upload_id: str, digest: Any, offset: int) -> None:
        """Remember the hash of the first ``offset`` bytes."""
        with self._lock:
            self._known[upload_id] = (offset, digest)
            while len(self._known) > AT_ONCE:
                self._known.popitem(last=False)


running = Running()


def sha256_of(path: Path) -> str:
    """The hash of a whole file, in hex; reads it in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep(*, upload_id: str, digests: Sequence[str]) -> None:
    """Lay the plain hashes beside the files of an upload, to go with them."""
    storage.write_atomically(storage.incoming(upload_id) / DIGESTS, json.dumps(list(digests)).encode())


def kept(*, upload_id: str) -> list[str]:
    """The plain hashes of an upload's files, in hex; none once it is taken in."""
    try:
        return list(json.loads((storage.incoming_path(upload_id) / DIGESTS).read_text()))
    except FileNotFoundError:
        return []


def keyed(*, project: Project, sha256: str) -> str:
    """What is stored in the place of a hash: 32 hexadecimal digits that only this project's key can make of it."""
    key = storage.project_key(project.id)
    return hmac.digest(key, b"upload:" + sha256.lower().encode(), hashlib.sha256).hex()[:32]


def sent(job: Job) -> list[dict[str, Any]]:
    """Each file of an upload as it was sent: ``{"bytes", "hash"}``, in order; none of what came another way."""
    return list(job.payload.get("sent", []))


def find_sent(*, project: Project, sha256: str) -> list[tuple[Job, int]]:
    """The uploads that a file of this hash was part of, and its place in each. Raises InvalidInput for no hash."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", sha256.strip()):
        raise InvalidInput("A SHA-256 has 64 hexadecimal digits, as sha256sum prints them.")
    wanted = keyed(project=project, sha256=sha256.strip())
    uploads = project.jobs.filter(kind=Job.Kind.INGEST).select_related("created_by").order_by("-id")
    return [
        (job, place)
        for job in uploads.iterator(chunk_size=200)
        for place, file in enumerate(sent(job))
        if file["hash"] == wanted
    ]


def _hash_of(file: BinaryIO, length: int) -> Any:
    digest = hashlib.sha256()
    while length > 0 and (piece := file.read(min(CHUNK, length))):
        digest.update(piece)
        length -= len(piece)
    return digest
