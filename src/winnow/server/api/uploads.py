"""Doors through which images come in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from django.core.files.uploadedfile import TemporaryUploadedFile
from ninja import File, Router
from ninja.files import UploadedFile

from winnow.server.api import shapes
from winnow.server.api.route import Request, route
from winnow.server.api.schemas.jobs import FoundUpload, UploadOut
from winnow.server.models import Job
from winnow.server.services import digests, ingest

router = Router(tags=["uploads"])
UPLOADS = "/projects/{int:project_id}/uploads"


@route(router, "POST", UPLOADS, needs="manager", operation_id="uploadFiles", response={202: UploadOut})
def upload_files(request: Request, project_id: int, file: File[list[UploadedFile]]) -> UploadOut:
    """Upload a ZIP, or one or several files (DICOM, PNG, JPEG), each as a part named `file`.

    The answer is the ingest job, with the SHA-256 of each file as it arrived; what became of each file is at
    `/api/jobs/{id}/files`.
    """
    job = take_in(request, file)
    return UploadOut(**shapes.job_out(job).model_dump(), sha256=_digests(file))


@route(router, "GET", UPLOADS, needs="manager", operation_id="findUpload", response={200: list[FoundUpload]})
def find_upload(request: Request, project_id: int, sha256: str) -> list[FoundUpload]:
    """Which uploads a file was part of, by the SHA-256 that its sender has of it; newest first.

    Of what was uploaded only a hash with the project's key is stored: who does not have the file learns nothing.
    """
    found = digests.find_sent(project=request.project, sha256=sha256)
    return [FoundUpload(job=job.id, file=place, bytes=digests.sent(job)[place]["bytes"]) for job, place in found]


def take_in(request: Request, files: Sequence[UploadedFile]) -> Job:
    """The parts of a multipart body, which lie on the disk already (api/hashed.py)."""
    named = [
        (upload.name or f"file {number}", Path(cast("TemporaryUploadedFile", upload).temporary_file_path()))
        for number, upload in enumerate(files)
    ]
    return ingest.accept_upload(project=request.project, files=named, actor=request.auth, digests=_digests(files))


def _digests(files: Sequence[UploadedFile]) -> list[str]:
    return [vars(upload)["sha256"] for upload in files]
