"""The report of an upload over HTTP: by file, and whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from winnow.server.models import IngestedFile, Job
from winnow.server.services.report import packed

CHANGES = [
    {"tag": "(0010,0010)", "keyword": "PatientName", "action": "Z", "old": "0123456789abcdef"},
    {"tag": "(0009,1001)", "action": "X", "old": "fedcba9876543210", "path": "(0050,0010)[0]."},
    {
        "tag": "(7FE0,0010)",
        "keyword": "PixelData",
        "action": "C",
        "old": "0f1e2d3c4b5a6978",
        "regions": [[5, 6, 70, 8]],
    },
]


@pytest.fixture
def files(world: Any) -> list[IngestedFile]:
    Job.objects.filter(id=world.job.id).update(
        payload={"deidentification": {"profile": "PS3.15 2024b", "options": ["retain_uids"]}}
    )
    first = {"path": "a/1.dcm", "status": "written", "changed": 3, "changes": packed(CHANGES)}
    second = {"path": "b.pdf", "status": "refused", "reason": "No image."}
    return [
        IngestedFile.objects.create(job=world.job, position=number, **fields)
        for number, fields in enumerate((first, second), start=100)
    ]


def test_each_file_tells_what_was_changed(world: Any, script: Any, files: list[IngestedFile]):
    call = script(world.people["annotator"])
    listed = {file["position"]: file for file in call("GET", f"/jobs/{world.job.id}/files?limit=200").json()["items"]}
    assert [listed[file.position]["changed"] for file in files] == [3, 0]
    found = call("GET", f"/jobs/{world.job.id}/files/100/changes").json()
    assert found == [{"keyword": "", "path": "", "regions": [], **change} for change in CHANGES]
    assert call("GET", f"/jobs/{world.job.id}/files/101/changes").json() == []
    assert call("GET", f"/jobs/{world.job.id}/files/999/changes").status_code == 404
    assert script(world.outsider)("GET", f"/jobs/{world.job.id}/files/100/changes").status_code in {403, 404}


@pytest.mark.usefixtures("files")
def test_the_whole_report_is_a_document(world: Any, script: Any):
    call = script(world.manager)
    call.client = AsyncClient()

    async def fetch() -> tuple[Any, bytes]:
        answer = await call("GET", f"/jobs/{world.job.id}/report")
        return answer, b"".join([piece async for piece in answer.streaming_content])

    answer, body = async_to_sync(fetch)()
    assert f'filename="winnow-upload-{world.job.id}.json"' in answer["Content-Disposition"]
    document = json.loads(body)
    assert (document["profile"], document["options"]) == ("PS3.15 2024b", ["retain_uids"])
    assert document["files"][-2:] == [
        {"path": "a/1.dcm", "status": "written", "reason": "", "changes": CHANGES},
        {"path": "b.pdf", "status": "refused", "reason": "No image.", "changes": []},
    ]
