"""Jobs survive: real processes, killed, stopped and cancelled in the middle."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from winnow.server.models import Job, Project

from .conftest import LEASE_SECONDS, Workers, wait_for


@pytest.fixture
def counting(workers: Workers, tmp_path: Path) -> Callable[..., Job]:  # noqa: ARG001 opens the database first
    """A job of steps.py, held at step 3 of 6 until ``open_gate``."""
    project = Project.objects.create(name="Steps", labels=[])

    def make(name: str = "job", **payload: Any) -> Job:
        payload = {"steps": 6, "hold": 3, "trace": str(tmp_path / name), "gate": str(tmp_path / "gate")} | payload
        lane = payload.pop("lane", "long")
        return Job.objects.create(project=project, kind="ingest", lane=lane, payload=payload)

    return make


def trace(job: Job) -> list[str]:
    path = Path(job.payload["trace"])
    return path.read_text().split() if path.exists() else []


def is_held(job: Job) -> bool:
    return fresh(job).message == "held at 3"


def open_gate(job: Job) -> None:
    Path(job.payload["gate"]).touch()


def fresh(job: Job) -> Job:
    return Job.objects.get(id=job.id)


def ends(job: Job) -> Job:
    return wait_for(lambda: (f := fresh(job)).finished_at and f, what="the job to end")


def test_a_killed_workers_job_goes_on_where_it_was(workers: Workers, counting: Callable[..., Job]):
    job = counting()
    first = workers.start(steps=True)
    wait_for(lambda: is_held(job), what="the hold")
    workers.kill(first)
    open_gate(job)
    workers.start(steps=True)
    done = ends(job)
    assert (done.state, done.attempt, done.deaths, done.result) == ("succeeded", 2, 1, {"attempt": 2})
    assert trace(job) == ["1:0", "1:1", "1:2", "2:3", "2:4", "2:5"]
    assert "attempt 2" in done.log


def test_a_live_worker_keeps_its_job_for_many_leases(workers: Workers, counting: Callable[..., Job]):
    job = counting()
    workers.start(steps=True)
    wait_for(lambda: is_held(job), what="the hold")
    began = fresh(job).lease_until
    workers.start(steps=True)
    long_after = began + timedelta(seconds=2.5 * LEASE_SECONDS)
    wait_for(lambda: fresh(job).lease_until > long_after, what="the lease to be renewed")
    assert fresh(job).attempt == 1
    open_gate(job)
    assert ends(job).result == {"attempt": 1}


def test_the_third_death_fails_the_job(workers: Workers, counting: Callable[..., Job]):
    job = counting()
    for death in range(3):
        worker = workers.start(steps=True)
        wait_for(lambda n=death: fresh(job).attempt == n + 1 and is_held(job), what=f"attempt {death + 1}")
        workers.kill(worker)
    workers.start(steps=True)
    done = ends(job)
    assert (done.state, done.attempt, done.error) == ("failed", 3, "JobStopped")
    assert "died 3 times" in done.message


def test_cancel_ends_the_job_and_its_scratch(workers: Workers, counting: Callable[..., Job], own_data_dir: Path):
    job = counting()
    workers.start(steps=True)
    wait_for(lambda: is_held(job), what="the hold")
    assert (own_data_dir / "jobs" / str(job.id) / "checkpoint").exists()
    Job.objects.filter(id=job.id).update(cancel_requested=True)
    assert wait_for(lambda: fresh(job).finished_at and fresh(job), what="the end", seconds=10).state == "cancelled"
    wait_for(lambda: not (own_data_dir / "jobs" / str(job.id)).exists(), what="the scratch folder to go")
    assert len(trace(job)) == 3


def test_sigterm_hands_the_job_back(workers: Workers, counting: Callable[..., Job], own_data_dir: Path):
    job = counting()
    first = workers.start(steps=True)
    wait_for(lambda: is_held(job), what="the hold")
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=30) == 0
    back = fresh(job)
    assert (back.state, back.attempt, back.deaths, back.lease_until) == ("queued", 1, 0, None)
    assert (own_data_dir / "jobs" / str(job.id) / "checkpoint").exists()
    open_gate(job)
    workers.start(steps=True)
    done = ends(job)
    assert (done.state, done.attempt, done.deaths) == ("succeeded", 2, 0)


def test_a_stale_worker_writes_nothing(workers: Workers, counting: Callable[..., Job]):
    """The first worker sleeps through its lease (as on a suspended machine), then wakes and tries to finish."""
    job = counting()
    first = workers.start(steps=True)
    wait_for(lambda: is_held(job), what="the hold")
    first.send_signal(signal.SIGSTOP)
    workers.start(steps=True)
    wait_for(lambda: fresh(job).attempt == 2, what="the second worker")
    open_gate(job)
    done = ends(job)
    first.send_signal(signal.SIGCONT)
    wait_for(lambda: "lost the lease of attempt 1" in workers.log(), what="the first worker to notice")
    assert Job.objects.filter(id=job.id).values().get() == {
        **{field.attname: getattr(done, field.attname) for field in Job._meta.fields}
    }
    assert done.result == {"attempt": 2}


def test_every_job_is_worked_on_once(workers: Workers, counting: Callable[..., Job]):
    jobs = [counting(f"job{number}", steps=2, hold=9) for number in range(30)]
    for _ in range(3):
        workers.start(steps=True)
    wait_for(lambda: not Job.objects.filter(finished_at=None).exists(), what="all jobs")
    assert [trace(job) for job in jobs] == [["1:0", "1:1"]] * 30
    assert set(Job.objects.values_list("state", "attempt")) == {("succeeded", 1)}


def test_quick_does_not_wait_behind_long(workers: Workers, counting: Callable[..., Job]):
    held = counting("long")
    for lane in ("long", "quick"):
        workers.start(lane=lane, steps=True)
    wait_for(lambda: is_held(held), what="the long job to be held")
    quick = counting("quick", lane="quick", hold=9)
    assert ends(quick).state == "succeeded"
    assert fresh(held).state == "running"


def test_an_unexpected_error_is_told_without_its_words(workers: Workers, counting: Callable[..., Job]):
    job = counting(hold=9, fail="secret value")
    workers.start(steps=True)
    done = ends(job)
    assert (done.state, done.error) == ("failed", "WinnowError")
    assert "RuntimeError" in done.message
    wait_for(lambda: "steps.py" in workers.log(), what="the place in the server's log")
    assert "secret value" not in done.message + done.log + workers.log()
