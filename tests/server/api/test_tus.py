from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from winnow.server import storage
from winnow.server.models import Job, Project
from winnow.server.services import digests, ingest, resumable

KIND = {"content_type": "application/offset+octet-stream"}


@pytest.fixture
def call(world: Any, script: Any) -> Any:
    return script(world.manager)


def metadata(**pairs: Any) -> str:
    return ",".join(f"{key} {b64encode(str(value).encode()).decode()}" for key, value in pairs.items())


def start(call: Any, world: Any, length: int = 6) -> str:
    headers = {"Upload-Length": str(length), "Upload-Metadata": metadata(project=world.project.id, filename="a.zip")}
    answer = call("POST", "/uploads/", headers=headers)
    assert answer.status_code == 201, answer.content
    assert answer["Tus-Resumable"] == "1.0.0"
    return answer["Location"].removeprefix("/api")


def send(call: Any, at: str, data: bytes, offset: int, **headers: str) -> Any:
    return call("PATCH", at, data, headers={"Upload-Offset": str(offset), **headers}, **KIND)


def checksum(data: bytes) -> dict[str, str]:
    return {"Upload-Checksum": f"sha256 {b64encode(hashlib.sha256(data).digest()).decode()}"}


def part_of(data_dir: Path) -> bytes:
    (part,) = (data_dir / "incoming").glob("*/part")
    return part.read_bytes()


def test_an_upload_goes_on_where_it_stopped(call: Any, world: Any):
    at = start(call, world)
    assert send(call, at, b"abcd", 0)["Upload-Offset"] == "4"
    where = call("HEAD", at)
    assert (where["Upload-Offset"], where["Upload-Length"], where["Cache-Control"]) == ("4", "6", "no-store")
    last = send(call, at, b"ef", 4)
    assert (last.status_code, last["Upload-Offset"]) == (204, "6")
    job = Job.objects.get(id=int(last["Winnow-Job"]))
    assert (job.kind, job.project) == ("ingest", world.project)
    assert [name for name, _ in ingest.uploaded(job.payload["incoming"])] == ["a.zip"]
    assert (storage.incoming(job.payload["incoming"]) / "0").read_bytes() == b"abcdef"
    again = call("HEAD", at)  # who did not hear the last answer
    assert (again.status_code, again["Upload-Offset"], again["Winnow-Job"]) == (200, "6", str(job.id))
    assert last["Winnow-SHA256"] == again["Winnow-SHA256"] == hashlib.sha256(b"abcdef").hexdigest()
    assert send(call, at, b"ef", 4).status_code == 409
    assert Job.objects.filter(payload__upload=at.rsplit("/", 1)[-1]).count() == 1


@pytest.mark.parametrize("offset", [0, 3, 5])
def test_bytes_go_where_the_last_ones_ended(offset: int, call: Any, world: Any):
    at = start(call, world)
    send(call, at, b"abcd", 0)
    answer = send(call, at, b"x", offset)
    assert (answer.status_code, answer.json()["detail"]) == (409, {"offset": 4})
    assert call("HEAD", at)["Upload-Offset"] == "4"


def test_one_request_writes_at_a_time(call: Any, world: Any, own_data_dir: Path):
    at = start(call, world)
    with next((own_data_dir / "incoming").glob("*/part")).open("ab") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        assert send(call, at, b"ab", 0).status_code == 409
    assert send(call, at, b"ab", 0).status_code == 204


def test_no_more_comes_than_was_announced(call: Any, world: Any):
    assert send(call, start(call, world), b"abcdefg", 0).status_code == 413
    assert Job.objects.count() == 1


def test_what_is_given_up_is_gone(call: Any, world: Any, own_data_dir: Path):
    at = start(call, world)
    send(call, at, b"abcd", 0)
    assert call("DELETE", at).status_code == 204
    assert list((own_data_dir / "incoming").iterdir()) == []
    assert send(call, at, b"ef", 4).status_code == 404


def test_an_upload_is_its_owners(call: Any, world: Any, script: Any):
    at = start(call, world)
    for method in ("HEAD", "PATCH", "DELETE"):
        assert script(world.root)(method, at).status_code == 404
    assert call("HEAD", "/uploads/..").status_code == 404


def test_who_is_no_manager_any_more_adds_nothing(call: Any, world: Any):
    at = start(call, world)
    world.project.memberships.filter(user=world.manager).update(role="annotator")
    assert send(call, at, b"abcdef", 0).status_code == 403
    Project.objects.all().delete()
    assert send(call, at, b"abcdef", 0).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 422),
        ({"Upload-Length": "0"}, 422),
        ({"Upload-Length": "-1"}, 422),
        ({"Upload-Length": str(10**15)}, 413),
        ({"Upload-Length": "6", "Upload-Metadata": "filename %%"}, 422),
    ],
)
def test_an_upload_says_what_it_will_be(headers: dict[str, str], status: int, call: Any, world: Any):
    assert call("POST", f"/uploads/?project={world.project.id}", headers=headers).status_code == status


def test_the_bytes_come_as_the_protocol_has_it(call: Any, world: Any):
    answer = call("PATCH", start(call, world), b"abc", headers={"Upload-Offset": "0"})
    assert answer.status_code == 422


