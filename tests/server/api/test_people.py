from __future__ import annotations

from typing import Any

import pytest
from django.test import Client


@pytest.mark.usefixtures("project")
def test_a_browser_signs_in_and_out():
    client = Client(enforce_csrf_checks=True)
    wrong = client.post("/api/login", {"name": "ann", "password": "no"}, content_type="application/json")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "Unauthenticated")
    assert "WWW-Authenticate" in wrong
    right = {"name": "ann", "password": "correct horse battery"}
    answer = client.post("/api/login", right, content_type="application/json")
    assert answer.json() == {"id": answer.json()["id"], "name": "ann", "administrator": False, "language": "en"}
    assert client.cookies["sessionid"]["httponly"]
    assert client.get("/api/me").json()["name"] == "ann"
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    assert client.patch("/api/me", {"language": "zh"}, content_type="application/json").status_code == 403
    changed = client.patch("/api/me", {"language": "zh"}, content_type="application/json", headers=headers)
    assert changed.json()["language"] == "zh"
    passwords = {"old": "correct horse battery", "new": "a longer passphrase"}
    assert (
        client.post("/api/me/password", passwords, content_type="application/json", headers=headers).status_code == 204
    )
    assert client.get("/api/me").status_code == 200
    assert client.post("/api/logout", headers=headers).status_code == 204
    assert client.get("/api/me").status_code == 401


@pytest.mark.usefixtures("project")
def test_another_site_cannot_sign_anybody_in():
    body = {"name": "ann", "password": "correct horse battery"}
    answer = Client().post(
        "/api/login", body, content_type="application/json", headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


def test_a_token_is_shown_once_and_works(world: Any, browser: Any):
    call = browser(world.manager)
    made = call("POST", "/tokens", {"name": "laptop"}).json()
    assert [row["token"] for row in call("GET", "/tokens").json()["items"]] == [None]
    client = Client()
    assert client.get("/api/me", headers={"Authorization": f"Bearer {made['token']}"}).json()["name"] == "mia"
    call("DELETE", f"/tokens/{made['id']}")
    assert client.get("/api/me", headers={"Authorization": f"Bearer {made['token']}"}).status_code == 401


def test_members_are_named_by_number_or_name(world: Any, script: Any):
    call = script(world.manager)
    at = f"/projects/{world.project.id}/members"
    assert call("PUT", f"{at}/{world.outsider.id}", {"role": "annotator"}).json()["user"]["name"] == "ole"
    assert call("PUT", f"{at}/ole", {"role": "reviewer"}).json()["role"] == "reviewer"
    assert {row["user"]["name"] for row in call("GET", at).json()["items"]} == {"mia", "ann", "rex", "ole"}
    assert call("DELETE", f"{at}/ole").status_code == 204
    assert call("PUT", f"{at}/nobody", {"role": "annotator"}).status_code == 404


def test_a_project_says_where_it_stands(world: Any, script: Any):
    body = script(world.people["annotator"])("GET", f"/projects/{world.project.id}").json()
    assert (body["role"], body["next_step"], body["round"], body["quality"]) == ("annotator", "annotate", 1, 0.5)
    assert (body["counts"]["picked"], body["counts"]["auto"], body["mine"]["picks"]) == (1, 1, 1)
    assert body["thumbnails"] == [world.image.id, world.auto.id]
    assert script(world.root)("GET", f"/projects/{world.project.id}").json()["role"] == "manager"
    assert [row["id"] for row in script(world.outsider)("GET", "/projects").json()["items"]] == []


def test_a_round_shows_its_picks(world: Any, script: Any):
    call = script(world.people["annotator"])
    body = call("GET", f"/projects/{world.project.id}/rounds/{world.turn.id}").json()
    assert (body["cold_start"], body["strategy"], body["done"]) == (True, "diverse", 0)
    assert [pick["image"] for pick in body["picks"]] == [world.image.id]
    assert call("GET", f"/projects/{world.project.id}/rounds/0").status_code == 404


def test_next_is_204_when_none_waits(world: Any, script: Any):
    at = f"/projects/{world.project.id}/next"
    assert script(world.people["annotator"])("POST", at).json()["id"] == world.image.id
    answer = script(world.people["reviewer"])("POST", at)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer


def test_changed_keys_follow_the_person_and_nobody_else(world: Any, browser: Any):
    call = browser(world.manager)
    assert call("GET", "/me/preferences").json() == {"shortcuts": {}}
    changed = {"shortcuts": {"tool.brush": ["Q", "Ctrl+B"], "tool.fill": []}}
    assert call("PUT", "/me/preferences", changed).json() == changed
    assert browser(world.manager)("GET", "/me/preferences").json() == changed
    assert browser(world.outsider)("GET", "/me/preferences").json() == {"shortcuts": {}}


@pytest.mark.parametrize(
    "shortcuts",
    [
        {"Tool brush": ["Q"]},
        {"tool.brush": ["Q"] * 5},
        {"tool.brush": ["Q" * 33]},
        {"tool.brush": [""]},
        {"tool.brush": "Q"},
        {f"tool.{number}": [] for number in range(201)},
    ],
)
def test_keys_of_another_shape_are_refused(world: Any, browser: Any, shortcuts: Any):
    call = browser(world.manager)
    assert call("PUT", "/me/preferences", {"shortcuts": shortcuts}).status_code == 422
    assert call("GET", "/me/preferences").json() == {"shortcuts": {}}


@pytest.mark.usefixtures("project")
def test_who_guesses_has_to_wait_however_right_the_next_guess_is():
    def sign_in(name: str, password: str) -> Any:
        return Client().post("/api/login", {"name": name, "password": password}, content_type="application/json")

    right = "correct horse battery"
    for name in ("ann", "nobody"):
        assert [sign_in(name, str(number)).status_code for number in range(6)] == [401] * 6
        answer = sign_in(name, right)
        assert (answer.status_code, answer.json()["error"]) == (429, "TooManyAttempts")
        assert 1 <= int(answer["Retry-After"]) == answer.json()["detail"]["seconds"] <= 6
        assert "sessionid" not in answer.cookies
    assert sign_in("mia", right).status_code == 200


def test_the_present_password_cannot_be_guessed_either(world: Any, browser: Any):
    call = browser(world.manager)
    wrong = {"old": "guess", "new": "a longer passphrase"}
    assert [call("POST", "/me/password", wrong).status_code for _ in range(7)] == [422] * 6 + [429]


@pytest.mark.django_db
def test_administrators_sign_in_by_the_same_door():
    answer = Client().get("/admin/server/event/")
    asked = Client().get(answer["Location"])
    assert (asked.status_code, asked["Location"]) == (302, "/login?next=%2Fadmin%2Fserver%2Fevent%2F")
    assert Client().post("/admin/login/", {"username": "root", "password": "x"}).status_code == 302
