"""An ingest that is killed, stopped, cancelled or meets a full disk, in real worker processes."""

from __future__ import annotations

import resource
import signal
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from winnow.server import storage
from winnow.server.models import Image, Job, Project
from winnow.server.worker.pictures import picture_of

from .conftest import Workers, wait_for
from .uploads import arrived, is_gone, png, zipped

FILES = 100


@pytest.fixture
def job(workers: Workers, project: Project) -> Job:  # noqa: ARG001 opens the database first
    """An upload large enough to be met in the middle."""
    return arrived(project, {"many.zip": zipped({f"{number:03d}.png": png(number) for number in range(FILES)})})


def fresh(job: Job) -> Job:
    return Job.objects.get(id=job.id)


def in_the_middle(job: Job) -> int:
    lines: int = wait_for(lambda: (n := job.files.count()) >= 10 and n, what="the first files")
    return lines


def ended(job: Job) -> Job:
    done: Job = wait_for(lambda: (now := fresh(job)).finished_at and now, what="the end of the job")
    return done


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_image_is_doubled_or_lost(
    number: signal.Signals, workers: Workers, job: Job, project: Project, own_data_dir: Path
):
    worker = workers.start()
    in_the_middle(job)
    worker.send_signal(number)
    worker.wait(timeout=30)
    before = set(project.images.values_list("id", flat=True))
    assert len(before) < FILES
    assert not is_gone(own_data_dir)
    workers.start()
    done = ended(job)
    assert (done.state, done.attempt) == ("succeeded", 2)
    assert done.result == {"images": FILES, "written": FILES, "refused": 0, "duplicates": 0, "quarantined": 0}
    assert sorted(job.files.values_list("position", flat=True)) == list(range(FILES))
    assert sorted(project.images.values_list("name", flat=True)) == [f"{n:03d}.png" for n in range(FILES)]
    assert before < set(project.images.values_list("id", flat=True))
    assert all(picture_of(image).height == 16 for image in project.images.all())
    assert is_gone(own_data_dir)


def test_cancel_keeps_what_is_in_and_drops_the_upload(workers: Workers, job: Job, own_data_dir: Path):
    worker = workers.start()
    in_the_middle(job)
    with transaction.atomic():  # or it might be stopped with the database's lock in its hands
        Job.objects.filter(id=job.id).update(cancel_requested=True)
        worker.send_signal(signal.SIGSTOP)  # or it may be done before it hears of it
    wait_for(lambda: fresh(job).lease_until < timezone.now(), what="its heartbeat to be due")
    worker.send_signal(signal.SIGCONT)
    done = ended(job)
    assert done.state == "cancelled"
    assert 0 < job.files.count() < FILES
    assert f"{job.files.count()} of its files had come in before and stay" in done.message
    assert Image.objects.count() == job.files.count() == done.result["images"] == done.result["written"]
    assert is_gone(own_data_dir)


def limit_file_size() -> None:
    """From here on, a file of this process that would grow over 4 MiB meets a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))


def test_a_full_disk_fails_the_job_and_leaves_nothing_half(workers: Workers, project: Project, own_data_dir: Path):
    files = {"small.png": png(1), "large.png": png(2, size=2400, noise=True), "after.png": png(3)}
    job = arrived(project, files)
    workers.start(preexec_fn=limit_file_size)
    done = ended(job)
    assert (done.state, done.error) == ("failed", "StorageFull")
    assert "disk is full" in done.message
    assert "1 of its files had come in before and stay" in done.message
    assert [picture_of(image).pixels.shape for image in project.images.all()] == [(16, 16)]
    assert list(job.files.values_list("path", "status")) == [("small.png", "written")]
    assert is_gone(own_data_dir)
    named = {path.name for path in storage.blobs.root.glob("??/*")}
    assert named == {image.pixels for image in project.images.all()}
