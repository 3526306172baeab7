"""Looking at many pictures in shards, as tasks of an executor: side by side where there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from winnow.active.descriptors import describe
from winnow.compute.executor import Executor, Report, Work
from winnow.imaging.picture import Picture

if TYPE_CHECKING:  # a cold start needs no networks, and so no torch
    from winnow.active.examination import Committee

SHARD = 16  # pictures in a task
Row = dict[str, Any]  # what is said about one picture, under the names of the ``pool.Pool`` arrays


def look_cold(pictures: Sequence[Picture], report: Report) -> list[Row]:
    """What can be said without a network: the descriptors of a cold start."""
    rows = []
    for picture in pictures:
        rows.append({"descriptors": describe(picture)})
        report(len(rows) / len(pictures))
    return rows


def look_with(committee: Committee, *, dropout: bool = False) -> Work:
    """What the committee says in numbers (``Committee.look_many``), as work on shards of pictures."""
    for network in committee.networks:
        network.cpu()  # pickled: who opens it may have no GPU
    return partial(_look, committee, dropout)


def look_at(
    pictures: Sequence[Picture],
    *,
    committee: Committee,
    executor: Executor,
    dropout: bool = False,
    on_progress: Callable[[float], None] = lambda _share: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[Row]:
    """A row for each picture, in their order; on CPUs the same whatever the executor.

    raises : InvalidInput as ``Committee.look_many``, and what ``Executor.run`` does
    """
    shards = [pictures[start : start + SHARD] for start in range(0, len(pictures), SHARD)]
    work = look_with(committee, dropout=dropout)
    answers = executor.run(work, shards, on_progress=on_progress, should_stop=should_stop)
    return [row for rows in answers for row in rows]


def _look(committee: Committee, dropout: bool, pictures: Sequence[Picture], report: Report) -> list[Row]:
    rows = []
    for look in committee.look_many(pictures, dropout=dropout):
        rows.append(look.signals())
        report(len(rows) / len(pictures))
    return rows
