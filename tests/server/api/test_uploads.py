from __future__ import annotations

import gc
import hashlib
import json
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator

from winnow.server import storage
from winnow.server.models import Job
from winnow.server.services import ingest


def test_an_upload_becomes_a_job(world: Any, script: Any, uploaded: Any):
    body, kind = uploaded(("a.png", b"12345"), ("b.dcm", b"678"))
    answer = script(world.manager)("POST", f"/projects/{world.project.id}/uploads", body, content_type=kind)
    job = Job.objects.get(id=answer.json()["id"])
    assert (answer.status_code, job.kind) == (202, "ingest")
    assert [name for name, _ in ingest.uploaded(job.payload["incoming"])] == ["a.png", "b.dcm"]
    folder = storage.incoming(job.payload["incoming"])
    assert (folder / "0").read_bytes() == b"12345"
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]  # nothing else is left of the request


def test_the_answer_says_what_arrived(world: Any, script: Any, uploaded: Any):
    large = bytes(range(256)) * 1000  # several pieces of the parser
    body, kind = uploaded(("a.png", b"12345"), ("b.dcm", large), ("empty", b""))
    call = script(world.manager)
    answer = call("POST", f"/projects/{world.project.id}/uploads", body, content_type=kind).json()
    assert answer["sha256"] == [hashlib.sha256(data).hexdigest() for data in (b"12345", large, b"")]
    found = call("GET", f"/projects/{world.project.id}/uploads?sha256={answer['sha256'][1]}").json()
    assert found == [{"job": answer["id"], "file": 1, "bytes": len(large)}]
    assert [file["bytes"] for file in Job.objects.get(id=answer["id"]).payload["sent"]] == [5, len(large), 0]


def test_uploads_are_never_held_in_memory(settings: Any):
    assert settings.FILE_UPLOAD_HANDLERS == ["winnow.server.api.hashed.HashingUploadHandler"]


def test_an_upload_without_a_file_is_422(world: Any, script: Any, uploaded: Any):
    body, kind = uploaded(other="field")
    answer = script(world.manager)("POST", f"/projects/{world.project.id}/uploads", body, content_type=kind)
    assert (answer.status_code, answer.json()["error"]) == (422, "InvalidInput")


def test_too_many_files_in_one_request_are_413(world: Any, script: Any, uploaded: Any, settings: Any):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 1
    body, kind = uploaded(("a.png", b"1"), ("b.png", b"2"))
    answer = script(world.manager)("POST", f"/projects/{world.project.id}/uploads", body, content_type=kind)
    assert (answer.status_code, answer.json()["error"]) == (413, "TooLarge")


def asgi(method: str, path: str, headers: dict[str, str], *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What the application as uvicorn runs it sends in answer to these messages."""
    from winnow.server.asgi import application

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "query_string": b"", "scheme": "http", "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 1), "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in {"Host": "127.0.0.1", **headers}.items()],
    }  # fmt: skip

    async def talk() -> list[dict[str, Any]]:
        communicator = ApplicationCommunicator(application, scope)
        for message in messages:
            await communicator.send_input(message)
        answers: list[dict[str, Any]] = []
        await communicator.wait(timeout=10)
        while not communicator.output_queue.empty():
            answers.append(communicator.output_queue.get_nowait())
        return answers

    return async_to_sync(talk)()


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.django_db(transaction=True)  # under ASGI a request has a thread, and so a connection, of its own
def test_an_upload_cut_off_in_the_middle_leaves_nothing(world: Any, script: Any, uploaded: Any, own_data_dir: Path):
    body, kind = uploaded(("a.png", bytes(200_000)))
    headers = script(world.manager).headers | {"Content-Type": kind, "Content-Length": str(len(body))}
    before = Job.objects.count()
    path = f"/api/projects/{world.project.id}/uploads"
    answers = asgi("POST", path, headers, part(body[:150_000], more=True), {"type": "http.disconnect"})
    assert answers == []
    assert Job.objects.count() == before
    assert list((own_data_dir / "incoming").iterdir()) == []
    whole = asgi("POST", path, headers, part(body[:150_000], more=True), part(body[150_000:], more=False))
    assert whole[0]["status"] == 202  # the very same upload, whole


@pytest.mark.parametrize(
    ("credentials", "size", "status"),
    [({}, 2 << 20, 413), ({"Authorization": "Bearer x"}, 2 << 20, 401), ({"Authorization": "Bearer x"}, 9 << 30, 413)],
)
def test_the_size_is_judged_before_the_body_comes_in(credentials: dict[str, str], size: int, status: int, world: Any):
    headers = {"Content-Length": str(size), **credentials}
    answers = asgi("POST", f"/api/projects/{world.project.id}/uploads", headers, part(b"", more=False))
    assert answers[0]["status"] == status
    assert json.loads(answers[1]["body"])["error"] == ("TooLarge" if status == 413 else "Unauthenticated")


def test_a_body_without_a_length_is_counted(world: Any, settings: Any):
    settings.WINNOW_MAX_UPLOAD_BYTES = 1000
    parts = [part(bytes(600), more=True)] * 3
    assert asgi("POST", f"/api/projects/{world.project.id}/uploads", {"Authorization": "Bearer x"}, *parts) == []


@pytest.fixture
def little_room() -> Iterator[None]:
    """From here on, a file of this process that would grow over 3 MiB meets a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("little_room")
# Django leaves its nameless file, which is gone with it, to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("door", ["multipart", "tus"])
def test_a_disk_that_fills_while_the_body_comes_in_is_507_and_leaves_nothing(
    door: str, world: Any, script: Any, uploaded: Any, own_data_dir: Path
):
    call, before = script(world.manager), Job.objects.count()
    method, path, headers = "POST", f"/api/projects/{world.project.id}/uploads", {}
    body, kind = uploaded(("a.png", bytes(4 << 20)))
    if door == "tus":
        begun = call("POST", f"/uploads/?project={world.project.id}", headers={"Upload-Length": str(8 << 20)})
        method, path, headers = "PATCH", begun["Location"], {"Upload-Offset": "0"}
        body, kind = bytes(4 << 20), "application/offset+octet-stream"
    headers |= call.headers | {"Content-Type": kind, "Content-Length": str(len(body))}
    parts = [body[at : at + (1 << 20)] for at in range(0, len(body), 1 << 20)]
    answers = asgi(method, path, headers, *(part(piece, more=True) for piece in parts), part(b"", more=False))
    assert (answers[0]["status"], json.loads(answers[1]["body"])["error"]) == (507, "StorageFull")
    gc.collect()
    assert Job.objects.count() == before
    left = {at.name: at.stat().st_size for at in (own_data_dir / "incoming").rglob("*") if at.is_file()}
    assert left.pop("part", 0) == 0
    assert set(left) <= {"upload.json"}


def test_a_multipart_upload_says_how_long_it_is(world: Any, script: Any, uploaded: Any):
    body, kind = uploaded(("a.png", b"123"))
    headers = script(world.manager).headers | {"Content-Type": kind}
    answers = asgi("POST", f"/api/projects/{world.project.id}/uploads", headers, part(body, more=False))
    assert answers[0]["status"] == 422
    assert "Content-Length" in json.loads(answers[1]["body"])["message"]


def test_a_full_disk_is_507_before_the_body_comes_in(world: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 3 << 20}))
    headers = {"Content-Length": str(2 << 20), "Authorization": "Bearer x"}
    answers = asgi("POST", f"/api/projects/{world.project.id}/uploads", headers, part(b"", more=False))
    assert answers[0]["status"] == 507
