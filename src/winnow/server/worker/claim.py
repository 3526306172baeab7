"""Taking a job: the conditional UPDATE that makes sure only one worker holds it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from winnow.server.models import Job

MAX_DEATHS = 3
CANDIDATES = 8


def lease() -> timedelta:
    """How long a worker may be silent before its job is taken up by another (WINNOW_LEASE_SECONDS)."""
    return timedelta(seconds=settings.WINNOW_LEASE_SECONDS)


def claim(lane: str, *, worker: str) -> Job | None:
    """Take the oldest waiting or abandoned job of this lane; None when there is none.

    The attempt counts up with each claim: it is the token that fences out whoever held the job before.
    A job whose worker died MAX_DEATHS times in a row is failed instead of taken up.
    """
    for job in _waiting(lane):
        died = job.state == Job.State.RUNNING
        if died and job.deaths + 1 >= MAX_DEATHS:
            _give_up(job)
        elif _take(job, worker=worker, deaths=job.deaths + 1 if died else 0):
            return Job.objects.select_related("project").get(id=job.id)
    return None


def _waiting(lane: str) -> QuerySet[Job]:
    abandoned = Q(state=Job.State.RUNNING, lease_until__lt=timezone.now())
    waiting = Job.objects.filter(Q(state=Job.State.QUEUED) | abandoned, lane=lane)
    return waiting.only("id", "state", "attempt", "deaths").order_by("id")[:CANDIDATES]


def _as_seen(job: Job) -> QuerySet[Job]:
    """The row, if nobody touched it since it was read (a heartbeat moves lease_until, a claim the attempt)."""
    same = Job.objects.filter(id=job.id, state=job.state, attempt=job.attempt)
    return same.filter(lease_until__lt=timezone.now()) if job.state == Job.State.RUNNING else same


def _take(job: Job, *, worker: str, deaths: int) -> bool:
    now = timezone.now()
    taken = _as_seen(job).update(
        state=Job.State.RUNNING,
        attempt=job.attempt + 1,
        deaths=deaths,
        worker=worker,
        lease_until=now + lease(),
        started_at=Coalesce("started_at", now),
    )
    return taken == 1


def _give_up(job: Job) -> None:
    message = (
        f"The worker died {MAX_DEATHS} times on this job, most likely for want of memory. "
        "Try it with a smaller size or fewer members, or see the server's log."
    )
    _as_seen(job).update(
        state=Job.State.FAILED,
        error="JobStopped",
        message=message,
        deaths=MAX_DEATHS,
        lease_until=None,
        finished_at=timezone.now(),
    )
