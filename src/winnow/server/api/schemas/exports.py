"""Exports."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema


class ExportIn(Schema):
    format: Literal["png"] = "png"
    include: list[Literal["submitted", "accepted", "auto"]] = ["submitted", "accepted", "auto"]


class ExportOut(Schema):
    id: int
    format: str
    options: dict[str, Any]
    bytes: int
    images: int
    created_by: str | None
    created_at: datetime
