"""Long lists, one page at a time: a cursor stays right while rows are added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db.models import Model, QuerySet
from ninja import Field, Schema

from winnow.errors import InvalidInput
from winnow.server.api.schemas.common import Page

Row = TypeVar("Row", bound=Model)
Shape = TypeVar("Shape")


class Paging(Schema):
    """Which page of a list."""

    cursor: str | None = Field(None, description="`next` of the page before")
    limit: int = Field(100, ge=1, le=1000)


def page_of(
    rows: QuerySet[Row],
    shape: Callable[[Sequence[Row]], list[Shape]],
    paging: Paging,
    *,
    newest_first: bool = False,
) -> Page[Shape]:
    """A page of ``rows`` in the order of their ids, each made into its shape. Raises InvalidInput for a bad cursor."""
    if paging.cursor is not None:
        if not paging.cursor.isdecimal() or len(paging.cursor) > 18:
            raise InvalidInput("The cursor is not one that a list of this kind gave out.")
        after = "id__lt" if newest_first else "id__gt"
        rows = rows.filter(**{after: int(paging.cursor)})
    found = list(rows.order_by("-id" if newest_first else "id")[: paging.limit + 1])
    shown = found[: paging.limit]
    more = len(found) > paging.limit
    return Page(items=shape(shown), next=str(shown[-1].pk) if more else None)


def each(shape: Callable[[Row], Shape]) -> Callable[[Sequence[Row]], list[Shape]]:
    """The shape of a page from the shape of one row."""
    return lambda rows: [shape(row) for row in rows]
