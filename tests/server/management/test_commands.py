from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from winnow import cli
from winnow.server.models import Project, User
from winnow.server.services import accounts


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_the_description_is_the_same_each_time():
    first = run("openapi")
    assert run("openapi") == first
    assert json.loads(first)["paths"]["/api/projects"]["get"]["operationId"] == "listProjects"


def test_a_command_before_the_first_start_says_what_to_do(tmp_path: Path):
    environment = {**os.environ, "WINNOW_DATA_DIR": str(tmp_path), "WINNOW_DATABASE_URL": f"sqlite:///{tmp_path}/new"}
    command = [sys.executable, "-c", "import sys; from winnow.cli import main; sys.exit(main())", "token", "admin"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "winnow manage bootstrap" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_result_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "file").touch()
    for target in (tmp_path, tmp_path / "file" / "out.json"):
        with pytest.raises(SystemExit) as wrong:
            cli.main(["evaluate", "nowhere", "nowhere", "--json", str(target)])
        assert wrong.value.code == 2
        assert "cannot be" in capsys.readouterr().err


@pytest.mark.django_db
def test_the_first_start_says_name_and_password_once(rf):
    said = run("bootstrap")
    password = re.search(r"Password: (\S+)", said)
    assert password is not None
    user = accounts.sign_in(request=rf.get("/"), name="admin", password=password[1])
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert run("bootstrap") == ""
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_an_installation_with_users_gets_no_other():
    User.objects.create_user(username="somebody")
    assert run("bootstrap") == ""
    assert not User.objects.filter(username="admin").exists()


def test_a_token_is_printed_alone(make_user):
    mia = make_user("mia")
    token = run("token", "mia").removesuffix("\n")
    row = accounts.known_token(token=token)
    assert row is not None
    assert (row.user, row.name, row.scope) == (mia, "command line", "manage")
    reading = accounts.known_token(token=run("token", "mia", "--scope", "read").strip())
    assert reading is not None
    assert reading.scope == "read"
    with pytest.raises(CommandError):
        run("token", "nobody")


def test_the_example_is_the_first_administrators_or_who_is_named(make_user):
    with pytest.raises(CommandError, match="bootstrap"):
        run("demo")
    root, mia = make_user("root", is_staff=True), make_user("mia")
    run("demo")
    assert "job" in run("demo", "--user", "mia")
    assert [project.created_by for project in Project.objects.all()] == [root, mia]


def test_a_missing_program_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    from winnow.imaging import tesseract
    from winnow.server.management.commands.serve import _missing

    monkeypatch.setattr(tesseract, "program", lambda: "/usr/bin/tesseract")
    assert _missing() == ""
    monkeypatch.setattr(tesseract, "program", lambda: None)
    assert "tesseract-ocr" in _missing()
