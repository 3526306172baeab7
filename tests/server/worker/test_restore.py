"""A restore refuses what is not empty and what is not whole, and leaves nothing half done."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from server.worker.installations import database_path, is_empty, rows, winnow

from winnow.errors import UnreadableFile, WinnowError
from winnow.server.worker import restore as restoring
from winnow.server.worker.restore import restore

pytestmark = pytest.mark.django_db(transaction=True)
Members = list[tuple[tarfile.TarInfo, bytes]]


def rewritten(file: Path, change: Callable[[Members], Members]) -> Path:
    """The back-up with other members."""
    with tarfile.open(file) as archive:
        members = [(member, archive.extractfile(member).read()) for member in archive]  # type: ignore[union-attr]
    target = file.with_suffix(".other")
    with tarfile.open(target, "w") as archive:
        for member, data in change(members):
            member.size = len(data) if member.isreg() else 0
            archive.addfile(member, io.BytesIO(data))
    return target


def renamed(index: int, name: str, kind: bytes = tarfile.REGTYPE) -> Callable[[Members], Members]:
    def change(members: Members) -> Members:
        members[index][0].name, members[index][0].type, members[index][0].linkname = name, kind, "/etc/passwd"
        return members

    return change


def said(**changes: Any) -> Callable[[Members], Members]:
    def change(members: Members) -> Members:
        return [(members[0][0], json.dumps(json.loads(members[0][1]) | changes).encode()), *members[1:]]

    return change


def rotten(start: str) -> Callable[[Members], Members]:
    def change(members: Members) -> Members:
        return [(m, bytes([d[0] ^ 1]) + d[1:] if m.name.startswith(start) else d) for m, d in members]

    return change


BAD: dict[str, tuple[Callable[[Members], Members], str]] = {
    "a path outside": (renamed(-2, "../evil"), "no back-up holds"),
    "an absolute path": (renamed(-2, "/evil"), "no back-up holds"),
    "a path under blobs": (renamed(-2, "blobs/../../evil"), "no back-up holds"),
    "a link": (renamed(-2, "exports/1.zip", tarfile.SYMTYPE), "no back-up holds"),
    "a second file of a name": (lambda members: [*members[:-1], members[-2], members[-1]], "no back-up holds"),
    "something after the end": (lambda members: [*members, members[1]], "no back-up holds"),
    "a changed blob": (rotten("blobs/"), "does not match its hash"),
    "a changed database": (rotten("database"), "does not match its hash"),
    "a changed key": (rotten("keys/"), "does not match its hash"),
    "without its end": (lambda members: members[:-1], "cut off"),
    "without a blob": (lambda members: [*members[:-2], members[-1]], "cut off"),
    "without its database": (lambda members: [members[0], *members[2:]], "cut off"),
    "a newer version": (said(migrations=[["server", "9999_wings"]], version="9.0"), "newer version (9.0, 9999_wings)"),
    "another form": (said(format=2, version="9.0"), "made by Winnow 9.0"),
    "another database": (said(database="mysql"), "is of mysql"),
    "no description": (lambda members: members[1:], "no back-up"),
}


@pytest.fixture
def here(made: Path, empty: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restore in this process goes to ``empty`` from here. Only one that is refused: no database is opened there."""
    assert made.is_file()
    empty.mkdir()
    settings.WINNOW_DATA_DIR = empty
    monkeypatch.setattr(restoring, "_database", lambda: empty / "winnow.sqlite3")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_used_is_refused_whole(kind: str, made: Path, empty: Path) -> None:
    change, sentence = BAD[kind]
    with pytest.raises(WinnowError, match=re.escape(sentence)):
        restore(source=rewritten(made, change))
    assert is_empty(empty)
    assert not (empty.parent / "evil").exists()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("part", [0.0, 0.001, 0.5, 0.9])
def test_what_is_cut_off_is_refused_whole(part: float, made: Path, empty: Path) -> None:
    data = made.read_bytes()
    short = made.with_suffix(".short")
    short.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(UnreadableFile):
        restore(source=short)
    assert is_empty(empty)


def test_only_an_empty_installation_is_restored_into(made: Path, empty: Path, tmp_path: Path) -> None:
    assert winnow(empty, "restore", str(made)).returncode == 0
    before = rows(empty / "winnow.sqlite3")
    again = winnow(empty, "restore", str(made))
    assert again.returncode == 1
    assert "not empty" in again.stderr
    assert rows(empty / "winnow.sqlite3") == before
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("mine")
    assert "letter.txt" in winnow(other, "restore", str(made)).stderr
    assert [path.name for path in other.iterdir() if path.name not in ("secret_key", "incoming")] == ["letter.txt"]
    assert "No such file" in winnow(tmp_path / "new", "restore", str(tmp_path / "nothing")).stderr


KILLED = """
import os, sys
from winnow.cli import main
os.environ["DJANGO_SETTINGS_MODULE"] = "winnow.server.settings"
from winnow.server.worker import {module}
{module}.{name} = lambda *given, **named: os._exit(9)
sys.exit(main())
"""


@pytest.mark.parametrize(("module", "name"), [("unpack", "_need_same"), ("restore", "_settle"), ("restore", "_place")])
def test_a_killed_one_is_begun_again(module: str, name: str, made: Path, empty: Path) -> None:
    code = KILLED.format(module=module, name=name)
    if module == "restore":
        code = code.replace("from winnow.server.worker", "import django; django.setup()\nfrom winnow.server.worker")
    assert winnow(empty, "restore", str(made), code=code).returncode == 9
    assert not (empty / "winnow.sqlite3").exists()
    start = winnow(empty, "manage", "bootstrap")
    assert start.returncode == 1
    assert "did not finish" in start.stderr
    assert winnow(empty, "restore", str(made)).returncode == 0
    assert rows(empty / "winnow.sqlite3") == rows(database_path())
    assert not (empty / ".restoring").exists()


def test_an_older_schema_is_migrated(empty: Path, tmp_path: Path) -> None:
    old, file = tmp_path / "old", tmp_path / "old.backup"
    assert winnow(old, "manage", "bootstrap").returncode == 0
    assert winnow(old, "manage", "migrate", "server", "0004").returncode == 0
    assert "server_pacs" not in rows(old / "winnow.sqlite3")
    assert winnow(old, "backup", str(file)).returncode == 0
    assert winnow(empty, "restore", str(file)).returncode == 0
    assert "server_pacs" in rows(empty / "winnow.sqlite3")
    (was,), (now,) = (rows(folder / "winnow.sqlite3")["server_user"] for folder in (old, empty))
    assert now[: len(was)] == was  # later columns come after
