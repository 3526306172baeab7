from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from winnow.server import storage
from winnow.server.api import jobs as job_doors
from winnow.server.models import Export, Job


def test_a_job_is_watched_until_it_is_over(world: Any, script: Any, monkeypatch: pytest.MonkeyPatch):
    Job.objects.filter(id=world.job.id).update(state="running", progress=0)
    steps = iter([{"progress": 0.5}, {}, {"progress": 1.0, "state": "succeeded", "result": {"images": 3}}])

    async def pass_time(_: float) -> None:
        if step := next(steps):
            await Job.objects.filter(id=world.job.id).aupdate(**step)

    monkeypatch.setattr(job_doors.asyncio, "sleep", pass_time)
    call = script(world.people["annotator"])
    call.client = AsyncClient()

    async def watch() -> tuple[Any, str]:
        answer = await call("GET", f"/jobs/{world.job.id}/events")
        return answer, b"".join([chunk async for chunk in answer.streaming_content]).decode()

    answer, text = async_to_sync(watch)()
    assert answer["Content-Type"] == "text/event-stream"
    events = text.strip().split("\n\n")
    assert [event.splitlines()[0] for event in events] == ["event: job"] * 3
    seen = [json.loads(event.splitlines()[1].removeprefix("data: ")) for event in events]
    assert [(job["state"], job["progress"]) for job in seen] == [("running", 0), ("running", 0.5), ("succeeded", 1)]
    assert seen[-1]["result"] == {"images": 3}


def test_the_time_left_comes_from_the_speed(world: Any, script: Any):
    from datetime import timedelta

    from django.utils import timezone

    Job.objects.filter(id=world.job.id).update(
        state="running", progress=0.25, started_at=timezone.now() - timedelta(seconds=100)
    )
    body = script(world.manager)("GET", f"/jobs/{world.job.id}").json()
    assert body["seconds_left"] == pytest.approx(300, abs=20)


def test_an_annotator_cancels_their_own_jobs_only(world: Any, script: Any):
    Job.objects.filter(id=world.job.id).update(state="queued")
    assert script(world.people["annotator"])("POST", f"/jobs/{world.job.id}/cancel").status_code == 403
    assert script(world.manager)("POST", f"/jobs/{world.job.id}/cancel").json()["state"] == "cancelled"


def test_segmenting_waits_for_the_quick_lane(world: Any, script: Any, monkeypatch: pytest.MonkeyPatch):
    def worker(_: float) -> None:
        Job.objects.filter(kind="segment").update(state="succeeded", result={"image": world.image.id})

    monkeypatch.setattr("winnow.server.api.loop.time.sleep", worker)
    answer = script(world.people["annotator"])("POST", f"/images/{world.image.id}/segment")
    assert (answer.status_code, answer.json()["state"]) == (202, "succeeded")


def test_a_package_is_downloaded_whole(world: Any, script: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("winnow.server.api.exports.CHUNK", 7)
    content = bytes(range(100))
    (storage.exports_dir() / "big.zip").write_bytes(content)
    row = Export.objects.create(project=world.project, format="png", file="big.zip", bytes=100, images=1)
    call = script(world.people["annotator"])
    call.client = AsyncClient()

    async def download() -> tuple[Any, bytes]:
        answer = await call("GET", f"/exports/{row.id}/download")
        return answer, b"".join([chunk async for chunk in answer.streaming_content])

    answer, got = async_to_sync(download)()
    assert got == content
    assert answer["Content-Length"] == "100"
    assert "attachment" in answer["Content-Disposition"]
