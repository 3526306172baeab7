"""What a handler may write about its job, and what it may not."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from winnow.errors import JobCancelled, JobStopped, LeaseLost, NotFound, OutOfMemory, StorageFull, UnreadableFile
from winnow.server import storage
from winnow.server.models import Event as AuditLine
from winnow.server.models import Job, Project
from winnow.server.worker import context as context_module
from winnow.server.worker.claim import claim
from winnow.server.worker.context import LOG_CHARACTERS, JobContext
from winnow.server.worker.faults import explain
from winnow.server.worker.tidy import tidy

Running = Callable[..., JobContext]


@pytest.fixture
def context(project: Project, running: Running) -> JobContext:
    return running(project, "export")


def row(context: JobContext) -> Job:
    return Job.objects.get(id=context.job.id)


def test_progress_is_written_once_a_second_at_most(
    transactional_db: None,  # noqa: ARG001 inside a transaction, progress waits for its end
    project: Project,
    running: Running,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Any,
):
    monkeypatch.setattr(context_module, "WRITE_SECONDS", 3600.0)
    context = running(project, "export")
    with django_assert_num_queries(1):
        for step in range(20):
            context.progress(step / 40, f"step {step}")
    assert row(context).message == "step 0"
    context._written_at -= 3600.0
    context.progress(0.9)
    assert (row(context).message, row(context).progress) == ("step 19", 0.9)


def test_progress_never_goes_back(context: JobContext):
    context._reached = 0.6
    context.progress(0.2, "again")
    context.succeed({}, "Done.")
    assert row(context).progress == 1.0
    again = JobContext(Job(id=0, project=context.project, progress=0.6, payload={}))
    again._written_at = float("inf")
    again.progress(0.2)
    assert again._unwritten["progress"] == 0.6
    again.progress(7.0)
    assert again._unwritten["progress"] == 1.0


def test_the_log_is_bounded_and_one_line_is_one_line(context: JobContext):
    context.log("first\nline")
    assert context._log.endswith("first line\n")
    assert context._log.count("\n") == 1
    for number in range(3000):
        context.log(f"{number:05d} " + "x" * 60)
    context.succeed({}, "Done.")
    log = row(context).log
    assert len(log) <= LOG_CHARACTERS
    assert "first line" not in log
    assert log.endswith("succeeded: Done.\n")
    assert log[:2].isdigit()


@pytest.mark.parametrize("change", [{"attempt": 2}, {"state": "queued"}, {"state": "cancelled"}])
def test_every_write_is_fenced(context: JobContext, change: dict[str, Any]):
    Job.objects.filter(id=context.job.id).update(**change)
    before = Job.objects.filter(id=context.job.id).values().get()
    writes: list[Callable[[], object]] = [
        lambda: context.write(message="mine"),
        lambda: context.succeed({"network": 1}, "Done."),
        lambda: context.fail(NotFound("gone")),
        context.cancel,
        context.hand_back,
        lambda: context.fenced().__enter__(),
    ]
    for write in writes:
        with pytest.raises(LeaseLost):
            write()
    with pytest.raises(LeaseLost):
        context.progress(0.5, "mine")
    assert Job.objects.filter(id=context.job.id).values().get() == before


def test_what_a_transaction_holds_goes_with_the_lease(context: JobContext):
    Job.objects.filter(id=context.job.id).update(attempt=2)
    with pytest.raises(LeaseLost), context.transaction():
        AuditLine.objects.create(actor="a", action="b", subject="c")
    assert not AuditLine.objects.exists()


def test_a_failed_transaction_stores_nothing(context: JobContext):
    def store() -> None:
        with context.transaction():
            context.record("network.train", "network 1")
            context.succeed({"network": 1}, "Done.")
            raise StorageFull("full")

    with pytest.raises(StorageFull):
        store()
    assert (row(context).state, row(context).result) == ("running", {})
    assert not AuditLine.objects.exists()
    context.hand_back()
    back = row(context)
    assert (back.state, back.result, back.finished_at, back.progress) == ("queued", {}, None, 0)


@pytest.mark.parametrize(("flag", "error"), [("lost", LeaseLost), ("cancelled", JobCancelled), ("stop", JobStopped)])
def test_check_tells_why_to_end(context: JobContext, flag: str, error: type[JobStopped]):
    assert context.should_stop() is False
    getattr(context, flag).set()
    with pytest.raises(error) as raised:
        context.check()
    assert type(raised.value) is error


def test_a_job_cancelled_before_its_second_attempt_stops_at_once(project: Project):
    Job.objects.create(project=project, kind="export", cancel_requested=True)
    job = claim("long", worker="w")
    assert job is not None
    with pytest.raises(JobCancelled):
        JobContext(job, stop=Event()).check()


def test_the_oldest_job_of_the_lane_is_claimed_first(project: Project):
    first, second, quick = (
        Job.objects.create(project=project, kind="export", lane=lane) for lane in ("long", "long", "quick")
    )
    assert [claim("long", worker="w"), claim("long", worker="w"), claim("long", worker="w")] == [first, second, None]
    assert claim("quick", worker="w") == quick
    claimed = Job.objects.get(id=first.id)
    assert (claimed.state, claimed.attempt, claimed.worker, claimed.deaths) == ("running", 1, "w", 0)
    assert claimed.lease_until > timezone.now()


def test_only_a_lease_that_ran_out_is_taken_over(project: Project):
    later = timezone.now() + timedelta(seconds=60)
    job = Job.objects.create(project=project, kind="export", state="running", attempt=1, lease_until=later)
    assert claim("long", worker="w") is None
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    taken = claim("long", worker="w")
    assert taken == job
    assert (taken.attempt, taken.deaths) == (2, 1)


@pytest.mark.parametrize(
    ("raised", "named"),
    [
        (OSError(errno.ENOSPC, "no space"), StorageFull),
        (OSError(errno.EDQUOT, "quota"), StorageFull),
        (OSError(errno.EFBIG, "too big"), StorageFull),
        (OperationalError("database or disk is full"), StorageFull),
        (MemoryError(), OutOfMemory),
        (UnreadableFile("cut off"), UnreadableFile),
        (OSError(errno.EIO, "broken"), None),
        (OperationalError("locked"), None),
        (ValueError("x"), None),
    ],
)
def test_errors_are_named_for_people(raised: Exception, named: type[Exception] | None):
    explained = explain(raised)
    assert (explained and type(explained)) == named


def test_tidy_removes_what_nobody_needs(project: Project, own_data_dir: Path):
    def job(state: str, upload: str) -> Job:
        made = Job.objects.create(project=project, kind="ingest", state=state, payload={"incoming": upload})
        (storage.scratch(made.id) / "x").touch()
        (storage.incoming(upload) / "0").touch()
        return made

    _, waiting = job("failed", "aa"), job("queued", "bb")
    for name, age in (("arriving", 0), ("cutoff", 2 * 24 * 3600)):
        (storage.incoming(name) / "0").touch()
        loose = own_data_dir / "incoming" / f"{name}.upload"
        loose.touch()
        for path in (storage.incoming(name) / "0", storage.incoming(name), loose):
            os.utime(path, (time.time() - age, time.time() - age))
    tidy()
    assert {path.name for path in (own_data_dir / "incoming").iterdir()} == {"bb", "arriving", "arriving.upload"}
    assert {path.name for path in (own_data_dir / "jobs").iterdir()} == {str(waiting.id)}
