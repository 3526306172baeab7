"""Settings of a project over HTTP."""

from __future__ import annotations

from typing import Any


def test_a_seed_is_never_negative(world: Any, script: Any):
    call = script(world.manager)
    answer = call("PATCH", f"/projects/{world.project.id}", {"settings": {"seed": -1}})
    assert (answer.status_code, answer.json()["error"]) == (422, "InvalidInput")
    assert call("PATCH", f"/projects/{world.project.id}", {"settings": {"seed": 7}}).json()["settings"]["seed"] == 7
