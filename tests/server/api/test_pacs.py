"""The doors to a PACS: no password comes back out, no cache keeps a patient's name, and refusals have their status."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pacs.orthanc import PASSWORD, USER, Orthanc

from winnow.dicom.phantom import phantom_files
from winnow.server.models import Job, Pacs

FILES = [data for _, data, _ in phantom_files(patients=2, slices=2, size=32)]


@pytest.fixture
def manager(world: Any, script: Any) -> Any:
    return script(world.manager)


def here(world: Any, rest: str = "") -> str:
    return f"/projects/{world.project.id}/pacs{rest}"


def test_the_password_never_comes_back(world: Any, manager: Any) -> None:
    body = {"url": world.pacs.url, "user": "ann", "password": "secret 4711"}
    answers = [manager("PUT", here(world), body), manager("GET", here(world))]
    wanted = {"url": world.pacs.url, "user": "ann", "has_password": True, "hosts": [world.pacs.host]}
    assert [answer.json() for answer in answers] == [wanted, wanted]
    assert manager("DELETE", here(world)).status_code == 204
    assert manager("GET", here(world)).json() == {**wanted, "url": None, "user": "", "has_password": False}


def test_found_patients_are_kept_by_no_cache(world: Any, manager: Any) -> None:
    found = [{"0020000D": {"Value": ["1.2"]}, "00100010": {"Value": [{"Alphabetic": "Nova^Ada"}]}}]
    world.pacs.script = lambda handler: handler.give_json(json.dumps(found).encode())
    answer = manager("POST", here(world, "/studies"), {"patient_name": "nova"})
    assert [study["patient_name"] for study in answer.json()["items"]] == ["Nova^Ada"]
    assert answer["Cache-Control"] == "no-store"
    assert manager("POST", here(world, "/series"), {"study": "1.2"})["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("status", "answered", "error"), [(401, 502, "PacsRefuses"), (404, 502, "PacsRefuses"), (503, 503, "PacsAway")]
)
def test_what_the_pacs_says_is_told_apart(world: Any, manager: Any, status: int, answered: int, error: str) -> None:
    world.pacs.script = lambda handler: handler.give(status)
    for method, path, body in (
        ("PUT", "", {"url": world.pacs.url}),
        ("POST", "/studies", {"modality": "CT"}),
        ("POST", "/series", {"study": "1.2"}),
    ):
        answer = manager(method, here(world, path), body)
        assert (answer.status_code, answer.json()["error"]) == (answered, error)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/studies", {}),
        ("/studies", {"name": "Nova"}),
        ("/studies", {"since": "soon"}),
        ("/studies", {"since": "2024-02-01", "until": "2024-01-01"}),
        ("/series", {"study": "1.2/series/1.3"}),
        ("/pull", {"series": []}),
        ("/pull", {"series": [{"study": "1.2", "series": "../../patients"}]}),
    ],
)
def test_what_cannot_be_asked_for(world: Any, manager: Any, path: str, body: Any) -> None:
    answer = manager("POST", here(world, path), body)
    assert (answer.status_code, answer.json()["error"]) == (422, "InvalidInput")
    assert world.pacs.asked == []


def test_a_host_that_nobody_named_is_not_asked(world: Any, manager: Any, settings: Any) -> None:
    settings.WINNOW_PACS_HOSTS = ["pacs.example.org"]
    answer = manager("PUT", here(world), {"url": world.pacs.url})
    assert (answer.status_code, answer.json()["error"]) == (422, "InvalidInput")
    assert world.pacs.asked == []


def test_from_a_search_to_a_job(world: Any, manager: Any, orthanc: Orthanc, settings: Any) -> None:
    orthanc.fill(FILES)
    settings.WINNOW_PACS_HOSTS = [orthanc.host]
    body = {"url": orthanc.url + "/", "user": USER, "password": PASSWORD}
    assert manager("PUT", here(world), body).json()["url"] == orthanc.url
    found = manager("POST", here(world, "/studies"), {"patient_name": "nova", "modality": "ct"}).json()
    (study,) = found["items"]
    assert (study["patient_name"], study["images"], found["more"]) == ("Nova^Ada", 2, False)
    (series,) = manager("POST", here(world, "/series"), {"study": study["study"]}).json()
    wanted = [{"study": study["study"], "series": series["series"]}]
    job = manager("POST", here(world, "/pull"), {"series": wanted}).json()
    assert (job["kind"], job["state"]) == ("ingest", "queued")
    assert Job.objects.get(id=job["id"]).payload["pacs"] is True
    assert Pacs.objects.get(project=world.project).user == USER
