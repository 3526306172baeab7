"""What a running job may do to its own row, every write fenced by the attempt it holds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from winnow.errors import JobCancelled, JobStopped, LeaseLost, WinnowError
from winnow.server import storage
from winnow.server.models import Job
from winnow.server.services import audit
from winnow.server.worker.claim import lease

WRITE_SECONDS = 1.0
LOG_CHARACTERS = 64_000


class JobContext:
    """One attempt at one job.

    ``stop`` ends the worker, ``cancelled`` the job; ``lost`` says that another worker has it. The heartbeat
    sets the last two. Handlers call ``check`` between steps, ``progress`` and ``log`` as often as they like,
    ``transaction`` around what they store, and ``succeed`` inside the last of them.
    """

    def __init__(self, job: Job, *, stop: Event | None = None) -> None:
        self.job = job
        self.project = job.project
        self.payload = job.payload
        self.attempt = job.attempt
        self.stop = stop or Event()
        self.cancelled = Event()
        self.lost = Event()
        self._log = job.log
        self._reached = job.progress
        self._unwritten: dict[str, Any] = {}
        self._written_at = float("-inf")
        if job.cancel_requested:
            self.cancelled.set()

    @property
    def mine(self) -> QuerySet[Job]:
        """The row while this attempt holds it; empty afterwards."""
        return Job.objects.filter(id=self.job.id, attempt=self.attempt, state=Job.State.RUNNING)

    @property
    def scratch(self) -> Path:
        """The job's own folder: outlives a killed worker, goes when the job is over."""
        return storage.scratch(self.job.id)

    def check(self) -> None:
        """Raise LeaseLost, JobCancelled, or JobStopped when the worker itself is to end."""
        if self.lost.is_set():
            raise LeaseLost("Another worker has taken the job up.")
        if self.cancelled.is_set():
            raise JobCancelled("Cancelled.")
        if self.stop.is_set():
            raise JobStopped("The worker is stopping.")

    def should_stop(self) -> bool:
        """``check`` in the form the executor asks for: raises, or returns False."""
        self.check()
        return False

    def progress(self, fraction: float, message: str | None = None) -> None:
        """Say how far the job is (0..1); written at most once a second. Raises as ``check`` does.

        It never goes back: a resumed job shows what it had reached until it has caught up.
        """
        self.check()
        self._reached = max(self._reached, min(float(fraction), 1.0))
        self._unwritten["progress"] = self._reached
        if message is not None:
            self._unwritten["message"] = message[:500]
        self._write_when_due()

    def log(self, line: str) -> None:
        """Append a line; only the newest LOG_CHARACTERS stay. A line must never quote an uploaded file."""
        self._log = self._unwritten["log"] = self._log_with(line)
        self._write_when_due()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Store results all together or not at all. Raises as ``check`` does, and as ``fenced``."""
        self.check()
        with self.fenced():
            yield

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """A transaction, cancelled or not, while the job is ours.

        The first statement is the fence: it locks the job's row, so that no other worker can claim it until
        the commit, and raises LeaseLost where one already has.
        """
        with transaction.atomic():
            self.write(lease_until=timezone.now() + lease())
            yield

    def write(self, **fields: Any) -> None:
        """Update the row, if it is still ours. Raises LeaseLost otherwise."""
        if self.mine.update(**fields) == 0:
            self.lost.set()
            raise LeaseLost("Another worker has taken the job up.")

    def record(self, action: str, subject: str, **detail: Any) -> None:
        """Add a line to the audit log, in the name of who asked for the job."""
        actor = self.job.created_by
        name = actor.username if actor else "worker"
        audit.record(actor_name=name, action=action, subject=subject, project=self.project, **detail)

    def succeed(self, result: dict[str, Any], message: str) -> None:
        """The last write of a handler, inside its last transaction: done once, whoever dies when."""
        self._end(Job.State.SUCCEEDED, result=result, progress=1.0, message=message)

    def fail(self, error: WinnowError) -> None:
        """End as failed with a sentence a person can act on."""
        self._end(Job.State.FAILED, error=type(error).__name__, message=error.message)

    def cancel(self, message: str = "Cancelled.") -> None:
        """End as somebody asked."""
        self._end(Job.State.CANCELLED, message=message)

    def hand_back(self) -> None:
        """Let the next worker have the job at once; the attempt stays, so that this one is fenced out."""
        self.log(f"worker {self.job.worker} stops and hands the job back")
        self.write(**self._unwritten | {"state": Job.State.QUEUED, "lease_until": None})

    def _end(self, state: str, *, message: str, **fields: Any) -> None:
        # not kept in _unwritten: the transaction around this may yet be rolled back
        ended = {"state": state, "message": message[:500], "finished_at": timezone.now(), "lease_until": None}
        ended["log"] = self._log_with(f"{state}: {message}")
        self.write(**self._unwritten | ended | fields)

    def _log_with(self, line: str) -> str:
        log = f"{self._log}{timezone.now():%H:%M:%S} {' '.join(line.split())}\n"
        return log if len(log) <= LOG_CHARACTERS else log[-LOG_CHARACTERS:].split("\n", 1)[1]

    def _write_when_due(self) -> None:
        if time.monotonic() - self._written_at >= WRITE_SECONDS and not transaction.get_connection().in_atomic_block:
            self.write(**self._unwritten)
            self._unwritten = {}
            self._written_at = time.monotonic()
