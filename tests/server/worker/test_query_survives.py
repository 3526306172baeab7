"""A query whose worker is killed goes on from what was looked at."""

from __future__ import annotations

from pathlib import Path

from winnow.active.committee import TrainedCommittee
from winnow.active.looking import SHARD
from winnow.server.models import Job, Project, Round
from winnow.server.worker.looks import FEW

from .conftest import Workers, wait_for
from .scenes import add_images, put_to_use


def test_a_killed_query_goes_on_from_what_was_looked_at(
    workers: Workers, project: Project, trained: TrainedCommittee, own_data_dir: Path
):
    count = FEW + 8 * SHARD  # processes look at them, in many steps
    add_images(project, count)
    put_to_use(project, trained)
    job = Job.objects.create(project=project, kind="query", payload={"K": 6, "k": 3})
    worker = workers.start()

    def files() -> dict[Path, int]:
        return {file: file.stat().st_mtime_ns for file in own_data_dir.glob("looks/*/*.npz")}

    wait_for(files, what="the first shard", seconds=120)
    workers.kill(worker)
    before = files()
    assert len(before) < count // SHARD
    workers.start()
    done = wait_for(lambda: (now := Job.objects.get(id=job.id)).finished_at and now, what="the end", seconds=120)
    assert (done.state, done.attempt) == ("succeeded", 2), done.message
    after = files()
    assert len(after) == count // SHARD
    assert {file: after[file] for file in before} == before
    assert Round.objects.get().picks.count() == 3
