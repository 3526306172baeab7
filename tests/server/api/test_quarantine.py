"""Managers decide about what is in quarantine; nobody else learns that there is anything."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from winnow.server.models import Event, IngestedFile, Job, Project, Quarantined

HERE = "/projects/{}/quarantine"


@pytest.fixture
def manager(world: Any, script: Any) -> Any:
    return script(world.manager)


def here(world: Any, *rest: object) -> str:
    return "/".join([HERE.format(world.project.id), *map(str, rest)])


def test_what_waits_and_why(world: Any, manager: Any) -> None:
    (item,) = manager("GET", here(world)).json()["items"]
    assert item | {
        "id": world.held.id, "job": world.job.id, "path": "held.png", "reason": "There seems to be text.",
        "regions": [[1, 1, 2, 2]], "frames": 1, "height": 4, "width": 6,
    } == item  # fmt: skip
    assert item["created_at"] < item["expires_at"]


def test_looking_is_written_down_and_kept_by_no_cache(world: Any, manager: Any) -> None:
    answer = manager("GET", here(world, world.held.id, "picture.png"))
    assert np.array_equal(np.array(Pillow.open(io.BytesIO(answer.content))), np.arange(24).reshape(4, 6))
    assert answer["Cache-Control"] == "no-store"
    event = Event.objects.get(action="quarantine.look")
    assert (event.actor, event.subject, event.detail) == ("mia", f"quarantined {world.held.id}", {"frame": 1})
    assert manager("GET", here(world, world.held.id, "picture.png?frame=2")).status_code == 404
    assert manager("GET", here(world, world.held.id, "picture.png?frame=-1")).status_code == 404


@pytest.mark.parametrize(
    "regions", [[[0, 0, 7, 1]], [[0, 0, 0, 1]], [[-1, 0, 1, 1]], [[0, 0, 1]], [[0, 0, 1, 1, 1]], [["a", 0, 1, 1]], None]
)
def test_regions_that_do_not_lie_in_the_picture(world: Any, manager: Any, regions: Any) -> None:
    answer = manager("POST", here(world, world.held.id, "release"), {"regions": regions})
    assert (answer.status_code, answer.json()["error"]) == (422, "InvalidInput")
    assert not Job.objects.filter(kind="release").exists()


def test_a_release_is_asked_for_once(world: Any, manager: Any) -> None:
    job = manager("POST", here(world, world.held.id, "release"), {"regions": []}).json()
    assert (job["kind"], job["state"]) == ("release", "queued")
    again = manager("POST", here(world, world.held.id, "release"), {"regions": []})
    assert (again.status_code, again.json()["error"]) == (409, "WrongState")


def test_what_is_decided_is_not_decided_again(world: Any, manager: Any, own_data_dir: Any) -> None:
    assert manager("DELETE", here(world, world.held.id)).status_code == 204
    assert list((own_data_dir / "quarantine").iterdir()) == []
    assert manager("GET", here(world)).json()["items"] == []
    for method, rest in (("DELETE", []), ("POST", ["release"]), ("GET", ["picture.png"])):
        answer = manager(method, here(world, world.held.id, *rest), {"regions": []} if method == "POST" else None)
        assert (answer.status_code, answer.json()["error"]) == (409, "WrongState")
    assert IngestedFile.objects.get(path="held.png").reason == "There seems to be text."


def test_it_is_reached_through_its_own_project_only(world: Any, manager: Any) -> None:
    other = Project.objects.create(name="Other", labels=[])
    other.memberships.create(user=world.manager, role="manager")
    for method, rest in (("DELETE", []), ("POST", ["release"]), ("GET", ["picture.png"])):
        path = "/".join([HERE.format(other.id), str(world.held.id), *rest])
        assert manager(method, path, {"regions": []} if method == "POST" else None).status_code == 404
    assert Quarantined.objects.get().state == "waiting"


def test_a_deleted_project_leaves_nothing_in_quarantine(world: Any, manager: Any, own_data_dir: Any) -> None:
    assert manager("DELETE", f"/projects/{world.project.id}").status_code == 204
    assert list((own_data_dir / "quarantine").iterdir()) == []
