"""Looking at many images, in shards that survive a killed worker and are never looked at twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from winnow.active.committee import Committee
from winnow.active.looking import SHARD, Row, look_cold, look_with
from winnow.compute import make_executor
from winnow.compute.executor import Executor
from winnow.compute.serial import SerialExecutor
from winnow.errors import CorruptData, InvalidInput, NotFound
from winnow.imaging.picture import Picture
from winnow.server.models import Image, Network
from winnow.server.worker.automatic import committee_of
from winnow.server.worker.context import JobContext
from winnow.server.worker.kept import Kept, keys_of
from winnow.server.worker.pictures import picture_of

FEW = 2 * SHARD  # images that are looked at before a process has started


def gather(
    context: JobContext, ids: Sequence[int], *, network: Network | None, dropout: bool = False
) -> dict[str, NDArray[Any]]:
    """The looks at these images, (N, ...) each, with their ``ids`` (N,); what cannot be read is left out.

    network : whose committee looks; None for a cold start
    dropout : with the numbers of MC dropout
    """
    keys = keys_of(ids)
    kept = Kept(network, dropout=dropout)
    known, _ = kept.read()
    missing = [image_id for image_id in ids if image_id in keys and keys[image_id] not in known]
    if missing:
        _look(context, missing, keys, kept, network=network, dropout=dropout)
    known, columns = kept.read()
    found = [image_id for image_id in ids if keys.get(image_id) in known]
    places = [known[keys[image_id]] for image_id in found]
    return {"ids": np.array(found, np.int64)} | {name: column[places] for name, column in columns.items()}


def _look(
    context: JobContext,
    ids: list[int],
    keys: dict[int, bytes],
    kept: Kept,
    *,
    network: Network | None,
    dropout: bool,
) -> None:
    committee = committee_of(network) if network else None
    shards = _Shards(context, ids, committee)

    def keep(index: int, rows: list[Row]) -> None:
        kept.add([keys[image_id] for image_id in shards.read.pop(index)], rows)

    def say(share: float) -> None:
        context.progress(share, f"looking at image {min(int(share * len(ids)) + 1, len(ids))} of {len(ids)}")

    _executor(len(ids)).run(
        look_with(committee, dropout=dropout) if committee else look_cold,
        shards,
        on_progress=say,
        should_stop=context.should_stop,
        on_result=keep,
    )


def _executor(images: int) -> Executor:
    if images <= FEW:
        return SerialExecutor()
    address = settings.WINNOW_DASK_SCHEDULER
    return make_executor("dask" if address else "local", scheduler=address)


class _Shards(Sequence[list[Picture]]):
    """The pictures of these images, read when their turn comes; an image that cannot be used is named and left out.

    read : of each shard that is under way, the ids of the pictures in it
    """

    def __init__(self, context: JobContext, ids: list[int], committee: Committee | None) -> None:
        self.read: dict[int, list[int]] = {}
        self._context = context
        self._ids = [ids[start : start + SHARD] for start in range(0, len(ids), SHARD)]
        self._channels = committee.networks[0].config.channels if committee else 3

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, index: Any) -> Any:
        images = Image.objects.in_bulk(self._ids[index])
        opened = {image_id: self._open(image) for image_id, image in sorted(images.items())}
        pictures = {image_id: picture for image_id, picture in opened.items() if picture is not None}
        self.read[index] = list(pictures)
        return list(pictures.values())

    def _open(self, image: Image) -> Picture | None:
        why = "the network in use has learned from grey images; this image is in colour."
        try:
            if image.channels <= self._channels:
                return picture_of(image)
        except (CorruptData, NotFound, InvalidInput) as error:
            why = error.message
        self._context.log(f"image {image.id} is left out: {why}")
        return None
