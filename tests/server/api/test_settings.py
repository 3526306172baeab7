"""The settings of a project over HTTP: named, bounded, and refused by name where there is none."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from winnow.dicom.options import CODES
from winnow.server.api.schemas.projects import DeidentificationOption


@pytest.mark.parametrize(("method", "path"), [("PATCH", "/projects/{}"), ("POST", "/projects")])
def test_an_unknown_setting_is_named_and_nothing_is_changed(world: Any, script: Any, method: str, path: str):
    call = script(world.manager)
    body = {
        "name": "With a typing error",
        "labels": [{"value": 1, "name": "lesion", "colour": "#ff0000"}],
        "settings": {"seed": 3, "epoch": 7},
    }
    answer = call(method, path.format(world.project.id), body)
    assert (answer.status_code, answer.json()["error"]) == (422, "InvalidInput")
    assert "settings.epoch" in answer.json()["message"]
    assert "There is no setting of this name" in answer.json()["message"]
    project = call("GET", f"/projects/{world.project.id}").json()
    assert (project["name"], project["settings"]["seed"]) != (body["name"], 3)
    assert "With a typing error" not in [each["name"] for each in call("GET", "/projects").json()["items"]]


def test_the_network_is_a_setting_and_its_names_are_offered(world: Any, script: Any):
    call, path = script(world.manager), f"/projects/{world.project.id}"
    offered = call("GET", "/strategies").json()["networks"]
    assert call("GET", path).json()["settings"]["network"] == offered[0] == "fcn_fast"
    for name in offered:
        assert call("PATCH", path, {"settings": {"network": name}}).json()["settings"]["network"] == name
    assert call("PATCH", path, {"settings": {"seed": 1}}).json()["settings"]["network"] == offered[-1]
    refused = call("PATCH", path, {"settings": {"network": "fcn_slow"}})
    assert (refused.status_code, refused.json()["error"]) == (422, "InvalidInput")
    assert all(name in refused.json()["message"] for name in ("fcn_slow", *offered))
    assert call("GET", path).json()["settings"]["network"] == offered[-1]


def test_options_of_deidentification_are_settings(world: Any, script: Any):
    call, path = script(world.manager), f"/projects/{world.project.id}"
    assert call("GET", path).json()["settings"]["deidentification"] == []
    chosen = ["retain_uids", "clean_descriptors"]
    answer = call("PATCH", path, {"settings": {"deidentification": chosen}})
    assert answer.json()["settings"]["deidentification"] == chosen
    assert call("PATCH", path, {"settings": {"seed": 1}}).json()["settings"]["deidentification"] == chosen
    refused = call("PATCH", path, {"settings": {"deidentification": ["retain_everything"]}})
    assert refused.status_code == 422
    assert call("PATCH", path, {"settings": {"deidentification": []}}).json()["settings"]["deidentification"] == []


def test_the_options_are_those_of_the_engine():
    # text in pixels has a setting of its own
    assert set(CODES) - {"clean_pixel_data"} <= set(get_args(DeidentificationOption)) <= set(CODES)