def test_the_server_says_what_it_can(client: Any):
    answer = client.options("/api/uploads/")
    assert (answer["Tus-Version"], answer["Tus-Extension"]) == ("1.0.0", "creation,termination,checksum")
    assert answer["Tus-Checksum-Algorithm"] == "sha256"


def test_a_damaged_piece_is_not_kept(call: Any, world: Any, own_data_dir: Path):
    at = start(call, world)
    assert send(call, at, b"abcd", 0, **checksum(b"abcd")).status_code == 204
    for size in (1, 2):  # in the middle, and at the end
        answer = send(call, at, b"xy"[:size], 4, **checksum(b"ef"))
        assert (answer.status_code, answer.json()["error"]) == (460, "ChecksumMismatch")
        assert (call("HEAD", at)["Upload-Offset"], part_of(own_data_dir)) == ("4", b"abcd")
    assert Job.objects.count() == 1  # the world's own
    whole = send(call, at, b"ef", 4, **checksum(b"ef"))
    assert whole["Winnow-SHA256"] == hashlib.sha256(b"abcdef").hexdigest()


@pytest.mark.parametrize(
    ("value", "status"), [("md5 abc=", 400), ("sha1", 400), ("sha256", 422), ("sha256 %%", 422), ("sha256 YWJj", 422)]
)
def test_a_checksum_is_sha256(value: str, status: int, call: Any, world: Any, own_data_dir: Path):
    at = start(call, world)
    assert send(call, at, b"abcd", 0, **{"Upload-Checksum": value}).status_code == status
    assert part_of(own_data_dir) == b""


def test_a_hash_goes_on_after_a_restart(call: Any, world: Any, own_data_dir: Path, monkeypatch: pytest.MonkeyPatch):
    at = start(call, world)
    send(call, at, b"abcd", 0)
    monkeypatch.setattr(digests, "running", digests.Running())  # as after a restart
    with next((own_data_dir / "incoming").glob("*/part")).open("ab") as part:
        part.write(b"half a piece of a killed server")
    assert call("HEAD", at)["Upload-Offset"] == "4"
    last = send(call, at, b"ef", 4)
    assert last["Winnow-SHA256"] == hashlib.sha256(b"abcdef").hexdigest()
    job = Job.objects.get(id=int(last["Winnow-Job"]))
    assert (storage.incoming(job.payload["incoming"]) / "0").read_bytes() == b"abcdef"


def test_only_so_many_hashes_are_remembered(own_data_dir: Path):
    part = own_data_dir / "part"
    part.write_bytes(b"abcdef")
    running = digests.Running()
    for number in range(digests.AT_ONCE + 5):
        running.put(str(number), hashlib.sha256(b"abcd"), 4)
    with part.open("rb") as file:
        for upload in ("0", "68", "68"):  # forgotten, remembered, taken already
            assert running.take(upload, file, 4).digest() == hashlib.sha256(b"abcd").digest()
            assert file.tell() == 4


def test_a_full_disk_in_the_middle_leaves_the_upload_where_it_was(
    call: Any, world: Any, own_data_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    at = start(call, world)
    send(call, at, b"abcd", 0)
    write = resumable._write_whole

    def full(part: Any, piece: bytes) -> None:
        write(part, piece[:1])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(resumable, "_write_whole", full)
    answer = send(call, at, b"ef", 4)
    assert (answer.status_code, answer.json()["error"]) == (507, "StorageFull")
    assert (call("HEAD", at)["Upload-Offset"], part_of(own_data_dir)) == ("4", b"abcd")
    monkeypatch.undo()
    assert send(call, at, b"ef", 4)["Winnow-SHA256"] == hashlib.sha256(b"abcdef").hexdigest()


def test_the_project_takes_what_was_on_its_way_with_it(call: Any, world: Any, own_data_dir: Path):
    send(call, start(call, world), b"abcd", 0)
    assert call("DELETE", f"/projects/{world.project.id}").status_code == 204
    assert list((own_data_dir / "incoming").iterdir()) == []


def test_the_sender_finds_what_they_sent(call: Any, world: Any, script: Any):
    last = send(call, start(call, world), b"abcdef", 0)
    job = Job.objects.get(id=int(last["Winnow-Job"]))
    at, plain = f"/projects/{world.project.id}/uploads?sha256=", last["Winnow-SHA256"]
    assert call("GET", at + plain).json() == [{"job": job.id, "file": 0, "bytes": 6}]
    assert call("GET", at + plain.upper()).json() == [{"job": job.id, "file": 0, "bytes": 6}]
    assert call("GET", at + hashlib.sha256(b"another").hexdigest()).json() == []
    assert call("GET", at + "123").status_code == 422
    assert script(world.people["annotator"])("GET", at + plain).status_code == 403
    # what stays for ever is no hash that somebody without the project's key could make
    storage.discard_incoming(job.payload["incoming"])
    assert call("HEAD", f"/uploads/{job.payload['upload']}").get("Winnow-SHA256") is None
    assert call("GET", at + plain).json() == [{"job": job.id, "file": 0, "bytes": 6}]
    said = json.dumps(list(Job.objects.values("payload", "result", "log", "message")))
    assert plain not in said
    assert b64encode(bytes.fromhex(plain)).decode() not in said
