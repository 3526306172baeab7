"""A pick that is drawn without suggestion: what an annotator gets of the network's, and when."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from winnow.server import storage
from winnow.server.models import Annotation, Pick

MASK = np.ones((4, 6), np.uint8)
DOORS = ("mask?source=network", "uncertainty", "probabilities")


@pytest.fixture
def suggestion(world: Any) -> Annotation:
    """The pick of the world has a suggestion with everything, and is blind."""
    Pick.objects.update(blind=True)
    world.network.config = {"classes": [1, 2]}
    world.network.save()
    return Annotation.objects.create(
        image=world.image, network=world.network, author="network 1", purpose="auto", version=0, quality=0.7,
        mask=storage.put_array(MASK), uncertainty=world.heat_map(), class_pixels={"1": 24},
        probabilities=storage.put_array(np.arange(48, dtype=np.uint8).reshape(2, 4, 6)),
    )  # fmt: skip


@pytest.mark.parametrize("role", ["annotator", "reviewer"])
def test_it_is_not_handed_out_before_the_image_is_submitted(
    world: Any, browser: Any, suggestion: Annotation, role: str
):
    call, at = browser(world.people[role]), f"/images/{world.image.id}"
    for door in DOORS:
        answer = call("GET", f"{at}/{door}")
        assert (answer.status_code, answer.json()["error"]) == (404, "NotFound"), door
        assert "without suggestion" in answer.json()["message"]
    assert call("GET", f"{at}/preview.png?overlay=network").content == call("GET", f"{at}/preview.png").content
    shown = call("GET", at).json()
    assert (shown["blind"], shown["automatic"]) == (True, None)
    listed = call("GET", f"/projects/{world.project.id}/images").json()["items"]
    assert [(one["blind"], one["automatic"] is None) for one in listed] == [(True, True), (False, False)]
    assert call("POST", f"/projects/{world.project.id}/next").json()["automatic"] is None
    assert call("GET", f"/queryAll/?project={world.project.id}").json()["items"][0]["automatic"] is None

    assert call("PUT", f"{at}/mask", MASK.tobytes(), headers={"If-Match": "0"}).status_code == 200
    assert call("GET", f"{at}/mask?source=network").status_code == 404
    submitted = call("POST", f"{at}/submit").json()
    assert (submitted["blind"], submitted["automatic"]["id"]) == (False, suggestion.id)
    assert submitted["annotation"]["provenance"]["blind"] is True
    assert submitted["annotation"]["provenance"]["agreement"] == 1.0
    for door in DOORS:
        assert call("GET", f"{at}/{door}").status_code == 200, door
    assert call("GET", f"{at}/preview.png?overlay=network").content != call("GET", f"{at}/preview.png").content


@pytest.mark.usefixtures("suggestion")
def test_asking_for_one_is_refused_too(world: Any, browser: Any):
    call = browser(world.people["annotator"])
    for method, path in (
        ("POST", f"/images/{world.image.id}/segment?wait=0"),
        ("GET", f"/segImg/?id={world.image.id}"),
    ):
        answer = call(method, path)
        assert (answer.status_code, answer.json()["error"]) == (409, "WrongState")
        assert "without suggestion" in answer.json()["message"]
    Pick.objects.update(blind=False)
    assert call("GET", f"/segImg/?id={world.image.id}").status_code == 200


def test_managers_see_it_and_are_told(world: Any, browser: Any, suggestion: Annotation):
    call, at = browser(world.manager), f"/images/{world.image.id}"
    for door in DOORS:
        assert call("GET", f"{at}/{door}").status_code == 200
    assert call("POST", f"{at}/segment?wait=0").status_code == 202
    shown = call("GET", at).json()
    assert (shown["blind"], shown["automatic"]["id"]) == (True, suggestion.id)


def test_the_probabilities_say_which_classes_they_are_of(world: Any, browser: Any, suggestion: Annotation):
    Pick.objects.update(blind=False)
    call = browser(world.people["annotator"])
    answer = call("GET", f"/images/{world.image.id}/probabilities")
    assert (answer["X-Classes"], answer["X-Annotation"]) == ("1,2", str(suggestion.id))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer.content == bytes(range(48))
    Annotation.objects.filter(id=suggestion.id).update(probabilities="")
    assert call("GET", f"/images/{world.image.id}/probabilities").status_code == 404


def test_a_save_says_where_its_pixels_came_from(world: Any, browser: Any, suggestion: Annotation):
    call, at = browser(world.people["annotator"]), f"/images/{world.image.id}"
    said = f'{{"suggestion": {suggestion.id}, "suggested": 20, "drawn": 4}}'
    assert call("PUT", f"{at}/mask", MASK.tobytes(), headers={"If-Match": "0", "X-Provenance": said}).status_code == 200
    told = call("GET", at).json()["annotation"]["provenance"]
    assert (told["pixels"]["suggested"], told["suggestion"]["network"]) == (20, world.network.id)
    wrong = call("PUT", f"{at}/mask", MASK.tobytes(), headers={"If-Match": "1", "X-Provenance": "{"})
    assert (wrong.status_code, wrong.json()["error"]) == (422, "InvalidInput")


def test_the_share_is_a_setting_between_0_and_1(world: Any, browser: Any):
    call, at = browser(world.manager), f"/projects/{world.project.id}"
    assert call("GET", at).json()["settings"]["blind_share"] == 0.1
    assert call("PATCH", at, {"settings": {"blind_share": 0.25}}).json()["settings"]["blind_share"] == 0.25
    assert call("PATCH", at, {"settings": {"blind_share": 1.5}}).status_code == 422
