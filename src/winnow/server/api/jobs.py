"""Doors for jobs: watch them, cancel them, try them again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import islice

from asgiref.sync import sync_to_async
from django.db.models import Q
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import Query, Router

from winnow.errors import NotFound
from winnow.server.api import shapes
from winnow.server.api.lists import Paging, each, page_of
from winnow.server.api.route import Request, binary, route
from winnow.server.api.schemas.common import Page
from winnow.server.api.schemas.jobs import ChangeOut, IngestedFileOut, JobOut
from winnow.server.models import IngestedFile, Job
from winnow.server.services import jobs, report

router = Router(tags=["jobs"])
ONE = "/jobs/{int:job_id}"
LOOK_EVERY_SECONDS = 0.5
SPEAK_EVERY_SECONDS = 15.0


@route(router, "GET", "/jobs", needs="signed-in", operation_id="listMyJobs", response={200: Page[JobOut]})
def list_my_jobs(request: Request, paging: Query[Paging]) -> Page[JobOut]:
    """The jobs I asked for, newest first."""
    mine = Q(project__memberships__user=request.auth)
    visible = Job.objects.filter(created_by=request.auth)
    rows = visible if request.auth.is_staff else visible.filter(mine)
    return page_of(rows.select_related("created_by"), each(shapes.job_out), paging, newest_first=True)


@route(
    router,
    "GET",
    "/projects/{int:project_id}/jobs",
    needs="member",
    operation_id="listJobs",
    response={200: Page[JobOut]},
)
def list_jobs(request: Request, project_id: int, paging: Query[Paging]) -> Page[JobOut]:
    """The jobs of a project, newest first."""
    return page_of(request.project.jobs.select_related("created_by"), each(shapes.job_out), paging, newest_first=True)


@route(router, "GET", ONE, needs="member", operation_id="getJob", response={200: JobOut})
def get_job(request: Request, job_id: int) -> JobOut:
    """One job with its progress, log and result."""
    return shapes.job_out(request.subject)


@route(
    router,
    "GET",
    f"{ONE}/files",
    needs="member",
    operation_id="listIngestedFiles",
    response={200: Page[IngestedFileOut]},
)
def list_ingested_files(request: Request, job_id: int, paging: Query[Paging]) -> Page[IngestedFileOut]:
    """What became of each file of an upload, and why."""
    return page_of(request.subject.files.defer("changes"), each(_file_out), paging)


@route(
    router,
    "GET",
    ONE + "/files/{int:position}/changes",
    needs="member",
    operation_id="listChanges",
    response={200: list[ChangeOut]},
)
def list_changes(request: Request, job_id: int, position: int) -> list[ChangeOut]:
    """What de-identification did to the attributes of one file."""
    file = request.subject.files.filter(position=position).first()
    if file is None:
        raise NotFound("The upload has no such file.")
    return [ChangeOut.model_validate(change) for change in report.changes_of(file)]


@route(
    router,
    "GET",
    f"{ONE}/report",
    needs="member",
    operation_id="downloadReport",
    response={200: None},
    openapi=binary("application/json"),
)
def download_report(request: Request, job_id: int) -> StreamingHttpResponse:
    """The whole report of an upload, as `winnow deidentify` writes it: each file, each change, no identifying value."""
    name = content_disposition_header(as_attachment=True, filename=f"winnow-upload-{job_id}.json")
    headers = {"Content-Disposition": name or "attachment", "Cache-Control": "private, no-cache"}
    return StreamingHttpResponse(_pieces(request.subject), content_type="application/json", headers=headers)


async def _pieces(job: Job) -> AsyncIterator[str]:
    """The report file by file: a plain iterator would be read into memory whole under ASGI."""
    pieces = report.report(job)
    while piece := await sync_to_async(lambda: "".join(islice(pieces, 100)))():
        yield piece


@route(router, "POST", f"{ONE}/cancel", needs="annotator", operation_id="cancelJob", response={202: JobOut})
def cancel_job(request: Request, job_id: int) -> JobOut:
    """Ask a job to stop: managers any, others their own."""
    return shapes.job_out(jobs.request_cancel(job=_own_job(request), actor=request.auth))


@route(router, "POST", f"{ONE}/retry", needs="annotator", operation_id="retryJob", response={202: JobOut})
def retry_job(request: Request, job_id: int) -> JobOut:
    """Do what failed or was cancelled again, as a new job: managers any, others their own."""
    return shapes.job_out(jobs.retry(job=_own_job(request), actor=request.auth))


@route(
    router,
    "GET",
    f"{ONE}/events",
    needs="member",
    operation_id="watchJob",
    response={200: None},
    openapi={
        "responses": {200: {"description": "OK", "content": {"text/event-stream": {"schema": {"type": "string"}}}}}
    },
)
def watch_job(request: Request, job_id: int) -> StreamingHttpResponse:
    """The job as server-sent events named `job`, one for each change, until it is over."""
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(_watch(job_id), content_type="text/event-stream", headers=headers)


async def _watch(job_id: int) -> AsyncIterator[str]:
    """One event a change, a comment now and then so that proxies keep the line; ends with the job or the client."""
    sent, silent = "", 0.0
    while True:
        job = await Job.objects.select_related("created_by").filter(id=job_id).afirst()
        if job is None:  # its project was deleted
            return
        body = shapes.job_out(job).model_dump_json()
        if body != sent:
            sent, silent = body, 0.0
            yield f"event: job\ndata: {body}\n\n"
        elif silent >= SPEAK_EVERY_SECONDS:
            silent = 0.0
            yield ": still here\n\n"
        if job.state not in jobs.ACTIVE:
            return
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        silent += LOOK_EVERY_SECONDS


def _own_job(request: Request) -> Job:
    job: Job = request.subject
    jobs.guard_own(job=job, actor=request.auth, role=request.role)
    return job


def _file_out(file: IngestedFile) -> IngestedFileOut:
    status = IngestedFile.Status(file.status).value
    return IngestedFileOut(
        position=file.position,
        path=file.path,
        status=status,  # type: ignore[arg-type]
        reason=file.reason,
        image=file.image_id,
        changed=file.changed,
    )
