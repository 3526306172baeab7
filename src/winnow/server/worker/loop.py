"""The worker: claim a job, work on it under a heartbeat, write down how it ended, take the next."""

from __future__ import annotations

import logging
import os
import socket
import traceback
from collections.abc import Callable
from functools import partial
from importlib import import_module
from threading import Event
from typing import TypeVar, cast

from django.db import DatabaseError, close_old_connections

from winnow.errors import JobCancelled, JobStopped, LeaseLost, WinnowError
from winnow.server.models import Job
from winnow.server.worker.claim import claim
from winnow.server.worker.context import JobContext
from winnow.server.worker.faults import explain
from winnow.server.worker.heartbeat import Heartbeat
from winnow.server.worker.tidy import tidy, tidy_job

logger = logging.getLogger(__name__)

Handler = Callable[[JobContext], None]
T = TypeVar("T")
# Imported when first needed: a worker that never trains never loads torch.
HANDLERS = {
    Job.Kind.INGEST: "winnow.server.worker.ingest:run",
    Job.Kind.QUERY: "winnow.server.worker.query:run",
    Job.Kind.TRAIN: "winnow.server.worker.train:run",
    Job.Kind.AUTOANNOTATE: "winnow.server.worker.autoannotate:run",
    Job.Kind.SEGMENT: "winnow.server.worker.autoannotate:run_segment",
    Job.Kind.EXPORT: "winnow.server.worker.export:run",
    Job.Kind.RELEASE: "winnow.server.worker.quarantine:release",
}
EXAMPLE = "winnow.server.worker.example:run"
PULL = "winnow.server.worker.pull:run"
IDLE_SECONDS = {Job.Lane.QUICK: 0.1, Job.Lane.LONG: 0.5}
TIDY_AFTER_IDLES = 120


def run_worker(lane: str, *, stop: Event, once: bool = False) -> int:
    """Work until ``stop`` is set (or through one claim with ``once``); returns how many jobs it ran."""
    worker = f"{socket.gethostname()}:{os.getpid()}"[:100]
    ran = idles = 0
    while not stop.is_set():
        if idles % TIDY_AFTER_IDLES == 0:
            _guarded(tidy)
        job = _guarded(partial(claim, lane, worker=worker))
        if job is not None:
            run_job(job, stop=stop)
            ran += 1
        idles = 0 if job else idles + 1
        if once:
            break
        if job is None:
            stop.wait(IDLE_SECONDS[Job.Lane(lane)])
    return ran


def run_job(job: Job, *, stop: Event) -> None:
    """One attempt at one job, from claim to outcome."""
    context = JobContext(job, stop=stop)
    logger.info("job %d: %s, attempt %d", job.id, job.kind, job.attempt)
    with Heartbeat(context):
        try:
            context.log(f"attempt {job.attempt}: taken up by worker {job.worker}")
            context.check()
            _handler(job)(context)
        except Exception as error:  # noqa: BLE001 whatever a handler raises becomes the job's outcome
            _guarded(partial(_conclude, context, error))
    _guarded(partial(tidy_job, job.id, incoming=job.payload.get("incoming", "")))
    close_old_connections()


def _handler(job: Job) -> Handler:
    special = EXAMPLE if job.payload.get("example") else PULL if job.payload.get("pacs") else None
    place = special or HANDLERS[Job.Kind(job.kind)]
    module, name = place.split(":")
    return cast("Handler", getattr(import_module(module), name))


def _conclude(context: JobContext, error: Exception) -> None:
    """Write down how an attempt ended that did not succeed."""
    if isinstance(error, LeaseLost) or context.lost.is_set():
        logger.warning("job %d: lost the lease of attempt %d", context.job.id, context.attempt)
    elif isinstance(error, JobCancelled) or context.cancelled.is_set():
        context.cancel(error.message if isinstance(error, JobCancelled) else "Cancelled.")
    elif isinstance(error, JobStopped) or context.stop.is_set():
        context.hand_back()  # whatever broke, it broke while everything was being ended
    else:
        context.fail(explain(error) or _unforeseen(context.job, error))


def _unforeseen(job: Job, error: Exception) -> WinnowError:
    _report(job, error)
    return WinnowError(f"Something unexpected went wrong ({type(error).__name__}); the server's log says where.")


def _report(job: Job, error: Exception) -> None:
    """Where it happened. Not what: the message of an error in ingest may quote a patient's name."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("job %d (%s): %s\n%s", job.id, job.kind, type(error).__name__, frames)
    if job.kind != Job.Kind.INGEST:
        logger.error("job %d: %s", job.id, error)


def _guarded(action: Callable[[], T]) -> T | None:
    """Outlive a database or disk that is out of reach for a moment: the lease runs out and the job comes again."""
    try:
        return action()
    except LeaseLost:
        logger.warning("another worker has taken the job up")
    except (DatabaseError, OSError) as error:
        logger.warning("cannot work now: %s", type(error).__name__)
        close_old_connections()
    return None
