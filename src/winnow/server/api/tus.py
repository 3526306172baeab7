"""Resumable uploads: tus 1.0 (https://tus.io), core protocol with the extensions creation and termination."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router

from winnow.errors import InvalidInput, NotFound
from winnow.server.api.route import Request, route, tus_metadata
from winnow.server.models import Project
from winnow.server.services import access, resumable

router = Router(tags=["uploads"])
VERSION = "1.0.0"
PIECE = 1 << 20
ONE = "/uploads/{upload_id}"


@route(router, "OPTIONS", "/uploads/", needs="public", operation_id="describeUploads", response={204: None})
def describe_uploads(request: HttpRequest) -> HttpResponse:
    """What this tus server can do."""
    extensions = {"Tus-Version": VERSION, "Tus-Extension": "creation,termination"}
    return _answer(204, extensions | {"Tus-Max-Size": str(settings.WINNOW_MAX_UPLOAD_BYTES)})


@route(
    router,
    "POST",
    "/uploads/",
    needs="manager",
    operation_id="startUpload",
    response={201: None},
    query={"project": "project_id"},
)
def start_upload(request: Request, project: int | None = None) -> HttpResponse:
    """Begin a resumable upload of a ZIP or a single file.

    `Upload-Length` says how long it is, `Upload-Metadata` its `filename`; the project is the query parameter
    `project` or a piece of the metadata. The answer's `Location` is where the bytes go.
    """
    name = tus_metadata(request).get("filename", "")
    length = _number(request, "Upload-Length")
    upload = resumable.start(project=request.project, actor=request.auth, name=name, length=length)
    return _answer(201, {"Location": f"/api/uploads/{upload.id}", "Upload-Offset": "0"})


@route(router, "HEAD", ONE, needs="signed-in", operation_id="inspectUpload", response={200: None})
def inspect_upload(request: Request, upload_id: str) -> HttpResponse:
    """How many bytes have come; `Winnow-Job` names the ingest job once all have."""
    upload = resumable.find(upload_id=upload_id, actor=request.auth)
    known = {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.length), "Cache-Control": "no-store"}
    return _answer(200, known if upload.job is None else known | {"Winnow-Job": str(upload.job)})


@route(router, "PATCH", ONE, needs="signed-in", operation_id="continueUpload", response={204: None})
def continue_upload(request: Request, upload_id: str) -> HttpResponse:
    """Add bytes at `Upload-Offset`. With the last of them the answer names the ingest job in `Winnow-Job`.

    A piece that is cut off is not kept: send pieces of some megabytes.
    """
    upload = resumable.find(upload_id=upload_id, actor=request.auth)
    project = Project.objects.filter(id=upload.project).first()
    if project is None:
        raise NotFound("The project of this upload is gone.")
    access.admit(user=request.auth, project=project, needs="manager")
    if request.content_type != "application/offset+octet-stream":
        raise InvalidInput("The bytes of an upload are sent as application/offset+octet-stream.")
    offset, size = _number(request, "Upload-Offset"), _number(request, "Content-Length")
    job = resumable.append(upload=upload, offset=offset, pieces=_pieces(request), project=project, actor=request.auth)
    headers = {"Upload-Offset": str(offset + size)}
    return _answer(204, headers if job is None else headers | {"Winnow-Job": str(job.id)})


@route(router, "DELETE", ONE, needs="signed-in", operation_id="abandonUpload", response={204: None})
def abandon_upload(request: Request, upload_id: str) -> HttpResponse:
    """Throw away what has come."""
    resumable.abandon(upload=resumable.find(upload_id=upload_id, actor=request.auth))
    return _answer(204, {})


def _answer(status: int, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(status=status, headers={"Tus-Resumable": VERSION, **headers})


def _number(request: HttpRequest, header: str) -> int:
    value = request.headers.get(header, "")
    if not value.isdecimal() or len(value) > 18:
        raise InvalidInput(f"The header {header} is missing or no number.")
    return int(value)


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    while piece := request.read(PIECE):
        yield piece
