"""Removes what is no longer needed on disk: above all the originals of uploads, which carry patients' names."""

from __future__ import annotations

import time
from pathlib import Path

from django.conf import settings

from winnow.server import storage
from winnow.server.models import Job
from winnow.server.services.throttle import forget_old
from winnow.server.worker.kept import forget
from winnow.server.worker.quarantine import expire
from winnow.server.worker.sweep import sweep

ACTIVE = (Job.State.QUEUED, Job.State.RUNNING)
CUT_OFF_SECONDS = 24 * 3600


def tidy_job(job_id: int, *, incoming: str = "") -> None:
    """Once a job is over: its scratch folder and the upload it was to take in.

    incoming : the upload, where it is known; who deleted the project removed it, but this worker may have unpacked
               something there at that very moment
    """
    job = Job.objects.filter(id=job_id).first()
    if job is None or job.state not in ACTIVE:
        storage.discard_scratch(job_id)
        if upload := job.payload.get("incoming", "") if job else incoming:
            storage.discard_incoming(upload)


def tidy() -> None:
    """What a killed worker or server left: scratch folders, uploads of jobs that are over, uploads cut off."""
    for folder in _listing("jobs"):
        if folder.name.isdigit():
            tidy_job(int(folder.name))
    for path in _listing("incoming"):
        _tidy_incoming(path)
    forget()
    forget_old()
    expire()
    sweep()


def _tidy_incoming(path: Path) -> None:
    """An upload belongs to its job; one without a job may still be arriving, until it is a day old."""
    jobs = Job.objects.filter(kind=Job.Kind.INGEST, payload__incoming=path.name)
    if jobs.filter(state__in=ACTIVE).exists():
        return
    last_touched = max(part.stat().st_mtime for part in (path, *path.glob("*")))
    if not jobs.exists() and time.time() - last_touched < CUT_OFF_SECONDS:
        return
    if path.is_dir():
        storage.discard_incoming(path.name)
    else:
        path.unlink(missing_ok=True)


def _listing(name: str) -> list[Path]:
    folder = Path(settings.WINNOW_DATA_DIR) / name
    return sorted(folder.iterdir()) if folder.is_dir() else []
