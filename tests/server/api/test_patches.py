"""Changed rectangles, presence and comments over HTTP; and that a page never saves in another person's name."""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np
import pytest

from winnow.imaging.patch import Patch, encode_patches
from winnow.server.models import Annotation

BODY = encode_patches([Patch(left=2, top=1, values=np.ones((2, 3), np.uint8))])
EXPECTED = np.zeros((4, 6), np.uint8)
EXPECTED[1:3, 2:5] = 1


@pytest.fixture
def call(world: Any, browser: Any) -> Any:
    return browser(world.people["annotator"])


@pytest.fixture
def at(world: Any) -> str:
    return f"/images/{world.image.id}/mask"


def octets(call: Any, at: str) -> bytes:
    return call("GET", at, headers={"Accept": "application/octet-stream"}).content


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_patched_is_what_is_got(call: Any, at: str, packed: bool):
    body, headers = (gzip.compress(BODY), {"Content-Encoding": "gzip"}) if packed else (BODY, {})
    answer = call(
        "PATCH", at, body, headers={"If-Match": '"0"', "X-Active-Seconds": "2.5", "X-Strokes": "3", **headers}
    )
    assert (answer.status_code, answer.json()) == (200, {"version": 1, "state": "draft"})
    assert octets(call, at) == EXPECTED.tobytes()
    saved = Annotation.objects.get(user__isnull=False)
    assert (saved.active_seconds, saved.strokes) == (2.5, 3)


def test_a_stale_patch_is_409_and_kept(call: Any, at: str, world: Any, browser: Any):
    call("PUT", at, bytes([2] * 24), headers={"If-Match": "0"})
    answer = browser(world.people["reviewer"])("PATCH", at, BODY, headers={"If-Match": "0"})
    body = answer.json()
    assert (answer.status_code, body["error"], body["detail"]["version"]) == (409, "StaleVersion", 1)
    assert octets(call, f"{at}?source=conflict") == EXPECTED.tobytes()
    assert octets(call, at) == bytes([2] * 24)


def test_an_unknown_version_asks_for_the_whole_mask(call: Any, at: str):
    answer = call("PATCH", at, BODY, headers={"If-Match": "3"})
    assert (answer.status_code, answer.json()["error"]) == (409, "UnknownVersion")
    assert "whole mask" in answer.json()["message"]


@pytest.mark.parametrize("given", [None, '"x"', "*"])
def test_a_patch_says_what_it_is_based_on(call: Any, at: str, given: str | None):
    answer = call("PATCH", at, BODY, headers={} if given is None else {"If-Match": given})
    assert (answer.status_code, answer.json()["error"]) == (422, "InvalidInput")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {}),
        (BODY[:-1], {}),
        (BODY, {"Content-Encoding": "gzip"}),
        (gzip.compress(bytes(10_000_000)), {"Content-Encoding": "gzip"}),
    ],
)
def test_a_patch_that_does_not_fit_changes_nothing(call: Any, at: str, body: bytes, headers: dict[str, str]):
    answer = call("PATCH", at, body, headers={"If-Match": "0", **headers})
    assert (answer.status_code, answer.json()["error"]) == (422, "InvalidMask")
    assert not Annotation.objects.filter(user__isnull=False).exists()


def test_a_page_of_one_person_saves_nothing_as_another(call: Any, at: str, world: Any, script: Any):
    """Who signed in in another tab of this browser is not given what the first one's page still holds."""
    mine, other = str(world.people["annotator"].id), str(world.people["reviewer"].id)
    for method, body in (("PUT", bytes(24)), ("PATCH", BODY)):
        answer = call(method, at, body, headers={"If-Match": "0", "X-User": other})
        assert (answer.status_code, answer.json()["error"]) == (401, "Unauthenticated")
        assert "ann" in answer.json()["message"]
    assert not Annotation.objects.filter(user__isnull=False).exists()
    assert call("PATCH", at, BODY, headers={"If-Match": "0", "X-User": mine}).status_code == 200
    # a script has no other tab
    assert script(world.people["annotator"])("GET", "/me", headers={"X-User": other}).status_code == 200


def test_who_has_the_image_open(call: Any, world: Any, browser: Any):
    where = f"/images/{world.image.id}/presence"
    rex = browser(world.people["reviewer"])
    assert call("POST", where, {"page": "page-of-ann"}).json() == []
    [seen] = rex("POST", where, {"page": "page-of-rex", "drawing": False}).json()
    assert (seen["name"], seen["mine"], seen["page"], seen["drawing"]) == ("ann", False, None, True)
    [mine, _] = call("POST", where, {"page": "second-of-ann"}).json()
    assert (mine["mine"], mine["page"]) == (True, "page-of-ann")
    assert call("DELETE", f"{where}?page=page-of-ann").status_code == 204
    assert [one["name"] for one in call("POST", where, {"page": "second-of-ann"}).json()] == ["rex"]


@pytest.mark.parametrize("page", ["", "short", "x" * 65, "with a space"])
def test_a_page_has_a_decent_name(call: Any, world: Any, page: str):
    assert call("POST", f"/images/{world.image.id}/presence", {"page": page}).status_code == 422


def test_a_comment_is_on_the_image(call: Any, world: Any):
    where = f"/images/{world.image.id}"
    answer = call("PUT", f"{where}/comment", {"comment": "  left: artefact? "})
    assert answer.json()["comment"] == "left: artefact?"
    assert call("GET", where).json()["comment"] == "left: artefact?"
    assert call("PUT", f"{where}/comment", {"comment": "x" * 2001}).status_code == 422
