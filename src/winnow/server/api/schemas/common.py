"""What many shapes share: an error, a page of a list, roles and states."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from ninja import Schema

T = TypeVar("T")

Role = Literal["manager", "annotator", "reviewer"]
ImageState = Literal["unlabelled", "picked", "draft", "submitted", "accepted", "rejected", "auto", "skipped"]


class ErrorOut(Schema):
    """Every error has this shape. ``error`` is a class of winnow.errors."""

    error: str
    message: str
    detail: dict[str, Any]


class Page(Schema, Generic[T]):
    """A page of a list: pass ``next`` as ``?cursor=`` for the following one; null at the end."""

    items: list[T]
    next: str | None
