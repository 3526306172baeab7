"""Uploads that go on where they were cut off: the pieces are gathered in incoming, then taken in as one file."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from winnow.errors import Conflict, InvalidInput, NotFound, TooLarge
from winnow.server import storage
from winnow.server.models import Job, Project, User
from winnow.server.services import ingest


@dataclass(frozen=True)
class Upload:
    """What is known about an upload: whose it is, for which project, how long it will be.

    job : the ingest job once all bytes have come
    """

    id: str
    project: int
    user: int
    name: str
    length: int
    job: int | None = None

    @property
    def part(self) -> Path:
        """The bytes that have come so far."""
        return storage.incoming(self.id) / "part"

    @property
    def offset(self) -> int:
        """How many bytes have come so far."""
        return self.length if self.job else self.part.stat().st_size


def start(*, project: Project, actor: User, name: str, length: int) -> Upload:
    """Begin an upload of ``length`` bytes. Raises InvalidInput for an empty one, TooLarge, StorageFull."""
    if length < 1:
        raise InvalidInput("An upload holds at least one byte.")
    if length > settings.WINNOW_MAX_UPLOAD_BYTES:
        raise TooLarge(f"An upload holds at most {settings.WINNOW_MAX_UPLOAD_BYTES} bytes.")
    storage.need_free(length)
    upload = Upload(ingest.new_upload_id(), project.id, actor.id, name or "upload", length)
    upload.part.touch(mode=0o600)
    storage.write_atomically(upload.part.with_name("upload.json"), json.dumps(asdict(upload)).encode())
    return upload


def find(*, upload_id: str, actor: User) -> Upload:
    """The actor's upload; raises NotFound when it is somebody else's or thrown away.

    One that has come whole is known by its job: who did not hear the last answer asks again, and must not send again.
    """
    try:
        stored = json.loads((storage.incoming_path(upload_id) / "upload.json").read_text())
    except FileNotFoundError:
        stored = _done(upload_id)
    if stored is None or stored["user"] != actor.id:
        raise NotFound("There is no such upload: start again.")
    return Upload(**stored)


def _done(upload_id: str) -> dict[str, Any] | None:
    job = Job.objects.filter(kind=Job.Kind.INGEST, payload__upload=upload_id).first()
    if job is None:
        return None
    whose = {"project": job.project_id, "user": job.created_by_id}
    return {"id": upload_id, "name": "", "length": job.payload["length"], "job": job.id, **whose}


def append(*, upload: Upload, offset: int, pieces: Iterable[bytes], project: Project, actor: User) -> Job | None:
    """Add bytes at ``offset``; the ingest job once all have come.

    raises : Conflict when the upload is not there yet, or already further, or written to by another request;
             TooLarge beyond its length; StorageFull
    """
    if upload.job:
        raise Conflict("The upload has come whole already.", offset=upload.length)
    with _writing(upload) as part:
        if upload.offset != offset:
            raise Conflict(f"The upload is at byte {upload.offset}, not {offset}.", offset=upload.offset)
        try:
            for piece in pieces:
                if part.tell() + len(piece) > upload.length:
                    raise TooLarge(f"More than the {upload.length} bytes that were announced.")
                part.write(piece)
        except OSError as error:
            raise storage.storage_error(error) from error
    if upload.offset < upload.length:
        return None
    job = ingest.accept_upload(
        project=project,
        files=[(upload.name, upload.part)],
        actor=actor,
        upload=upload.id,
        length=upload.length,
    )
    storage.discard_incoming(upload.id)
    return job


def abandon(*, upload: Upload) -> None:
    """Throw away what has come."""
    storage.discard_incoming(upload.id)


@contextmanager
def _writing(upload: Upload) -> Iterator[BinaryIO]:
    """The file, for one writer at a time. Raises Conflict for the second."""
    with upload.part.open("ab") as part:
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("Another request is writing to this upload.", offset=upload.offset) from None
        yield part
