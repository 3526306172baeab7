"""Files whose pixels wait for a manager."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Field, Schema


class QuarantinedOut(Schema):
    """A file whose pixels wait for a manager. ``regions`` are ``[left, top, width, height]`` where text was found."""

    id: int
    job: int = Field(description="the ingest it came with")
    path: str
    reason: str
    regions: list[list[int]]
    frames: int
    height: int
    width: int
    modality: str
    created_at: datetime
    expires_at: datetime = Field(description="when it is deleted if nobody decides")


class ReleaseIn(Schema):
    regions: list[Annotated[list[int], Field(min_length=4, max_length=4)]] = Field(
        max_length=1000, description="`[left, top, width, height]` in pixels, to blank in every frame"
    )
