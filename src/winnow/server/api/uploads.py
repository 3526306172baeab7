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
from winnow.server.api.schemas.jobs import JobOut
from winnow.server.models import Job
from winnow.server.services import ingest

router = Router(tags=["uploads"])


@route(
    router,
    "POST",
    "/projects/{int:project_id}/uploads",
    needs="manager",
    operation_id="uploadFiles",
    response={202: JobOut},
)
def upload_files(request: Request, project_id: int, file: File[list[UploadedFile]]) -> JobOut:
    """Upload a ZIP, or one or several files (DICOM, PNG, JPEG), each as a part named `file`.

    The answer is the ingest job; what became of each file is at `/api/jobs/{id}/files`.
    """
    return shapes.job_out(take_in(request, file))


def take_in(request: Request, files: Sequence[UploadedFile]) -> Job:
    """The parts of a multipart body, which lie on the disk already (settings.FILE_UPLOAD_HANDLERS)."""
    named = [
        (upload.name or f"file {number}", Path(cast("TemporaryUploadedFile", upload).temporary_file_path()))
        for number, upload in enumerate(files)
    ]
    return ingest.accept_upload(project=request.project, files=named, actor=request.auth)
