"""`winnow receive` as a process of its own, fed by a real Orthanc."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pacs.orthanc import Orthanc

from winnow.dicom.phantom import phantom_files
from winnow.server.models import Image, Job, Project
from winnow.server.worker.loop import run_worker

FILES = [data for _, data, _ in phantom_files(patients=2, slices=3, size=32)]
PERSONS = ("Nova", "Okonkwo", "LIH-", "2.25.184467440")


class Receive:
    """A receiver on the test's own database and data directory."""

    def __init__(self, data_dir: Path, project: Project, *options: str, **settings: str) -> None:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "winnow.server.settings",
            "WINNOW_DATA_DIR": str(data_dir),
            "WINNOW_DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
            "WINNOW_LOG_LEVEL": "DEBUG",
            **settings,
        }
        command = [sys.executable, "-m", "django", "receive", "--project", str(project.id), "--port", "0", *options]
        self.log = data_dir / "receive.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        self.port = int(wait_for(self._where, what=f"the receiver to listen: {self.log.read_text()}").group(1))

    def _where(self) -> Any:
        assert self.process.poll() is None, self.log.read_text()
        return re.search(r"receives at \S+:(\d+) as", self.log.read_text())

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=60)


def wait_for(condition: Callable[[], Any], *, what: str, seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.02)
    return value


@pytest.fixture
def receive(own_data_dir: Path, transactional_db: None, project: Project) -> Iterator[Callable[..., Receive]]:  # noqa: ARG001
    started = []

    def start(*options: str, **settings: str) -> Receive:
        started.append(Receive(own_data_dir, project, *options, **settings))
        return started[-1]

    yield start
    for one in started:
        one.end(signal.SIGKILL)


def taken_in() -> None:
    from threading import Event

    while Job.objects.filter(state="queued").exists():
        run_worker("long", stop=Event(), once=True)


def traces(data_dir: Path, log: str) -> list[str]:
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        rows = {name: str(cursor.execute(f"select * from {name}").fetchall()) for name in names}  # noqa: S608
    files = {str(path): path.read_bytes().decode("latin-1") for path in data_dir.rglob("*") if path.is_file()}
    everything = rows | files | {"log": log}
    return [f"{where}: {word}" for where, text in everything.items() for word in PERSONS if word in text]


def test_what_a_pacs_sends_comes_in_de_identified(
    receive: Any, orthanc: Orthanc, project: Project, own_data_dir: Path
) -> None:
    running = receive("--settle", "0.5")
    said = orthanc.send(orthanc.fill(FILES), port=running.port)
    assert said["FailedInstancesCount"] == 0
    wait_for(Job.objects.exists, what="the ingest job")
    assert running.end() == 0
    taken_in()
    assert {job.state for job in Job.objects.all()} == {"succeeded"}
    assert project.images.count() == 6
    assert project.images.values("patient").distinct().count() == 2
    assert traces(own_data_dir, running.log.read_text()) == []
    assert list((own_data_dir / "incoming").iterdir()) == []


def test_its_end_puts_into_the_queue_what_has_come(receive: Any, orthanc: Orthanc) -> None:
    running = receive("--settle", "3600")
    orthanc.send(orthanc.fill(FILES), port=running.port)
    assert not Job.objects.exists()
    assert running.end(signal.SIGINT) == 0
    taken_in()
    assert Image.objects.count() == 6


def test_nothing_that_was_answered_is_lost_with_a_killed_one(receive: Any, orthanc: Orthanc) -> None:
    running = receive("--settle", "3600")
    orthanc.send(orthanc.fill(FILES), port=running.port)
    running.end(signal.SIGKILL)
    assert not Job.objects.exists()
    receive("--settle", "3600")
    wait_for(Job.objects.exists, what="the job of what was left")
    taken_in()
    assert Image.objects.count() == 6


def test_what_is_too_large_is_refused_and_the_rest_comes_in(receive: Any, orthanc: Orthanc) -> None:
    large = [data for _, data, _ in phantom_files(patients=1, slices=1, size=64, seed=1)]
    instances = orthanc.fill(FILES[:2] + large)
    running = receive(WINNOW_MAX_FILE_BYTES="5000")
    there = orthanc.send(instances[:2], port=running.port)
    assert there["FailedInstancesCount"] == 0
    with pytest.raises(OSError, match="500"):  # Orthanc's way of saying that its peer refused
        orthanc.send(instances[2:], port=running.port)
    running.end()
    taken_in()
    assert Image.objects.count() == 2


def test_a_full_disk_refuses(receive: Any, orthanc: Orthanc, own_data_dir: Path) -> None:
    running = receive(WINNOW_MIN_FREE_BYTES=str(1 << 62))
    with pytest.raises(OSError, match="500"):
        orthanc.send(orthanc.fill(FILES[:1]), port=running.port)
    running.end()
    assert list((own_data_dir / "incoming").iterdir()) == []


def test_it_ends_with_its_project(receive: Any, orthanc: Orthanc, project: Project, own_data_dir: Path) -> None:
    running = receive("--settle", "0.2")
    project.delete()
    orthanc.send(orthanc.fill(FILES[:1]), port=running.port)
    assert running.process.wait(timeout=60) == 1
    assert "The project is gone" in running.log.read_text()
    assert list((own_data_dir / "incoming").iterdir()) == []


@pytest.mark.django_db
def test_what_it_cannot_begin_with(project: Project) -> None:
    def refusal(*options: str) -> str:
        with pytest.raises(CommandError) as told:
            call_command("receive", *options)
        return str(told.value)

    here = ("--project", str(project.id))
    assert refusal("--project", "999") == "There is no project 999."
    assert refusal(*here, "--user", "ann") == "ann is no manager of this project: name one by --user."
    assert "no AE title" in refusal(*here, "--aet", "MORE THAN SIXTEEN")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert refusal(*here, "--port", str(port)).startswith(f"Nothing can be received at 127.0.0.1:{port}: ")
    project.memberships.filter(role="manager").delete()
    assert refusal(*here) == "The project has no manager: name one by --user."
