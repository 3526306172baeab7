"""Uploads that go on where they were cut off: the pieces are gathered in incoming, then taken in as one file.

A piece counts once all of it is on the disk and its checksum, where the sender gave one, is right. Until then, whatever
happens, the upload stays where it was before.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from winnow.errors import ChecksumMismatch, Conflict, InvalidInput, NotFound, TooLarge
from winnow.server import storage
from winnow.server.models import Job, Project, User
from winnow.server.services import digests, ingest

NOTE, PART = "upload.json", "part"


@dataclass(frozen=True)
class Upload:
    """What is known about an upload: whose it is, for which project, how long it will be.

    received : how many bytes have come
    job      : the ingest job once all bytes have come
    sha256   : of all bytes, in hex, once they have come and until they are taken in
    """

    id: str
    project: int
    user: int
    name: str
    length: int
    received: int = 0
    job: int | None = None
    sha256: str = ""

    @property
    def part(self) -> Path:
        """The bytes that have come so far."""
        return storage.incoming_path(self.id) / PART


def start(*, project: Project, actor: User, name: str, length: int) -> Upload:
    """Begin an upload of ``length`` bytes. Raises InvalidInput for an empty one, TooLarge, StorageFull."""
    if length < 1:
        raise InvalidInput("An upload holds at least one byte.")
    if length > settings.WINNOW_MAX_UPLOAD_BYTES:
        raise TooLarge(f"An upload holds at most {settings.WINNOW_MAX_UPLOAD_BYTES} bytes.")
    storage.need_free(length)
    upload = Upload(ingest.new_upload_id(), project.id, actor.id, name or "upload", length)
    (storage.incoming(upload.id) / PART).touch(mode=0o600)
    _note(upload)
    return upload


def find(*, upload_id: str, actor: User) -> Upload:
    """The actor's upload; raises NotFound when it is somebody else's or thrown away.

    One that has come whole is known by its job: who did not hear the last answer asks again, and must not send again.
    """
    upload = _noted(upload_id) or _done(upload_id)
    if upload is None or upload.user != actor.id:
        raise NotFound("There is no such upload: start again.")
    return upload


def append(
    *,
    upload: Upload,
    offset: int,
    pieces: Iterable[bytes],
    project: Project,
    actor: User,
    sha256: bytes | None = None,
) -> Upload:
    """Add bytes at ``offset``; the upload as it then is, with its ingest job once all have come.

    sha256 : of these bytes, where their sender knows it
    raises : Conflict when the upload is not there yet, or already further, or written to by another request;
             TooLarge beyond its length; ChecksumMismatch; StorageFull; then nothing of these bytes is kept
    """
    if upload.job:
        raise Conflict("The upload has come whole already.", offset=upload.length)
    with _writing(upload) as part:
        now = _noted(upload.id)  # another request may have been here since it was found
        if now is None or now.received != offset:
            at = upload.length if now is None else now.received
            raise Conflict(f"The upload is at byte {at}, not {offset}.", offset=at)
        digest = _write(part, now, pieces, sha256)
        now = replace(now, received=part.tell())
        if now.received < now.length:
            _note(now)
            digests.running.put(now.id, digest, now.received)
            return now
        job = ingest.accept_upload(
            project=project,
            files=[(now.name, now.part)],
            digests=[digest.hexdigest()],
            actor=actor,
            upload=now.id,
            length=now.length,
        )
    storage.discard_incoming(now.id)
    return replace(now, job=job.id, sha256=digest.hexdigest())


def abandon(*, upload: Upload) -> None:
    """Throw away what has come."""
    storage.discard_incoming(upload.id)


def abandon_all(*, project_id: int) -> None:
    """Throw away what has come for a project that is no more."""
    for note in storage.incoming_dir().glob(f"*/{NOTE}"):
        upload = _read(note)
        if upload is not None and upload.project == project_id:
            abandon(upload=upload)


def _write(part: BinaryIO, upload: Upload, pieces: Iterable[bytes], sha256: bytes | None) -> Any:
    """Write behind what has come; the hash of all of it. Leaves nothing of the pieces where it raises."""
    digest, own = digests.running.take(upload.id, part, upload.received), hashlib.sha256()
    with _whole_or_not(part, upload.received):
        part.truncate()  # a killed server may have left the beginning of a piece
        for piece in pieces:
            if part.tell() + len(piece) > upload.length:
                raise TooLarge(f"More than the {upload.length} bytes that were announced.")
            _write_whole(part, piece)
            digest.update(piece)
            own.update(piece)
        if sha256 is not None and own.digest() != sha256:
            raise ChecksumMismatch("What came is not what was sent: its SHA-256 is another one. Send it again.")
        os.fsync(part.fileno())
    return digest


@contextmanager
def _whole_or_not(part: BinaryIO, before: int) -> Iterator[None]:
    """Cuts the file off where it ended before, if what is written now does not all get there. Raises StorageFull."""
    try:
        yield
    except BaseException as error:
        with suppress(OSError):
            os.ftruncate(part.fileno(), before)
        if isinstance(error, OSError):
            raise storage.storage_error(error) from error
        raise


def _write_whole(part: BinaryIO, piece: bytes) -> None:
    """An unbuffered file may take only a part of what it is given."""
    rest = memoryview(piece)
    while rest:
        rest = rest[part.write(rest) :]


def _note(upload: Upload) -> None:
    storage.write_atomically(storage.incoming(upload.id) / NOTE, json.dumps(asdict(upload)).encode())


def _noted(upload_id: str) -> Upload | None:
    """The upload while its bytes come; None once they were moved on to the ingest job."""
    folder = storage.incoming_path(upload_id)
    return _read(folder / NOTE) if (folder / PART).is_file() else None


def _read(note: Path) -> Upload | None:
    try:
        return Upload(**json.loads(note.read_text()))
    except FileNotFoundError:
        return None


def _done(upload_id: str) -> Upload | None:
    job = Job.objects.filter(kind=Job.Kind.INGEST, payload__upload=upload_id).first()
    if job is None:
        return None
    length = job.payload["length"]
    sha256 = next(iter(digests.kept(upload_id=job.payload["incoming"])), "")
    return Upload(upload_id, job.project_id, job.created_by_id or 0, "", length, length, job.id, sha256)


@contextmanager
def _writing(upload: Upload) -> Iterator[BinaryIO]:
    """The file, for one writer at a time. Raises Conflict for the second."""
    try:
        part = upload.part.open("r+b", buffering=0)
    except FileNotFoundError:
        raise NotFound("There is no such upload: start again.") from None
    with part:
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("Another request is writing to this upload.", offset=upload.received) from None
        yield part
