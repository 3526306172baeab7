"""Take an upload in: the bytes into the private incoming area, the work into the queue."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from winnow.errors import InvalidInput
from winnow.server import storage
from winnow.server.models import Job, Project, User
from winnow.server.services import jobs

LONGEST_NAME = 500


def new_upload_id() -> str:
    """A name for an upload that nobody can guess."""
    return secrets.token_hex(16)


def accept_upload(*, project: Project, files: Sequence[tuple[str, Path]], actor: User) -> Job:
    """Move uploaded files under ``incoming`` as 0, 1, 2 … and put their ingest into the queue.

    files  : (name as the sender gave it, where the bytes lie now)
    raises : InvalidInput when there is no file; StorageFull; either way nothing is left
    """
    if not files:
        raise InvalidInput("There is no file in the upload: send at least one in the field `file`.")
    upload_id = new_upload_id()
    folder = storage.incoming(upload_id)
    try:
        for position, (_, path) in enumerate(files):
            shutil.move(path, folder / str(position))
        return _enqueue(project, actor, upload_id, [name for name, _ in files])
    except OSError as error:
        storage.discard_incoming(upload_id)
        raise storage.storage_error(error) from error
    except BaseException:
        storage.discard_incoming(upload_id)
        raise


def _enqueue(project: Project, actor: User, upload_id: str, names: list[str]) -> Job:
    """Names may tell a patient's: they are in the job's payload until it ends, and never in the audit log."""
    folder = storage.incoming(upload_id)
    size = sum(path.stat().st_size for path in folder.iterdir())
    payload = {"incoming": upload_id, "files": [name[:LONGEST_NAME] for name in names]}
    return jobs.enqueue(
        kind=Job.Kind.INGEST, project=project, actor=actor, payload=payload, files=len(names), bytes=size
    )
