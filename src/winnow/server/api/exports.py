"""Doors through which finished packages go out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import Query, Router

from winnow.server.api import shapes
from winnow.server.api.lists import Paging, each, page_of
from winnow.server.api.route import Request, binary, route
from winnow.server.api.schemas.common import Page
from winnow.server.api.schemas.exports import ExportIn, ExportOut
from winnow.server.api.schemas.jobs import JobOut
from winnow.server.models import Export
from winnow.server.services import export

router = Router(tags=["exports"])
PROJECT = "/projects/{int:project_id}/exports"
CHUNK = 1 << 20


@route(router, "POST", PROJECT, needs="manager", operation_id="requestExport", response={202: JobOut})
def request_export(request: Request, project_id: int, body: ExportIn | None = None) -> JobOut:
    """Pack images, index masks and a manifest into a ZIP."""
    given = body or ExportIn()
    job = export.request_export(
        project=request.project, actor=request.auth, include=given.include, export_format=given.format
    )
    return shapes.job_out(job)


@route(router, "GET", PROJECT, needs="member", operation_id="listExports", response={200: Page[ExportOut]})
def list_exports(request: Request, project_id: int, paging: Query[Paging]) -> Page[ExportOut]:
    """The finished packages of a project, newest first."""
    rows = request.project.exports.select_related("created_by")
    return page_of(rows, each(shapes.export_out), paging, newest_first=True)


@route(
    router,
    "GET",
    "/exports/{int:export_id}/download",
    needs="member",
    operation_id="downloadExport",
    response={200: None},
    openapi=binary("application/zip"),
)
def download_export(request: Request, export_id: int) -> StreamingHttpResponse:
    """The package itself, a ZIP."""
    row: Export = request.subject
    path = export.export_file(export=row)
    name = f"winnow-{row.project_id}-{row.id}.zip"
    headers = {
        "Content-Length": str(path.stat().st_size),
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
        "Cache-Control": "private, no-cache",
    }
    return StreamingHttpResponse(_chunks(path), content_type="application/zip", headers=headers)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    """The file piece by piece: a plain iterator would be read into memory whole under ASGI."""
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
