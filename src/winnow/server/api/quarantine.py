"""Doors for what waits in quarantine: see why, look, blank regions and release, or delete. Managers only."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpResponse
from ninja import Query, Router

from winnow.imaging.files import preview_png
from winnow.server.api import shapes
from winnow.server.api.lists import Paging, each, page_of
from winnow.server.api.route import Request, binary, route
from winnow.server.api.schemas.common import Page
from winnow.server.api.schemas.jobs import JobOut
from winnow.server.api.schemas.quarantine import QuarantinedOut, ReleaseIn
from winnow.server.models import Quarantined
from winnow.server.services import quarantine

router = Router(tags=["quarantine"])
ALL = "/projects/{int:project_id}/quarantine"
ONE = ALL + "/{int:number}"
PNG = "image/png"


@route(router, "GET", ALL, needs="manager", operation_id="listQuarantine", response={200: Page[QuarantinedOut]})
def list_quarantine(request: Request, project_id: int, paging: Query[Paging]) -> Page[QuarantinedOut]:
    """The files whose pixels wait for a manager, and why."""
    rows = request.project.quarantine.filter(state=Quarantined.State.WAITING).select_related("file")
    return page_of(rows, each(_out), paging)


@route(
    router,
    "GET",
    f"{ONE}/picture.png",
    needs="manager",
    operation_id="lookAtQuarantined",
    response={200: None},
    openapi=binary(PNG),
)
def look_at_quarantined(request: Request, project_id: int, number: int, frame: int = 1) -> HttpResponse:
    """One of its pictures (`?frame=`, from 1) as 8-bit PNG in full size. Looking is written into the audit log."""
    item = quarantine.find(project=request.project, number=number)
    picture = quarantine.look(item=item, frame=frame, actor=request.auth)
    png = preview_png(picture, longest=max(picture.width, picture.height))
    return HttpResponse(
        png, content_type=PNG, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    )


@route(router, "POST", f"{ONE}/release", needs="manager", operation_id="releaseQuarantined", response={202: JobOut})
def release_quarantined(request: Request, project_id: int, number: int, body: ReleaseIn) -> JobOut:
    """Blank the regions in every frame, then let it come in; answers the job that does it."""
    item = quarantine.find(project=request.project, number=number)
    return shapes.job_out(quarantine.release(item=item, regions=body.regions, actor=request.auth))


@route(router, "DELETE", ONE, needs="manager", operation_id="deleteQuarantined", response={204: None})
def delete_quarantined(request: Request, project_id: int, number: int) -> None:
    """Delete its pixels for good; the account of the upload keeps the reason."""
    quarantine.delete(item=quarantine.find(project=request.project, number=number), actor=request.auth)


def _out(item: Quarantined) -> QuarantinedOut:
    return QuarantinedOut(
        id=item.id,
        job=item.file.job_id,
        path=item.file.path,
        reason=item.file.reason,
        regions=item.regions,
        frames=item.frames,
        height=item.height,
        width=item.width,
        modality=item.modality,
        created_at=item.created_at,
        expires_at=item.created_at + timedelta(days=settings.WINNOW_QUARANTINE_DAYS),
    )
