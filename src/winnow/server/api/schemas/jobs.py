"""A job, and what an ingest did to each file."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Schema

JobState = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class JobOut(Schema):
    id: int
    project: int
    kind: str
    state: JobState
    progress: float
    message: str
    result: dict[str, Any]
    error: str
    log: str
    attempt: int
    cancel_requested: bool
    created_by: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds_left: float | None = Field(description="from measured speed; null while unknown")


class UploadOut(JobOut):
    """The ingest job of an upload."""

    sha256: list[str] = Field(description="of each file as it arrived, in hex; told here only")


class FoundUpload(Schema):
    """An upload that a file was part of: its ingest job, and the file's place in it."""

    job: int
    file: int
    bytes: int


class IngestedFileOut(Schema):
    """``position`` counts the files of the upload, ``changed`` the attributes that de-identification changed."""

    position: int
    path: str
    status: Literal["written", "refused", "duplicate", "quarantined", "index", "missing"]
    reason: str
    image: int | None
    changed: int


class ChangeOut(Schema):
    """What was done to an attribute: X removed, Z emptied, D dummy value, U new UID, C cleaned."""

    tag: str
    keyword: str = Field("", description="empty for private attributes")
    action: Literal["X", "Z", "D", "U", "C"]
    old: str = Field(description="the value that was there, hashed with the project's key")
    path: str = Field("", description="of the item it stood in, where it was nested")
    regions: list[list[int]] = Field([], description="of pixels, blanked because of text: [left, top, width, height]")
