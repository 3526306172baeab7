"""A back-up restored into an empty installation is the same installation; what cannot be used is refused whole."""

from __future__ import annotations

import io
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from server.worker.installations import database_path, files, rows, winnow

from winnow.errors import Conflict, InvalidInput
from winnow.server import storage
from winnow.server.models import Image, Project, Quarantined
from winnow.server.services import projects
from winnow.server.worker import backup as backing
from winnow.server.worker.backup import back_up
from winnow.server.worker.sweep import GRACE_SECONDS, HOLD_SECONDS, hold, sweep

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_restored_is_what_was_backed_up(installed: Path, tmp_path: Path, empty: Path) -> None:
    file = tmp_path / "winnow.backup"
    out = io.StringIO()
    call_command("backup", str(file), stdout=out)
    assert "5 blobs" in out.getvalue()
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("*winnow.backup*")] == ["winnow.backup"], "nothing else is left"
    done = winnow(empty, "restore", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert rows(empty / "winnow.sqlite3") == rows(database_path())
    assert files(empty) == files(installed)
    assert len(files(empty)) == 5 + 2 + 1 + 1
    assert {path.stat().st_mode & 0o077 for path in empty.rglob("*")} == {0}, "all of it is its owner's"
    started = winnow(empty, "manage", "bootstrap")
    assert (started.returncode, started.stdout) == (0, ""), "it has its people: no new administrator"


def test_uploads_looks_and_quarantine_stay_behind(installed: Path, tmp_path: Path, empty: Path) -> None:
    from winnow.server.models import IngestedFile, Job

    job = Job.objects.create(project=Project.objects.get(), kind="ingest")
    line = IngestedFile.objects.create(job=job, position=0, path="a.dcm", status="quarantined")
    held = Quarantined.objects.create(project=job.project, file=line, folder="ab" * 16, height=4, width=6)
    for folder in (storage.quarantine("ab" * 16), storage.incoming("u"), storage.looks("n"), storage.scratch(job.id)):
        (folder / "file").write_bytes(b"DOE^JANE")
    file = tmp_path / "winnow.backup"
    back_up(target=file)
    assert b"DOE^JANE" not in file.read_bytes()
    assert winnow(empty, "restore", str(file)).returncode == 0
    with closing(sqlite3.connect(empty / "winnow.sqlite3")) as database:
        assert database.execute("SELECT state FROM server_quarantined").fetchall() == [("expired",)]
    held.refresh_from_db()
    assert held.state == "waiting"
    assert installed.is_dir()


@pytest.mark.usefixtures("installed")
def test_what_is_deleted_meanwhile_is_in_the_back_up(
    tmp_path: Path, empty: Path, user: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def delete_and_sweep(*given: Any) -> None:
        project = Project.objects.get()
        projects.delete_project(project=project, actor=user("mia"))
        assert sweep(now=Path(file.parent).stat().st_mtime + 2 * GRACE_SECONDS) == 0
        add_exports(*given)

    add_exports = backing._add_exports
    monkeypatch.setattr(backing, "_add_exports", delete_and_sweep)
    file, before = tmp_path / "winnow.backup", rows(database_path())
    assert back_up(target=file)["missing"] == []
    assert winnow(empty, "restore", str(file)).returncode == 0
    assert rows(empty / "winnow.sqlite3") == before
    assert (empty / "keys" / str(before["server_project"][0][0])).is_file()


def test_it_is_consistent_while_others_write(project: Project, own_data_dir: Path, tmp_path: Path, empty: Path) -> None:
    from django.db import connection

    stop, written = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            Image.objects.create(
                project=project, name=f"{number}", height=1, width=4, dtype="int32", window=[0, 1],
                pixels=storage.put_array(np.full(4, number)), fingerprint=f"{number:064x}", patient="p",
            )  # fmt: skip
            if number == 20:
                written.set()
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert written.wait(60)
        contents = back_up(target=tmp_path / "winnow.backup")
    finally:
        stop.set()
        thread.join()
    assert winnow(empty, "restore", str(tmp_path / "winnow.backup")).returncode == 0
    with closing(sqlite3.connect(empty / "winnow.sqlite3")) as database:
        named = {row[0] for row in database.execute("SELECT pixels FROM server_image")}
    assert 20 <= len(named) == contents["blobs"]
    assert {path.name for path in (empty / "blobs").rglob("*") if path.is_file()} == named
    assert own_data_dir.is_dir()


def test_a_hold_ends_with_its_holder(own_data_dir: Path) -> None:
    storage.put_array(np.zeros(4, np.uint8))
    later = own_data_dir.stat().st_mtime + 2 * GRACE_SECONDS
    with hold():
        assert sweep(now=later) == 0
        (mark,) = (path for path in storage.blobs.root.iterdir() if path.is_file())
        os.utime(mark, (0, mark.stat().st_mtime - HOLD_SECONDS - 1))  # as a killed one leaves it
        assert sweep(now=later) == 1


def test_what_is_missing_is_told(installed: Path, tmp_path: Path, empty: Path) -> None:
    gone, damaged = Image.objects.values_list("pixels", flat=True)
    storage.blobs.path(gone).unlink()
    storage.blobs.path(damaged).write_bytes(b"rot")
    with pytest.raises(CommandError, match="2 blobs"):
        call_command("backup", str(tmp_path / "winnow.backup"), stdout=io.StringIO())
    done = winnow(empty, "restore", str(tmp_path / "winnow.backup"))
    assert done.returncode == 0
    assert "2 blobs" in done.stderr
    assert len(files(empty)) == len(files(installed)) - 1, "the damaged one; the other one is gone here, too"


def test_bad_places_are_refused(made: Path, own_data_dir: Path) -> None:
    with pytest.raises(Conflict):
        back_up(target=made)
    with pytest.raises(InvalidInput, match="elsewhere"):
        back_up(target=own_data_dir / "blobs" / "backup")
