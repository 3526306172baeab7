"""Keeps a job's lease alive while it is worked on, and brings word from outside."""

from __future__ import annotations

import logging
import time
from threading import Event, Thread
from types import TracebackType

from django.db import DatabaseError, connection
from django.utils import timezone

from winnow.server.models import Job
from winnow.server.worker.claim import lease
from winnow.server.worker.context import JobContext

logger = logging.getLogger(__name__)
LISTEN_SECONDS = 1.0


class Heartbeat:
    """A thread with its own database connection, for as long as the ``with`` block.

    It listens once a second (cancel asked for? still ours?) and renews the lease every third of it.
    A database out of reach for a whole lease means that the job must be taken for lost.
    """

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._over = Event()
        self._lease = lease().total_seconds()
        self._renewed = time.monotonic()
        self._thread = Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._over.wait(min(LISTEN_SECONDS, self._lease / 3)) and not self._context.lost.is_set():
                self._try()
        finally:
            connection.close()

    def _try(self) -> None:
        try:
            self._listen()
        except DatabaseError as error:
            logger.warning("job %d: no heartbeat (%s)", self._context.job.id, type(error).__name__)
            connection.close()
            if time.monotonic() - self._renewed > self._lease:
                self._context.lost.set()

    def _listen(self) -> None:
        mine = self._context.mine
        asked = mine.values_list("cancel_requested", flat=True).first()
        if asked is None:
            self._notice_loss()
        elif asked:
            self._context.cancelled.set()
        now = time.monotonic()
        if now - self._renewed >= self._lease / 3:
            if mine.update(lease_until=timezone.now() + lease()) == 0:
                self._notice_loss()
            self._renewed = now

    def _notice_loss(self) -> None:
        """The row is no longer ours: lost, unless the job has just ended in the other thread."""
        job = self._context.job
        if Job.objects.filter(id=job.id, attempt=self._context.attempt, finished_at__isnull=False).exists():
            return
        self._context.lost.set()
