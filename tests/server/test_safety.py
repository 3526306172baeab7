"""Cookies and headers, as the checklist in docs/operate/security.md says of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

NAMES = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_AGE", "DEBUG")
CODE = f"import json; from winnow.server import settings as s; print(json.dumps([getattr(s, n) for n in {NAMES}]))"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, [False, False, 0, 14 * 86400, False]),
        ({"WINNOW_TLS": "1", "WINNOW_SESSION_HOURS": "12"}, [True, True, 31536000, 12 * 3600, False]),
    ],
)
def test_settings_follow_the_environment(given: dict[str, str], wanted: list[Any], tmp_path: Path) -> None:
    environment = os.environ | {"WINNOW_DATA_DIR": str(tmp_path)} | given
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == wanted


@pytest.mark.usefixtures("project")
def test_the_session_is_new_at_each_sign_in_and_no_script_reads_it() -> None:
    client, seen = Client(), set()
    for _ in range(2):
        body = {"name": "ann", "password": "correct horse battery"}
        assert client.post("/api/login", body, content_type="application/json").status_code == 200
        cookie = client.cookies["sessionid"]
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
        seen.add(cookie.value)
    assert len(seen) == 2


@pytest.mark.django_db
def test_every_answer_carries_the_headers() -> None:
    for address in ("/api/me", "/api/nothing", "/admin/", "/static/ninja/swagger-ui-bundle.js"):
        answer = Client().get(address)
        assert answer["X-Content-Type-Options"] == "nosniff", address
        assert answer["Referrer-Policy"] == "same-origin", address
        policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'self'", "scripts too: none inline"
        assert "script-src" not in policy


def test_over_tls_browsers_are_told_to_stay(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 31536000
    assert Client().get("/api/nothing", secure=True)["Strict-Transport-Security"] == "max-age=31536000"
