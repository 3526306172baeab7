"""Looking at many images one by one, in steps that survive a killed worker."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winnow.active.committee import Committee
from winnow.active.descriptors import describe
from winnow.errors import CorruptData, InvalidInput, NotFound
from winnow.imaging.picture import Picture
from winnow.server.models import Image
from winnow.server.storage import write_atomically
from winnow.server.worker.context import JobContext
from winnow.server.worker.pictures import picture_of

CHUNK = 32
Row = dict[str, Any]
Look = Callable[[Picture], Row]


def look_cold(picture: Picture) -> Row:
    """What can be said without a network."""
    return {"descriptors": describe(picture)}


def look_with(committee: Committee) -> Look:
    """What the committee says in numbers; masks and maps are made again for the few that are chosen."""

    def look(picture: Picture) -> Row:
        return committee.examine(picture).signals()

    return look


def gather(context: JobContext, ids: Sequence[int], *, name: str, look: Look) -> dict[str, NDArray[Any]]:
    """The looks at these images, (N, …) each, with their ``ids`` (N,); what cannot be read is left out.

    Every CHUNK images are written to the job's scratch folder under ``name``: the next attempt reads them there.
    """
    parts = []
    for start in range(0, len(ids), CHUNK):
        path = context.scratch / f"{name}-{start}.npz"
        if not path.exists():
            _save(path, _look_at(context, ids, start, look))
        with np.load(path) as stored:
            parts.append(dict(stored))
    parts = [part for part in parts if len(part["ids"])]
    if not parts:
        return {"ids": np.empty(0, np.int64)}
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def _look_at(context: JobContext, ids: Sequence[int], start: int, look: Look) -> list[Row]:
    chunk = ids[start : start + CHUNK]
    images = Image.objects.in_bulk(chunk)
    rows = []
    for place, image_id in enumerate(chunk, start):
        context.progress(place / len(ids), f"looking at image {place + 1} of {len(ids)}")
        if image_id not in images:
            continue  # deleted since
        try:
            rows.append({"ids": image_id, **look(picture_of(images[image_id]))})
        except (CorruptData, NotFound, InvalidInput) as error:
            context.log(f"image {image_id} is left out: {error.message}")
    return rows


def _save(path: Path, rows: list[Row]) -> None:
    columns: dict[str, Any] = {"ids": np.empty(0, np.int64)}
    if rows:
        columns = {key: np.stack([np.asarray(row[key]) for row in rows]) for key in rows[0]}
    buffer = io.BytesIO()
    np.savez(buffer, **columns)
    write_atomically(path, buffer.getvalue())
