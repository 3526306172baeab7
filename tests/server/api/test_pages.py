from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def built(settings: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Winnow</title>")
    (folder / "assets" / "index-a1b2c3d4.js").write_text("1")
    settings.WINNOW_FRONTEND_DIR = settings.WHITENOISE_ROOT = folder
    return folder


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "address", ["/", "/annotation", "/dataCollection/upload", "/annotation/", "/no/such?project=1"]
)
def test_every_address_is_the_page(address: str):
    answer = Client().get(address)
    assert answer.status_code == 200
    assert b"<title>Winnow" in answer.content
    assert answer.cookies["csrftoken"].value
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src" not in policy  # so that scripts are under default-src: none inline
    assert answer["X-Frame-Options"] == "DENY"
    assert {name for name, value in answer.items() if value != value.strip()} == set()  # servers refuse to send those


@pytest.mark.usefixtures("built")
def test_what_is_no_page_is_not_answered_with_one():
    client = Client()
    for address in ("/assets/gone.js", "/static/gone.js"):
        assert client.get(address).status_code == 404
    assert client.post("/").status_code == 405
    answer = client.get("/api/nothing")
    assert (answer.status_code, answer.json()["error"]) == (404, "NotFound")
    assert client.get("/api").json()["error"] == "NotFound"
    strict = Client(enforce_csrf_checks=True)
    assert strict.put("/api/images/-1/mask").json()["error"] == "NotFound", "not a page about CSRF"


@pytest.mark.usefixtures("built")
def test_assets_are_kept_for_good_because_their_names_change():
    answer = Client().get("/assets/index-a1b2c3d4.js")
    assert (answer.status_code, answer.content) == (200, b"1")
    assert "immutable" in answer["Cache-Control"]
    assert "javascript" in answer["Content-Type"]
    again = Client().get("/assets/index-a1b2c3d4.js", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


def test_a_missing_front_end_says_what_to_do(settings: Any, tmp_path: Path):
    settings.WINNOW_FRONTEND_DIR = tmp_path / "none"
    answer = Client().get("/")
    assert answer.status_code == 503
    assert b"make setup" in answer.content


@pytest.mark.django_db
def test_the_description_needs_nothing_from_elsewhere():
    page = Client().get("/api/docs").content.decode()
    assert "/static/ninja/swagger-ui-bundle.js" in page
    assert "https://" not in page
    assert "<script>" not in page
    assert Client().get("/static/ninja/swagger-ui-bundle.js").status_code == 200
    assert Client().get("/api/openapi.json").json()["openapi"].startswith("3.1")


def test_administrators_look_but_do_not_touch(make_user: Any):
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    for name in ("project", "membership", "job", "event", "user"):
        assert client.get(f"/admin/server/{name}/").status_code == 200
    assert client.get("/admin/server/project/add/").status_code == 403
