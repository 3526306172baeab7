"""What one sender sends in one go becomes one ingest; what a killed receiver leaves behind is found, or swept."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from winnow.errors import NotFound, StorageFull
from winnow.server import storage
from winnow.server.models import Event, Job, Membership, Project
from winnow.server.services.inbox import NOTE, Inbox
from winnow.server.services.ingest import uploaded
from winnow.server.worker.tidy import tidy

SETTLE = 5.0
Make = Callable[..., Inbox]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(project: Project, user: Any, clock: Clock) -> Make:
    return lambda: Inbox(project=project, actor=user("mia"), settle=SETTLE, clock=clock)


@pytest.fixture
def file() -> Callable[[bytes], Path]:
    """A file as it came, in the folder of the incoming."""

    def write(data: bytes = b"dicom") -> Path:
        path = storage.incoming_dir() / f"tmp{time.monotonic_ns()}"
        path.write_bytes(data)
        return path

    return write


def folders() -> list[Path]:
    return sorted(path for path in storage.incoming_dir().iterdir() if path.is_dir())


def contents(job: Job) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in uploaded(job.payload["incoming"])}


def test_what_comes_in_one_go_is_one_ingest(make: Make, file: Any, clock: Clock, project: Project) -> None:
    inbox = make()
    inbox.put("a", file(b"1"))
    clock.now = 4
    inbox.put("a", file(b"2"))
    clock.now = 8
    assert inbox.take_in() == []
    clock.now = 9
    (job,) = inbox.take_in()
    assert (job.project, job.kind, job.state, job.created_by.username) == (project, "ingest", "queued", "mia")
    assert contents(job) == {"received/00001.dcm": b"1", "received/00002.dcm": b"2"}
    assert Event.objects.get(action="ingest.request").detail["files"] == 2
    assert inbox.take_in(everything=True) == []


def test_an_object_that_is_still_coming_keeps_it_open(make: Make, file: Any, clock: Clock) -> None:
    inbox = make()
    inbox.put("a", file())
    clock.now = 4
    inbox.coming("a")
    inbox.coming("b")  # of whom nothing has come whole
    clock.now = 8
    assert inbox.take_in() == []


def test_each_sender_has_its_own(make: Make, file: Any) -> None:
    inbox = make()
    for sender, data in (("a", b"1"), ("b", b"2"), ("a", b"3")):
        inbox.put(sender, file(data))
    jobs = inbox.take_in(everything=True)
    assert [list(contents(job).values()) for job in jobs] == [[b"1", b"3"], [b"2"]]


@pytest.mark.parametrize(("setting", "value"), [("WINNOW_MAX_ARCHIVE_FILES", 2), ("WINNOW_MAX_UPLOAD_BYTES", 10)])
def test_what_would_go_over_a_limit_begins_another(
    make: Make, file: Any, settings: Any, setting: str, value: int
) -> None:
    setattr(settings, setting, value)
    inbox = make()
    for _ in range(5):
        inbox.put("a", file(b"12345"))
    assert [len(contents(job)) for job in inbox.take_in()] == [2, 2]
    assert [len(contents(job)) for job in inbox.take_in(everything=True)] == [1]


def test_a_full_disk_refuses(make: Make, file: Any, settings: Any) -> None:
    settings.WINNOW_MIN_FREE_BYTES = 1 << 62
    inbox, came = make(), file()
    for refused in (lambda: inbox.put("a", came), lambda: inbox.coming("a")):
        with pytest.raises(StorageFull):
            refused()
    assert came.exists()
    assert folders() == []


def test_a_project_that_is_gone_keeps_nothing(make: Make, file: Any, project: Project) -> None:
    inbox = make()
    inbox.put("a", file())
    inbox.put("b", file())
    project.delete()
    with pytest.raises(NotFound):
        inbox.take_in(everything=True)
    assert folders() == []
    assert inbox.take_in(everything=True) == []


def test_so_does_one_whose_manager_is_none_any_more(make: Make, file: Any, project: Project) -> None:
    inbox = make()
    inbox.put("a", file())
    Membership.objects.filter(project=project, user__username="mia").update(role="annotator")
    with pytest.raises(NotFound):
        inbox.take_in(everything=True)
    assert (folders(), Job.objects.count()) == ([], 0)


def killed(inbox: Inbox) -> None:
    """What the end of its process does."""
    for batch in inbox._open.values():
        batch.close()


def test_what_a_killed_receiver_left_is_put_into_the_queue(make: Make, file: Any) -> None:
    first = make()
    first.put("a", file(b"1"))
    first.put("b", file(b"2"))
    assert make().adopt() == []  # it is alive
    killed(first)
    again = make()
    assert sorted(list(contents(job).values()) for job in again.adopt()) == [[b"1"], [b"2"]]
    assert again.adopt() == []
    assert Job.objects.count() == 2


def test_what_is_in_the_queue_already_is_not_put_there_again(make: Make, file: Any) -> None:
    first = make()
    first.put("a", file())
    first.take_in(everything=True)
    assert make().adopt() == []


def test_what_another_project_received_is_left_alone(make: Make, file: Any, user: Any) -> None:
    first = make()
    first.put("a", file())
    killed(first)
    other = Project.objects.create(name="Other", labels=[])
    Membership.objects.create(project=other, user=user("mia"), role="manager")
    assert Inbox(project=other, actor=user("mia")).adopt() == []
    assert len(folders()) == 1


def test_an_empty_one_is_swept_away(make: Make, file: Any) -> None:
    first = make()
    first.put("a", file())
    killed(first)
    (folders()[0] / "0").unlink()
    assert make().adopt() == []
    assert folders() == []


def test_what_nobody_comes_back_for_is_swept_after_a_day(make: Make, file: Any) -> None:
    first = make()
    first.put("a", file())
    stray = file()  # cut off in its middle by the kill
    killed(first)
    tidy()
    assert (len(folders()), stray.exists()) == (1, True)
    old = time.time() - 25 * 3600
    for path in [stray, *folders(), *folders()[0].iterdir()]:
        os.utime(path, (old, old))
    tidy()
    assert (folders(), stray.exists()) == ([], False)


def test_a_note_that_says_nothing_hinders_nobody(make: Make) -> None:
    (storage.incoming("ab12") / NOTE).write_text("{")
    assert make().adopt() == []
