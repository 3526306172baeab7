from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from winnow import errors
from winnow.server.api.errors import STATUS, status_of


def test_every_error_has_its_status():
    expected = {
        "WinnowError": 500, "InvalidInput": 422, "UnreadableFile": 422, "UnsafeArchive": 422, "CannotDeidentify": 422,
        "ChecksumMismatch": 460, "ChecksumUnknown": 400,
        "InvalidMask": 422, "Unauthenticated": 401, "NotAllowed": 403, "NotFound": 404, "Conflict": 409,
        "StaleVersion": 409,
        "UnknownVersion": 409, "WrongState": 409, "TooFewLabels": 409, "TooLarge": 413, "StorageFull": 507,
        "CorruptData": 500, "OutOfMemory": 507, "JobStopped": 409, "JobCancelled": 409, "LeaseLost": 409,
        "ClusterAway": 503,
        "TextSearchAway": 503, "TooManyAttempts": 429, "SecondFactorNeeded": 401, "PacsAway": 503, "PacsRefuses": 502,
    }  # fmt: skip
    classes = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.WinnowError)
    ]
    assert {kind.__name__: status_of(kind) for kind in classes} == expected
    assert set(STATUS) <= set(classes)


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (RuntimeError("secret of the inside"), 500, "WinnowError"),
        (OSError(28, "No space left on device"), 507, "StorageFull"),
        (PermissionError(13, "/secret/path"), 500, "WinnowError"),
        (errors.TooFewLabels("4 more", missing=4), 409, "TooFewLabels"),
    ],
)
def test_whatever_is_raised_has_one_shape_and_no_internals(
    raised: Exception, status: int, said: str, world: Any, script: Any,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
):  # fmt: skip
    def fail(**_: Any) -> None:
        raise raised

    monkeypatch.setattr("winnow.server.services.statistics.statistics", fail)
    with caplog.at_level(logging.CRITICAL, logger="django.request"):
        answer = script(world.manager)("GET", f"/projects/{world.project.id}/statistics")
    body = answer.json()
    assert (answer.status_code, body["error"], set(body)) == (status, said, {"error", "message", "detail"})
    assert "secret" not in answer.content.decode()


def test_bad_input_is_named(world: Any, script: Any):
    call: Callable[..., Any] = script(world.manager)
    answer = call("POST", "/projects", {"name": "", "labels": []})
    body = answer.json()
    assert (answer.status_code, body["error"]) == (422, "InvalidInput")
    assert {entry["at"] for entry in body["detail"]["errors"]} == {"name", "labels"}
    broken = call.client.post("/api/projects", b"{not json", content_type="application/json", headers=call.headers)
    assert (broken.status_code, broken.json()["error"]) == (422, "InvalidInput")
    assert call("GET", "/projects?limit=0").json()["message"].startswith("limit: ")


def test_a_method_that_an_address_does_not_know(world: Any, script: Any):
    answer = script(world.manager)("DELETE", "/projects")
    assert (answer.status_code, answer["Allow"], answer.json()["error"]) == (405, "GET, POST", "NotFound")
    assert answer.json()["message"] == "There is no DELETE /api/projects; there is GET, POST."
