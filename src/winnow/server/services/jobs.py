"""Slow verbs as rows: put into the queue, asked to stop, tried again. The worker does the rest."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from winnow.errors import NotAllowed, WrongState
from winnow.server import storage
from winnow.server.models import Job, Project, User
from winnow.server.services import audit

ACTIVE = (Job.State.QUEUED, Job.State.RUNNING)
# two of these in one project would choose, learn or label the same thing twice
ONE_AT_A_TIME = (Job.Kind.QUERY, Job.Kind.TRAIN, Job.Kind.AUTOANNOTATE)


@transaction.atomic
def enqueue(
    *, kind: str, project: Project, actor: User, payload: dict[str, Any], lane: str = Job.Lane.LONG, **detail: Any
) -> Job:
    """Put a job into the queue, with its audit line (``detail`` goes into it).

    raises : WrongState when one of its kind is under way and one at a time is the rule
    """
    if kind in ONE_AT_A_TIME:
        _guard_alone(kind, project)
    job = Job.objects.create(project=project, kind=kind, lane=lane, payload=payload, created_by=actor)
    audit.record(
        actor_name=actor.username, action=f"{kind}.request", subject=f"job {job.id}", project=project, **detail
    )
    return job


@transaction.atomic
def request_cancel(*, job: Job, actor: User) -> Job:
    """Ask a job to stop: one that waits ends at once, one that runs within seconds, by its worker.

    raises : WrongState when it is over
    """
    waiting = Job.objects.filter(id=job.id, state=Job.State.QUEUED)
    if waiting.update(
        state=Job.State.CANCELLED, message="Cancelled.", cancel_requested=True, finished_at=timezone.now()
    ):
        discard_upload(job=job)
    elif not Job.objects.filter(id=job.id, state=Job.State.RUNNING).update(cancel_requested=True):
        raise WrongState("The job is over: there is nothing to cancel.", state=job.state)
    audit.record(actor_name=actor.username, action=f"{job.kind}.cancel", subject=f"job {job.id}", project=job.project)
    job.refresh_from_db()
    return job


def retry(*, job: Job, actor: User) -> Job:
    """The same again as a new job. Raises WrongState unless it failed or was cancelled, or its upload is gone."""
    if job.state not in (Job.State.FAILED, Job.State.CANCELLED):
        raise WrongState("Only a failed or cancelled job is tried again.", state=job.state)
    if job.payload.get("pacs"):
        raise WrongState("What came from the PACS is gone, as it must be after an ingest: choose the series again.")
    if job.payload.get("incoming"):
        raise WrongState("The uploaded files are gone, as they must be after an ingest: upload them again.")
    return enqueue(kind=job.kind, project=job.project, actor=actor, payload=job.payload, lane=job.lane, retry_of=job.id)


def guard_own(*, job: Job, actor: User, role: str) -> None:
    """Raises NotAllowed for somebody else's job, unless the actor manages the project."""
    if role != "manager" and job.created_by_id != actor.id:
        raise NotAllowed("This is somebody else's job: ask a manager of the project.")


def discard_upload(*, job: Job) -> None:
    """Remove the files an ingest job will not take in any more."""
    if job.payload.get("incoming"):
        upload = job.payload["incoming"]
        transaction.on_commit(lambda: storage.discard_incoming(upload))


def _guard_alone(kind: str, project: Project) -> None:
    Project.objects.select_for_update().get(id=project.id)  # two requests at once come one after the other
    other = Job.objects.filter(project=project, kind=kind, state__in=ACTIVE).first()
    if other is not None:
        raise WrongState(f"A {kind} job of this project is under way: wait for it or cancel it.", job=other.id)
