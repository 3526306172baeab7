"""Series from a PACS come in as any upload, all or nothing, and no original stays."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pacs.odd import Handler, OddPacs, multipart
from pacs.orthanc import PASSWORD, USER, Orthanc

from winnow.dicom.phantom import phantom_files, phantom_uid
from winnow.server.models import Image, Job, Project
from winnow.server.services import jobs, pacs

from .conftest import Workers, wait_for

FILES = [data for _, data, _ in phantom_files(patients=2, slices=3, size=32)]
SERIES = [(phantom_uid(0, patient, 0), phantom_uid(0, patient, 1)) for patient in (0, 1)]
PERSONS = ("Nova", "NOVA", "Okonkwo", "OKONKWO", "LIH-", *(uid for pair in SERIES for uid in pair))
Pull = Callable[..., Job]


@pytest.fixture
def ask(transactional_db: None, project: Project, user: Any, settings: Any) -> Pull:  # noqa: ARG001
    """The job of a pull from this PACS."""

    def make(server: Any, wanted: Any = SERIES) -> Job:
        settings.WINNOW_PACS_HOSTS = [server.host]
        server_user = (USER, PASSWORD) if isinstance(server, Orthanc) else ("", "")
        pacs.connect(project=project, url=server.url, user=server_user[0], password=server_user[1], actor=user("mia"))
        return pacs.pull(project=project, wanted=wanted, actor=user("mia"))

    return make


def traces(data_dir: Path) -> list[str]:
    """Where something of an invented patient is left: in the database or on the disk."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        rows = {name: str(cursor.execute(f"select * from {name}").fetchall()) for name in names}  # noqa: S608
    files = {str(path): path.read_bytes().decode("latin-1") for path in data_dir.rglob("*") if path.is_file()}
    return [f"{where}: {word}" for where, text in (rows | files).items() for word in PERSONS if word in text]


def test_chosen_series_come_in_de_identified(
    ask: Pull, orthanc: Orthanc, run_now: Callable[[Job], Job], project: Project, own_data_dir: Path
) -> None:
    orthanc.fill(FILES)
    job = run_now(ask(orthanc))
    assert (job.state, job.error, job.message) == ("succeeded", "", "6 images from 6 of 6 files came in.")
    assert {image.series.images.count() for image in project.images.all()} == {3}
    assert project.images.values("patient").distinct().count() == 2
    assert min(line.path for line in job.files.all()) == "series-1/00001.dcm"
    assert traces(own_data_dir) == []
    assert list((own_data_dir / "incoming").iterdir()) == []


def test_what_was_uploaded_before_is_there_already(ask: Pull, orthanc: Orthanc, run_now: Callable[[Job], Job]) -> None:
    orthanc.fill(FILES)
    run_now(ask(orthanc, SERIES[:1]))
    assert run_now(ask(orthanc)).result == {"images": 3, "written": 3, "refused": 0, "duplicates": 3, "quarantined": 0}


def second_fails(odd: OddPacs, then: Callable[[Handler], None]) -> None:
    """The first series comes whole, the second does what the test wants."""

    def script(handler: Handler) -> None:
        if "/series/" not in handler.path:
            handler.give_json(b"[]")
        elif SERIES[0][1] in handler.path:
            body, kind = multipart(*FILES[:3])
            handler.give(200, body, Content_Type=kind)
        else:
            then(handler)

    odd.script = script


def cut_off(handler: Handler) -> None:
    body, kind = multipart(*FILES[3:5], end=False)
    handler.give(200, body, Content_Type=kind)


@pytest.mark.parametrize(
    ("then", "error", "words"),
    [
        (cut_off, "PacsAway", "in the middle of a series"),
        (lambda handler: handler.give(503), "PacsAway", "not ready"),
        (lambda handler: handler.give(401), "PacsRefuses", "the password"),
        (Handler.hold, "PacsAway", "does not answer within"),
    ],
)
def test_a_pull_that_fails_leaves_nothing_half_done(
    then: Any, error: str, words: str, ask: Pull, odd_pacs: OddPacs, run_now: Any, settings: Any, own_data_dir: Path
) -> None:
    second_fails(odd_pacs, then)
    job = ask(odd_pacs)
    settings.WINNOW_PACS_SECONDS = 0.5
    job = run_now(job)
    assert (job.state, job.error) == ("failed", error)
    assert words in job.message
    assert job.message.endswith("Nothing came in. Pull the series again.")
    assert not Image.objects.exists()
    assert list((own_data_dir / "incoming").iterdir()) == []
    assert traces(own_data_dir) == []


