"""Take an upload in: the bytes into the private incoming area, the work into the queue."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from winnow.errors import InvalidInput, NotFound
from winnow.server import storage
from winnow.server.models import Job, Project, User
from winnow.server.services import jobs
from winnow.server.services.digests import keep, keyed, sha256_of

LONGEST_NAME = 500
NAMES = "names.json"


def new_upload_id() -> str:
    """A name for an upload that nobody can guess."""
    return secrets.token_hex(16)


def accept_upload(
    *,
    project: Project,
    files: Sequence[tuple[str, Path]],
    actor: User,
    digests: Sequence[str] | None = None,
    **known: Any,
) -> Job:
    """Move uploaded files under ``incoming`` as 0, 1, 2 … and put their ingest into the queue.

    files   : (name as the sender gave it, where the bytes lie now)
    digests : the SHA-256 of each in hex, computed while it came; else they are read once more
    known   : what else the job is to know of them
    raises  : InvalidInput when there is no file; StorageFull; either way nothing is left
    """
    if not files:
        raise InvalidInput("There is no file in the upload: send at least one in the field `file`.")
    upload_id = new_upload_id()
    folder = storage.incoming(upload_id)
    try:
        for position, (_, path) in enumerate(files):
            shutil.move(path, folder / str(position))
        known["sent"] = _sent(project, upload_id, len(files), digests)
        return enqueue(project=project, actor=actor, upload_id=upload_id, names=[name for name, _ in files], **known)
    except OSError as error:
        storage.discard_incoming(upload_id)
        raise storage.storage_error(error) from error
    except BaseException:
        storage.discard_incoming(upload_id)
        raise


def _sent(project: Project, upload_id: str, count: int, sha256: Sequence[str] | None) -> list[dict[str, Any]]:
    """What stays known of each file as it was sent."""
    paths = [storage.incoming(upload_id) / str(position) for position in range(count)]
    sha256 = [sha256_of(path) for path in paths] if sha256 is None else sha256
    keep(upload_id=upload_id, digests=sha256)
    return [
        {"bytes": path.stat().st_size, "hash": keyed(project=project, sha256=one)}
        for path, one in zip(paths, sha256, strict=True)
    ]


def enqueue(*, project: Project, actor: User, upload_id: str, names: Sequence[str], **known: Any) -> Job:
    """Put the ingest of files that lie under ``incoming`` already, as 0, 1, 2 …, into the queue.

    Names may tell a patient's: they go with the files, never into the database, which forgets nothing at once.
    """
    size = sum(path.stat().st_size for path in storage.incoming(upload_id).iterdir() if path.name.isdigit())
    name_files(upload_id=upload_id, names=names)
    payload = known | {"incoming": upload_id}
    return jobs.enqueue(
        kind=Job.Kind.INGEST, project=project, actor=actor, payload=payload, files=len(names), bytes=size
    )


def name_files(*, upload_id: str, names: Sequence[str]) -> None:
    """Say what the files 0, 1, 2 … of an upload are called: with this it is complete."""
    path = storage.incoming(upload_id) / NAMES
    storage.write_atomically(path, json.dumps([name[:LONGEST_NAME] for name in names]).encode())


def uploaded(upload_id: str) -> list[tuple[str, Path]]:
    """The files of an upload: (name as the sender gave it, where the bytes lie). Raises NotFound when it is gone."""
    folder = storage.incoming_path(upload_id)
    try:
        names = json.loads((folder / NAMES).read_text())
    except FileNotFoundError:
        raise NotFound("The uploaded files are gone: upload them again.") from None
    return [(name, folder / str(number)) for number, name in enumerate(names)]
