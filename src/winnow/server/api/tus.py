"""Resumable uploads: tus 1.0 (https://tus.io), core protocol with creation, termination and checksum."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router

from winnow.errors import ChecksumUnknown, InvalidInput, NotFound
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
    known = {"Tus-Version": VERSION, "Tus-Extension": "creation,termination,checksum"}
    known |= {"Tus-Checksum-Algorithm": "sha256", "Tus-Max-Size": str(settings.WINNOW_MAX_UPLOAD_BYTES)}
    return _answer(204, known)


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
    """How many bytes have come; `Winnow-Job` names the ingest job once all have, `Winnow-SHA256` their hash."""
    upload = resumable.find(upload_id=upload_id, actor=request.auth)
    known = {"Upload-Length": str(upload.length), "Cache-Control": "no-store"}
    return _answer(200, known | _state(upload))


@route(router, "PATCH", ONE, needs="signed-in", operation_id="continueUpload", response={204: None})
def continue_upload(request: Request, upload_id: str) -> HttpResponse:
    """Add bytes at `Upload-Offset`. With the last of them the answer names the ingest job in `Winnow-Job`.

    It then holds the SHA-256 of the whole upload, too, in hex as `Winnow-SHA256`. `Upload-Checksum: sha256 BASE64` has
    these bytes checked: 460 when they are damaged. A piece that is cut off or damaged is not kept: send pieces of
    some megabytes.
    """
    upload = resumable.find(upload_id=upload_id, actor=request.auth)
    project = Project.objects.filter(id=upload.project).first()
    if project is None:
        raise NotFound("The project of this upload is gone.")
    access.admit(user=request.auth, project=project, needs="manager")
    if request.content_type != "application/offset+octet-stream":
        raise InvalidInput("The bytes of an upload are sent as application/offset+octet-stream.")
    upload = resumable.append(
        upload=upload,
        offset=_number(request, "Upload-Offset"),
        pieces=_pieces(request),
        project=project,
        actor=request.auth,
        sha256=_checksum(request),
    )
    return _answer(204, _state(upload))


@route(router, "DELETE", ONE, needs="signed-in", operation_id="abandonUpload", response={204: None})
def abandon_upload(request: Request, upload_id: str) -> HttpResponse:
    """Throw away what has come."""
    resumable.abandon(upload=resumable.find(upload_id=upload_id, actor=request.auth))
    return _answer(204, {})


def _answer(status: int, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(status=status, headers={"Tus-Resumable": VERSION, **headers})


def _state(upload: resumable.Upload) -> dict[str, str]:
    """How far an upload is; of one that has come whole also what became of it."""
    known = {"Upload-Offset": str(upload.received)}
    if upload.job is not None:
        known["Winnow-Job"] = str(upload.job)
    if upload.sha256:
        known["Winnow-SHA256"] = upload.sha256
    return known


def _checksum(request: HttpRequest) -> bytes | None:
    """The SHA-256 that the header Upload-Checksum gives; None without the header."""
    given = request.headers.get("Upload-Checksum")
    if given is None:
        return None
    algorithm, _, value = given.strip().partition(" ")
    if algorithm != "sha256":
        raise ChecksumUnknown("The checksum of a piece is its SHA-256: `Upload-Checksum: sha256 BASE64`.")
    try:
        digest = b64decode(value.strip(), validate=True)
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise InvalidInput("The header Upload-Checksum holds no SHA-256 in base64.")
    return digest


def _number(request: HttpRequest, header: str) -> int:
    value = request.headers.get(header, "")
    if not value.isdecimal() or len(value) > 18:
        raise InvalidInput(f"The header {header} is missing or no number.")
    return int(value)


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    while piece := request.read(PIECE):
        yield piece
