"""A second factor is asked for, works once, and can be lost without losing the account."""

from __future__ import annotations

import re
from base64 import b32encode
from typing import Any

import pytest
from django.test import Client
from server.authenticator import code_of

from winnow.server.models import Event, SecondFactor
from winnow.server.services import second_factor

PASSWORD = "correct horse battery"
# RFC 6238, appendix B (SHA-1), last six of the eight digits
VECTORS = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037"}


@pytest.mark.parametrize("at", VECTORS)
def test_codes_are_those_of_the_standard(at: int):
    key = b32encode(b"12345678901234567890").decode()
    assert second_factor._totp(key).generate(at).decode() == code_of(key, at=at) == VECTORS[at]


def sign_in(code: str = "", password: str = PASSWORD) -> Any:
    body = {"name": "ann", "password": password, "code": code}
    return Client().post("/api/login", body, content_type="application/json")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """``clock()`` lets half a minute pass; codes are then of another step."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(second_factor.time, "time", lambda: now[0])

    def later() -> None:
        now[0] += 30

    return later


@pytest.fixture
def factor(project: Any, user: Any, browser: Any, clock: Any) -> dict[str, Any]:
    """ann has one: its key and recovery codes."""
    call = browser(user("ann"))
    begun = call("POST", "/me/second-factor", {"password": PASSWORD}).json()
    codes = call("POST", "/me/second-factor/confirm", {"code": code_of(begun["key"])}).json()["recovery_codes"]
    clock()
    return {**begun, "codes": codes, "call": call, "project": project.id}


def test_it_is_asked_for_and_works_once(factor: Any, clock: Any):
    answer = sign_in()
    assert (answer.status_code, answer.json()["error"]) == (401, "SecondFactorNeeded")
    assert "sessionid" not in answer.cookies
    assert sign_in("000000").json()["error"] == "SecondFactorNeeded"
    assert sign_in(code_of(factor["key"]), "wrong").json()["error"] == "Unauthenticated"
    code = code_of(factor["key"])
    assert sign_in(f"{code[:3]} {code[3:]}").status_code == 200
    assert sign_in(code).status_code == 401, "seen over a shoulder"
    assert sign_in(code_of(factor["key"], steps=-1)).status_code == 401, "older than the last one"
    clock()
    assert sign_in(code_of(factor["key"], steps=1)).status_code == 200, "a clock that is fast"
    assert sign_in(code_of(factor["key"], steps=2)).status_code == 401


@pytest.mark.usefixtures("clock")
def test_codes_cannot_be_guessed(factor: Any):
    answers = [sign_in("000000").status_code for _ in range(7)]
    assert answers == [401] * 6 + [429]
    assert sign_in(code_of(factor["key"])).status_code == 429


def test_each_recovery_code_works_once(factor: Any):
    assert len(set(factor["codes"])) == 10
    first, second, *_ = factor["codes"]
    assert re.fullmatch(r"([A-Z2-7]{4}-){3}[A-Z2-7]{4}", first)
    assert sign_in(first.lower().replace("-", " ")).status_code == 200
    assert sign_in(first).status_code == 401
    assert sign_in(second).status_code == 200
    assert factor["call"]("GET", "/me/second-factor").json()["recovery_codes"] == 8
    assert Event.objects.filter(action="second_factor.recover").count() == 2


def test_nothing_of_it_is_stored_in_clear(factor: Any):
    stored = str(SecondFactor.objects.values())
    for told in (factor["key"], *factor["codes"], factor["codes"][0].replace("-", "")):
        assert told not in stored
    assert factor["picture"].startswith("data:image/svg+xml")
    assert factor["address"].startswith("otpauth://totp/Winnow:ann?")


def test_it_is_removed_by_password_and_code_only(factor: Any):
    def remove(password: str, code: str) -> int:
        return factor["call"]("POST", "/me/second-factor/remove", {"password": password, "code": code}).status_code

    assert remove("wrong", code_of(factor["key"])) == 422
    assert remove(PASSWORD, "000000") == 422
    assert factor["call"]("POST", "/me/second-factor", {"password": PASSWORD}).status_code == 409
    assert remove(PASSWORD, factor["codes"][0]) == 204
    assert sign_in().status_code == 200
    assert not SecondFactor.objects.exists()


def test_one_that_is_not_confirmed_is_not_asked_for(project: Any, user: Any, browser: Any):
    call = browser(user("ann"))
    assert call("POST", "/me/second-factor", {"password": "wrong"}).status_code == 422
    first = call("POST", "/me/second-factor", {"password": PASSWORD}).json()["key"]
    second = call("POST", "/me/second-factor", {"password": PASSWORD}).json()["key"]
    assert sign_in().status_code == 200
    assert call("GET", "/me/second-factor").json() == {"since": None, "recovery_codes": 0}
    assert call("POST", "/me/second-factor/confirm", {"code": code_of(first)}).status_code == 422
    assert call("POST", "/me/second-factor/confirm", {"code": code_of(second)}).status_code == 200
    assert call("POST", "/me/second-factor/confirm", {"code": code_of(second, steps=1)}).status_code == 409
    assert project.id


def test_an_administrator_helps_who_lost_everything(factor: Any, make_user: Any):
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    number = SecondFactor.objects.get().id
    page = client.get(f"/admin/server/secondfactor/{number}/change/").content.decode()
    assert factor["key"] not in page
    assert SecondFactor.objects.get().key not in page
    client.post(f"/admin/server/secondfactor/{number}/delete/", {"post": "yes"})
    assert sign_in().status_code == 200
