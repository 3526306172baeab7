"""The limits of settings.md over HTTP, by both ways of sending: a clear error, and nothing half done."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from winnow.server.models import Job
from winnow.server.worker.claim import claim
from winnow.server.worker.loop import run_job

pytestmark = pytest.mark.django_db(transaction=True)
Lines = dict[str, tuple[str, str]]


def png(value: int) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(np.random.default_rng(value).integers(0, 256, (16, 16), np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.fixture(params=["multipart", "tus"])
def send(request: pytest.FixtureRequest, world: Any, script: Any, uploaded: Any) -> Callable[[str, bytes], Any]:
    """Sends one file; the last answer."""
    call = script(world.manager)

    def by_multipart(name: str, data: bytes) -> Any:
        body, kind = uploaded((name, data))
        return call("POST", f"/projects/{world.project.id}/uploads", body, content_type=kind)

    def by_tus(_: str, data: bytes) -> Any:
        begun = call("POST", f"/uploads/?project={world.project.id}", headers={"Upload-Length": str(len(data))})
        if begun.status_code != 201:
            return begun
        at, kind = begun["Location"].removeprefix("/api"), "application/offset+octet-stream"
        return call("PATCH", at, data, headers={"Upload-Offset": "0"}, content_type=kind)

    return by_multipart if request.param == "multipart" else by_tus


@pytest.fixture
def taken_in(send: Callable[[str, bytes], Any]) -> Callable[[bytes], tuple[Job, Lines]]:
    """The job of one file that was sent, as it ended, and its account."""

    def take(data: bytes) -> tuple[Job, Lines]:
        answer = send("all.zip", data)
        assert answer.status_code in {202, 204}, answer.content
        claimed = claim("long", worker="this test")
        assert claimed is not None
        run_job(claimed, stop=Event())
        job = Job.objects.get(id=claimed.id)
        return job, {line.path: (line.status, line.reason) for line in job.files.all()}

    return take


def test_entries(taken_in: Any, settings: Any):
    settings.WINNOW_MAX_ARCHIVE_FILES = 2
    job, lines = taken_in(zipped({f"{n}.png": png(n) for n in range(3)}))
    ((status, reason),) = lines.values()
    assert (job.state, status, reason) == ("succeeded", "refused", "The archive holds 3 files; 2 are allowed.")


def test_bytes(taken_in: Any, settings: Any):
    settings.WINNOW_MAX_ARCHIVE_BYTES = 50_000
    _, lines = taken_in(zipped({"a.png": png(1), "zeros": bytes(60_000)}))
    assert list(lines.values()) == [("refused", "The archive unpacks to more than 50,000 bytes.")]


def test_one_file(taken_in: Any, settings: Any):
    settings.WINNOW_MAX_FILE_BYTES = 50_000
    _, lines = taken_in(zipped({"a.png": png(1), "zeros": bytes(60_000)}))
    assert lines == {"a.png": ("written", ""), "zeros": ("refused", "The file unpacks to more than 50,000 bytes.")}


def test_ratio(taken_in: Any, settings: Any):
    settings.WINNOW_MAX_ARCHIVE_RATIO = 100
    bomb = zipped({"a.png": png(1), "zeros": bytes(300 << 20)})
    assert len(bomb) < 1 << 20
    _, lines = taken_in(bomb)
    assert lines == {
        "a.png": ("written", ""),
        "zeros": ("refused", "The file unpacks to more than 100 times its size."),
    }


def test_nesting(taken_in: Any, settings: Any):
    settings.WINNOW_MAX_ARCHIVE_DEPTH = 2
    deep = zipped(
        {"b.png": png(2), "two.zip": zipped({"c.png": png(3), "three.zip": gzip.compress(zipped({"d": b""}))})}
    )
    _, lines = taken_in(zipped({"a.png": png(1), "one.zip": deep}))
    assert [lines[name][0] for name in ("a.png", "one.zip/b.png", "one.zip/two.zip")] == [
        "written",
        "written",
        "refused",
    ]
    assert lines["one.zip/two.zip"][1] == "More than 2 archives in each other are not opened."


def test_free_disk(send: Callable[[str, bytes], Any], settings: Any, own_data_dir: Path):
    """What is sent fits nowhere: tus says so before the first byte, multipart before (asgi) or when it is taken in."""
    settings.WINNOW_MIN_FREE_BYTES = 1 << 60
    answer = send("a.png", png(1))
    if answer.status_code == 202:
        claimed = claim("long", worker="this test")
        assert claimed is not None
        run_job(claimed, stop=Event())
        job = Job.objects.get(id=claimed.id)
        assert (job.state, job.error) == ("failed", "StorageFull")
    else:
        assert (answer.status_code, answer.json()["error"]) == (507, "StorageFull")
    assert list((own_data_dir / "incoming").iterdir()) == []