def test_limits_hold_for_all_series_together(ask: Pull, odd_pacs: OddPacs, run_now: Any, settings: Any) -> None:
    second_fails(odd_pacs, lambda handler: handler.give(200, multipart(*FILES[3:])[0], Content_Type=multipart()[1]))
    job = ask(odd_pacs)
    settings.WINNOW_MAX_ARCHIVE_FILES = 5
    job = run_now(job)
    assert (job.error, Image.objects.count()) == ("TooLarge", 0)
    job = ask(odd_pacs)
    settings.WINNOW_MAX_ARCHIVE_FILES, settings.WINNOW_MAX_UPLOAD_BYTES = 6, sum(map(len, FILES)) - 1
    assert run_now(job).error == "TooLarge"


def test_a_connection_that_was_taken_away_is_said(
    ask: Pull, odd_pacs: OddPacs, run_now: Any, project: Project, user: Any
) -> None:
    job = ask(odd_pacs)
    pacs.disconnect(project=project, actor=user("mia"))
    job = run_now(job)
    assert (job.error, job.message) == (
        "WrongState", "The project is connected to no PACS. Nothing came in. Pull the series again."
    )  # fmt: skip


def test_a_killed_pull_goes_on_behind_the_last_whole_series(
    ask: Pull, odd_pacs: OddPacs, workers: Workers, own_data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_fails(odd_pacs, lambda handler: (cut_off_later(handler), handler.hold()))
    monkeypatch.setitem(workers._environment, "WINNOW_PACS_HOSTS", odd_pacs.host)
    job = ask(odd_pacs)
    worker = workers.start()
    wait_for(lambda: len(odd_pacs.asked) == 3, what="the second series to be asked for")
    folder = own_data_dir / "incoming" / job.payload["incoming"]
    wait_for((folder / "3").exists, what="its first bytes")
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    second_fails(odd_pacs, lambda handler: handler.give(200, multipart(*FILES[3:])[0], Content_Type=multipart()[1]))
    workers.start()
    done = wait_for(lambda: (now := Job.objects.get(id=job.id)).finished_at and now, what="the end of the job")
    assert (done.state, done.attempt, done.result["images"]) == ("succeeded", 2, 6)
    assert sum(SERIES[0][1] in handler.path for handler in odd_pacs.asked) == 1
    assert not folder.exists()
    assert traces(own_data_dir / "blobs") == []


def cut_off_later(handler: Handler) -> None:
    body, kind = multipart(*FILES[3:5], end=False)
    handler.give(200, body, claimed=10**6, Content_Type=kind)


def test_cancelling_ends_a_pull_that_waits(
    ask: Pull, odd_pacs: OddPacs, workers: Workers, own_data_dir: Path, monkeypatch: pytest.MonkeyPatch, user: Any
) -> None:
    second_fails(odd_pacs, Handler.hold)
    monkeypatch.setitem(workers._environment, "WINNOW_PACS_HOSTS", odd_pacs.host)
    monkeypatch.setitem(workers._environment, "WINNOW_PACS_SECONDS", "600")
    job = ask(odd_pacs)
    workers.start()
    wait_for(lambda: len(odd_pacs.asked) == 3, what="the second series to be asked for")
    jobs.request_cancel(job=Job.objects.get(id=job.id), actor=user("mia"))
    done = wait_for(lambda: (now := Job.objects.get(id=job.id)).finished_at and now, what="the end of the job")
    assert (done.state, Image.objects.count()) == ("cancelled", 0)
    assert wait_for(lambda: list((own_data_dir / "incoming").iterdir()) == [], what="the files to go")
    with pytest.raises(jobs.WrongState, match="choose the series again"):
        jobs.retry(job=done, actor=user("mia"))
