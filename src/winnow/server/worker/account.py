"""What is said of each file of an upload: one line in the account."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from winnow.errors import CannotDeidentify, WinnowError
from winnow.server.models import Image, IngestedFile
from winnow.server.services.report import packed
from winnow.server.worker.arrivals import Arrival
from winnow.server.worker.context import JobContext
from winnow.server.worker.quarantine import keep
from winnow.server.worker.reading import Reader

logger = logging.getLogger(__name__)
Status = IngestedFile.Status


def reason_of(new: int, images: int, twin: Image | None) -> str:
    """Nothing to say of an ordinary file."""
    if twin is not None and not new:
        return f"The same pixels are there already: {twin.name}."
    if twin is not None:
        return f"{new} of {images} frames; the others are there already."
    return f"{images} frames" if images > 1 else ""


def refuse(context: JobContext, arrival: Arrival, reader: Reader, error: Exception) -> None:
    """One line in the account. Messages of our own errors name nobody; what others say may quote the file."""
    reason = error.message if isinstance(error, WinnowError) else "The file is damaged in a way that nobody foresaw."
    status = Status.QUARANTINED if isinstance(error, CannotDeidentify) else Status.REFUSED
    if not isinstance(error, WinnowError):
        logger.warning("job %d: file %d: %s", context.job.id, arrival.position, type(error).__name__)
    regions = error.detail.get("regions") if isinstance(error, CannotDeidentify) else None
    item = keep(reader.held(arrival)) if regions is not None else None
    with context.transaction():
        row = line(context, arrival.position, path=reader.scrub(arrival.path), status=status, reason=reason)
        if item is not None:
            item.project, item.file, item.regions = context.project, row, regions or []
            item.save()
    context.log(f"file {arrival.position + 1} {status}: {reason}")


def line(
    context: JobContext,
    position: int,
    *,
    path: str,
    status: Status,
    reason: str,
    image: Image | None = None,
    changes: Sequence[dict[str, Any]] = (),
) -> IngestedFile:
    return IngestedFile.objects.create(
        job=context.job,
        position=position,
        path=path,
        status=status,
        reason=reason[:500],
        image=image,
        changed=len(changes),
        changes=packed(changes),
    )
