"""However a job ends, no byte of the original is left in the data directory."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from django.db import connection, transaction
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from winnow.errors import LeaseLost
from winnow.server import storage
from winnow.server.models import Job, Project, User
from winnow.server.services import jobs, projects
from winnow.server.worker import loop
from winnow.server.worker.context import JobContext

from .conftest import Workers, wait_for
from .test_ingest_survives import ended, in_the_middle, limit_file_size
from .uploads import arrived

FILES = 60
# in every file, where it does not belong to the picture; no ordinary file holds it
MARK = b"the original was here: 7f3a9c51e0"


def marked(value: int, *, size: int = 16) -> bytes:
    """A PNG with the mark in its metadata, which are dropped."""
    info = PngInfo()
    info.add_text("Comment", MARK.decode())
    pixels = np.random.default_rng(value).integers(0, 256, (size, size), np.uint8)
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def stored_zip(files: dict[str, bytes]) -> bytes:
    """Not compressed: the mark can be seen in the archive, too."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.fixture
def job(workers: Workers, project: Project) -> Job:  # noqa: ARG001 opens the database first
    """An archive in an archive: the inner one is unpacked to the disk while it is taken in."""
    Project.objects.filter(id=project.id).update(settings={"burned_in": "off"})
    inner = stored_zip({f"{number:03d}.png": marked(number) for number in range(FILES)})
    job = arrived(project, {"many.zip": stored_zip({"inner.zip": inner})})
    assert places_of_mark(storage.incoming("0123abcd").parents[1])
    return job


def places_of_mark(data_dir: Path) -> list[str]:
    """The files of the data directory and the database that hold the mark.

    Another process looks: this one would lose SQLite's locks by closing the database's file.
    """
    database = Path(connection.settings_dict["NAME"])
    places = [data_dir, *database.parent.glob(f"{database.name}*")]
    found = subprocess.run(
        ["grep", "-rlaF", MARK.decode(), *map(str, places)], check=False, capture_output=True, text=True
    )
    assert found.returncode in {0, 1}, found.stderr
    return found.stdout.splitlines()


def succeed(workers: Workers, job: Job) -> None:
    workers.start()
    assert ended(job).state == "succeeded"


def fail(workers: Workers, job: Job) -> None:
    big = stored_zip({"small.png": marked(1), "big.png": marked(2, size=2400)})
    (storage.incoming("0123abcd") / "0").write_bytes(big)
    workers.start(preexec_fn=limit_file_size)
    assert (ended(job).state, ended(job).error) == ("failed", "StorageFull")


def cancel_in_the_middle(workers: Workers, job: Job) -> None:
    worker = workers.start()
    in_the_middle(job)
    with stopped(worker):
        jobs.request_cancel(job=Job.objects.get(id=job.id), actor=User.objects.get(username="mia"))
    assert ended(job).state in {"cancelled", "succeeded"}


def kill_and_resume(workers: Workers, job: Job) -> None:
    worker = workers.start()
    in_the_middle(job)
    workers.kill(worker)
    workers.start()
    done = ended(job)
    assert (done.state, done.attempt, done.result["images"]) == ("succeeded", 2, FILES)


def kill_and_cancel(workers: Workers, job: Job) -> None:
    worker = workers.start()
    in_the_middle(job)
    workers.kill(worker)
    jobs.request_cancel(job=Job.objects.get(id=job.id), actor=User.objects.get(username="mia"))
    workers.start()
    assert ended(job).state == "cancelled"


def delete_the_project(workers: Workers, job: Job) -> None:
    worker = workers.start()
    in_the_middle(job)
    with stopped(worker):
        projects.delete_project(project=job.project, actor=User.objects.get(username="mia"))
    wait_for(lambda: "lost the lease" in workers.log() or "cannot work now" in workers.log(), what="it to notice")


class stopped:  # noqa: N801 reads as a word of the tests
    """Holds a worker still, never with the database's lock in its hands."""

    def __init__(self, worker: subprocess.Popen[bytes]) -> None:
        self._worker = worker

    def __enter__(self) -> None:
        with transaction.atomic():
            Job.objects.filter(id=-1).update(message="")  # takes the lock
            self._worker.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, self._worker.pid, os.WSTOPPED | os.WNOWAIT)

    def __exit__(self, *_: object) -> None:
        self._worker.send_signal(signal.SIGCONT)


@pytest.mark.parametrize(
    "end", [succeed, fail, cancel_in_the_middle, kill_and_resume, kill_and_cancel, delete_the_project]
)
def test_no_byte_of_the_original_is_left(
    end: Callable[[Workers, Job], None], workers: Workers, job: Job, own_data_dir: Path
):
    end(workers, job)
    wait_for(lambda: not list((own_data_dir / "incoming").iterdir()), what="the incoming area to be empty")
    assert places_of_mark(own_data_dir) == []


def test_what_a_worker_unpacks_while_its_project_is_deleted_goes_too(
    job: Job, own_data_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    def handler(context: JobContext) -> None:
        Job.objects.filter(id=context.job.id).delete()
        (storage.incoming("0123abcd") / "archive").write_bytes(MARK)  # after who deleted it looked
        raise LeaseLost("Another worker has taken the job up.")

    monkeypatch.setattr(loop, "_handler", lambda _: handler)
    Job.objects.filter(id=job.id).update(state="running", attempt=1)
    loop.run_job(Job.objects.get(id=job.id), stop=Event())
    assert list((own_data_dir / "incoming").iterdir()) == []
