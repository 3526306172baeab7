"""Real worker processes on the test's own database file and data directory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from django.db import connection

from winnow.active.committee import TrainedCommittee
from winnow.server import storage
from winnow.server.models import Annotation, Export, Image, Job, Network, Project
from winnow.server.services import secret
from winnow.server.worker.backup import back_up
from winnow.server.worker.claim import claim
from winnow.server.worker.context import JobContext
from winnow.server.worker.loop import run_job

from .scenes import train_tiny

HERE = Path(__file__).parent
LEASE_SECONDS = 2.0


def wait_for(condition: Callable[[], Any], *, what: str, seconds: float = 40.0) -> Any:
    """Poll until the condition holds and answer its value; fail the test after the deadline."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.02)
    return value


def _first(folder: Path) -> str:
    """PYTHONPATH with one more folder at its head."""
    return os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))


class Workers:
    """Starts workers; ends at teardown those that are left."""

    def __init__(self, data_dir: Path) -> None:
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "winnow.server.settings",
            "WINNOW_DATA_DIR": str(data_dir),
            "WINNOW_DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
            "WINNOW_LEASE_SECONDS": str(LEASE_SECONDS),
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": _first(HERE),
        }
        self._log = data_dir / "worker.log"
        self._started: list[subprocess.Popen[bytes]] = []

    def start(
        self, *, lane: str = "long", steps: bool = False, early: bool = False, **options: Any
    ) -> subprocess.Popen[bytes]:
        """A worker as `winnow serve` starts it.

        steps : its handlers are steps.py's;  early : its trainings write checkpoints soon (early/)
        """
        environment = self._environment | ({"PYTHONPATH": _first(HERE / "early")} if early else {})
        command = [sys.executable, str(HERE / "steps.py"), lane] if steps else None
        command = command or [sys.executable, "-m", "django", "worker", "--lane", lane]
        with self._log.open("ab") as log:
            worker = subprocess.Popen(command, env=environment, stdout=log, stderr=log, **options)
        self._started.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    def log(self) -> str:
        return self._log.read_text()

    def end(self) -> None:
        for worker in self._started:
            if worker.poll() is None:
                self.kill(worker)


@pytest.fixture
def workers(own_data_dir: Path, transactional_db: None) -> Iterator[Workers]:  # noqa: ARG001 opens the database
    workers = Workers(own_data_dir)
    yield workers
    workers.end()


@pytest.fixture
def running(db: None) -> Callable[..., JobContext]:  # noqa: ARG001 opens the database
    """A job that this process holds, without loop and heartbeat."""

    def make(project: Project, kind: str, **payload: Any) -> JobContext:
        job = Job.objects.create(project=project, kind=kind, payload=payload, state="running", attempt=1)
        return JobContext(job)

    return make


@pytest.fixture
def run_now() -> Callable[[Job], Job]:
    """Claim a job and work on it in this process, heartbeat included; needs ``transactional_db``."""

    def run(job: Job) -> Job:
        claimed = claim(job.lane, worker="this test")
        assert claimed == job
        run_job(claimed, stop=Event())
        return Job.objects.get(id=job.id)

    return run


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedCommittee:
    """A committee of two, trained for a moment."""
    return train_tiny(tmp_path_factory.mktemp("trained"))


@pytest.fixture
def installed(project: Project, make_image: Callable[..., Image], own_data_dir: Path) -> Path:
    """An installation with one of everything that a back-up holds; its data directory."""
    (own_data_dir / "secret_key").write_text("signs sessions")
    storage.project_key(project.id)
    secret.seal("a password")
    network = Network.objects.create(
        project=project, number=1, weights=storage.blobs.put(b"weights"), members=2, labels=1, config={}, metrics={},
        seed=0, code_version="0", data_fingerprint="0", train_seconds=1,
    )  # fmt: skip
    for name in ("0.png", "1.png"):
        image = make_image(name)
        Annotation.objects.create(
            image=image, network=network, author="网络 1", purpose="auto", version=0,
            mask=storage.put_array(np.full((4, 6), (100 + image.id) % 256, np.uint8)),
        )  # fmt: skip
    (storage.exports_dir() / "1.zip").write_bytes(b"PK")
    Export.objects.create(project=project, format="png", file="1.zip", bytes=2, images=1)
    return own_data_dir


@pytest.fixture
def made(installed: Path, tmp_path: Path) -> Path:
    assert installed.is_dir()
    back_up(target=tmp_path / "winnow.backup")
    return tmp_path / "winnow.backup"


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return tmp_path / "restored"
