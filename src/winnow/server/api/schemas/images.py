"""An image and what is done to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Field, Schema

from winnow.server.api.schemas.common import ImageState


class ImageOut(Schema):
    """``dtype`` uint8 | uint16 | int16, little-endian; ``channels`` 1 or 3; ``window`` [centre, width]."""

    id: int
    project: int
    series: int | None
    index: int
    name: str
    state: ImageState
    note: str = Field(description="what the reviewer said when returning it, or why it was skipped")
    comment: str = Field(description="what who drew it says to the reviewer")
    version: int
    height: int
    width: int
    channels: int
    dtype: str
    modality: str
    spacing_mm: list[float] | None
    window: list[float]
    origin_mm: list[float] | None = Field(
        description="x, y, z of the first pixel's centre in the patient (PS3.3 C.7.6.2.1.1)"
    )
    orientation: list[float] | None = Field(description="directions of a row, then of a column, in the patient")
    blanked: list[list[int]] = Field(description="regions overwritten because of text: [left, top, width, height]")
    patient: str
    held_out: bool = Field(description="its patient belongs to the frozen test set")
    annotation: dict[str, Any] | None = Field(
        description="newest by a person: author, at, class_pixels, purpose, provenance (docs/reference/metrics.md)"
    )
    automatic: dict[str, Any] | None = Field(
        description="newest by a network: network, quality (its estimate of the mean Dice) and quality_interval (90 %), at, "
        "class_pixels, uncertainty and probabilities (whether there are such maps)"
    )
    pick: dict[str, Any] | None = Field(description="newest pick: round, rank, scores, leased_to")
    blind: bool = Field(description="to be drawn without suggestion: `automatic` is null until it is submitted")


class WindowOut(Schema):
    """A window that the image's file names: in the units of its pixels, with the file's word for it, or ""."""

    centre: float
    width: float
    name: str


class MaskSaved(Schema):
    version: int
    state: ImageState


class CommentIn(Schema):
    comment: str = Field(max_length=2000)


class PageName(Schema):
    page: str = Field(pattern=r"^[\w.-]{8,64}$", description="a random name the page gave itself")


class PresenceIn(PageName):
    drawing: bool = True


class PresenceOut(Schema):
    """Another page that shows the image; ``page`` is its name where it is mine, else null."""

    name: str
    mine: bool
    page: str | None
    drawing: bool
    since: datetime


class SkipIn(Schema):
    reason: str = Field(min_length=1, max_length=500)


class RejectIn(Schema):
    comment: str = Field("", max_length=2000)
