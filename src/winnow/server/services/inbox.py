"""Objects that a receiver takes in, gathered into uploads: what one sender sends in one go becomes one ingest.

An upload here is a folder of incoming like any other, with a note of what it is for, locked for as long as somebody adds
to it. Whoever finds one unlocked may put it into the queue: what was received outlives a killed receiver.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from winnow.errors import NotFound
from winnow.server import storage
from winnow.server.models import Job, Project, User
from winnow.server.services import access, ingest

NOTE = "received.json"
logger = logging.getLogger(__name__)


@dataclass
class Batch:
    """One upload that is being received; ``last`` is when something of it came."""

    upload: str
    lock: int
    last: float
    files: int = 0
    bytes: int = 0

    def close(self) -> None:
        """Nobody adds to it any more."""
        os.close(self.lock)


class Inbox:
    """What is received for one project, in the name of one of its managers. Its methods may be called by many threads.

    settle : seconds of silence after which what a sender has sent is taken in
    """

    def __init__(
        self, *, project: Project, actor: User, settle: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._project, self._actor, self._settle, self._clock = project, actor, settle, clock
        self._open: dict[Hashable, Batch] = {}
        self._full: list[Batch] = []
        self._lock = threading.Lock()

    def put(self, sender: Hashable, file: Path) -> None:
        """Move a file into the sender's upload. Raises StorageFull; then it stays where it is."""
        size = file.stat().st_size
        storage.need_free(0)
        with self._lock:
            batch = self._batch(sender, size)
            file.rename(storage.incoming(batch.upload) / str(batch.files))
            batch.files += 1
            batch.bytes += size
            batch.last = self._clock()

    def coming(self, sender: Hashable) -> None:
        """Something is on its way: the sender is not silent. Raises StorageFull."""
        storage.need_free(0)
        with self._lock:
            if sender in self._open:
                self._open[sender].last = self._clock()

    def _batch(self, sender: Hashable, size: int) -> Batch:
        """The sender's upload; a new one where the last would go over the limits."""
        batch = self._open.get(sender)
        if batch is not None and (
            batch.files >= settings.WINNOW_MAX_ARCHIVE_FILES or batch.bytes + size > settings.WINNOW_MAX_UPLOAD_BYTES
        ):
            self._full.append(self._open.pop(sender))
            batch = None
        if batch is None:
            batch = self._open[sender] = self._begin()
        return batch

    def _begin(self) -> Batch:
        upload = ingest.new_upload_id()
        note = storage.incoming(upload) / NOTE
        # locked before anybody can find it
        handle = os.open(note.with_suffix(".part"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        os.write(handle, json.dumps({"project": self._project.id}).encode())
        os.fsync(handle)
        note.with_suffix(".part").rename(note)
        return Batch(upload=upload, lock=handle, last=self._clock())

    def take_in(self, *, everything: bool = False) -> list[Job]:
        """Put what is settled (or everything) into the queue; by one thread, the one with the database.

        raises : NotFound when the project or its manager is gone: then nothing that was received stays
        """
        with self._lock:
            now = self._clock()
            for sender, batch in list(self._open.items()):
                if everything or now - batch.last >= self._settle:
                    self._full.append(self._open.pop(sender))
        done = []
        while self._full:
            batch = self._full[0]  # stays in the list until it is in the queue: the database may be away
            try:
                done.append(self._enqueue(batch.upload))
            except NotFound:
                self._discard()
                raise
            self._full.remove(batch)
            batch.close()
        return done

    def _discard(self) -> None:
        with self._lock:
            for batch in [*self._full, *self._open.values()]:
                storage.discard_incoming(batch.upload)
                batch.close()
            self._full, self._open = [], {}

    def adopt(self) -> list[Job]:
        """Put into the queue what an earlier receiver of this project received and could not: it was killed."""
        done = []
        for note in sorted(storage.incoming_dir().glob(f"*/{NOTE}")):
            with note.open("rb") as file:
                if not _free(file.fileno()) or not self._is_mine(note):
                    continue
                if _objects(note.parent):
                    done.append(self._enqueue(note.parent.name))
                else:
                    storage.discard_incoming(note.parent.name)
        return done

    def _is_mine(self, note: Path) -> bool:
        try:
            mine = json.loads(note.read_text())["project"] == self._project.id
        except (OSError, ValueError):
            return False  # gone to the queue just now
        return mine and not Job.objects.filter(kind=Job.Kind.INGEST, payload__incoming=note.parent.name).exists()

    def _enqueue(self, upload: str) -> Job:
        project = Project.objects.filter(id=self._project.id).first()
        actor = User.objects.filter(id=self._actor.id, is_active=True).first()
        if project is None or actor is None or access.role_of(user=actor, project=project) != "manager":
            raise NotFound("The project is gone, or its manager is none any more: what was received is thrown away.")
        count = _objects(storage.incoming(upload))
        names = [f"received/{number + 1:05d}.dcm" for number in range(count)]
        job = ingest.enqueue(project=project, actor=actor, upload_id=upload, names=names)
        logger.info("job %d: %d objects received for project %d", job.id, count, project.id)
        return job


def _objects(folder: Path) -> int:
    return sum(path.name.isdigit() for path in folder.iterdir())


def _free(handle: int) -> bool:
    """Whether nobody holds the lock; it is then held by this file until it closes."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
