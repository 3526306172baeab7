"""Connecting to a PACS: only to hosts that the administrator named, the password never in clear, nothing half done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pacs.odd import OddPacs

from winnow.errors import InvalidInput, PacsAway, PacsRefuses, WrongState
from winnow.server import storage
from winnow.server.models import Event, Job, Pacs, Project, User
from winnow.server.services import pacs, secret

SECRET = "hospital secret 4711"


@pytest.fixture
def mia(user: Any) -> User:
    return user("mia")


@pytest.fixture
def allowed(odd_pacs: OddPacs, settings: Any) -> OddPacs:
    settings.WINNOW_PACS_HOSTS = [odd_pacs.host]
    return odd_pacs


@pytest.fixture
def connected(allowed: OddPacs, project: Project, mia: User) -> OddPacs:
    pacs.connect(project=project, url=allowed.url, user="ann", password=SECRET, actor=mia)
    allowed.asked.clear()
    return allowed


def everything_stored() -> str:
    """All that the database holds, as text."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        return "\n".join(str(cursor.execute(f"select * from {name}").fetchall()) for name in names)  # noqa: S608


def test_the_password_is_stored_encrypted_and_sent_to_the_pacs(connected: OddPacs, project: Project) -> None:
    assert SECRET not in everything_stored()
    row = Pacs.objects.get(project=project)
    assert (row.url, row.user, row.connected_by) == (connected.url, "ann", "mia")
    server = pacs.server_of(project=project)
    assert (server.password, SECRET in repr(server)) == (SECRET, False)


def test_its_key_is_no_one_elses_to_read(connected: OddPacs, own_data_dir: Path) -> None:  # noqa: ARG001
    key = own_data_dir / "keys" / "secrets"
    assert (key.stat().st_mode & 0o777, len(key.read_bytes())) == (0o600, 32)


def test_without_its_key_it_is_asked_for_again(connected: OddPacs, project: Project, own_data_dir: Path) -> None:  # noqa: ARG001
    (own_data_dir / "keys" / "secrets").unlink()
    with pytest.raises(WrongState, match="give it again"):
        pacs.server_of(project=project)


def test_equal_passwords_do_not_look_alike(own_data_dir: Path) -> None:  # noqa: ARG001
    assert secret.seal(SECRET) != secret.seal(SECRET)
    assert (secret.unseal(secret.seal("密码")), secret.seal(""), secret.unseal("")) == ("密码", "", "")


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("http://127.0.0.1:9/x", ["127.0.0.1"]),  # without a port: the usual one only
        ("http://127.0.0.1/x", ["127.0.0.1:8042"]),
        ("https://pacs.example.org:80/x", ["pacs.example.org"]),
        ("http://127.0.0.1.example.org/x", ["127.0.0.1"]),
        ("http://localhost/x", ["127.0.0.1"]),
        ("http://[::1]:80/x", ["127.0.0.1"]),
        ("http://127.0.0.1:9/x", []),
    ],
)
def test_hosts_that_nobody_named_are_never_asked(
    url: str, hosts: list[str], settings: Any, project: Project, mia: User
) -> None:
    settings.WINNOW_PACS_HOSTS = hosts
    with pytest.raises(InvalidInput, match="WINNOW_PACS_HOSTS"):
        pacs.connect(project=project, url=url, user="", password=None, actor=mia)


@pytest.mark.parametrize(
    ("url", "host", "address"),
    [
        ("HTTPS://PACS.example.org/dicom-web/", "pacs.example.org", "https://pacs.example.org/dicom-web"),
        ("http://pacs.example.org:80", "pacs.example.org", "http://pacs.example.org:80"),
        ("http://[::1]:8042/x", "[::1]:8042", "http://[::1]:8042/x"),
    ],
)
def test_hosts_that_were_named_are(url: str, host: str, address: str, settings: Any) -> None:
    settings.WINNOW_PACS_HOSTS = [host]
    assert pacs._guard_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/x", "file:///etc/passwd", "127.0.0.1:8042", "http://", "http://ann:pw@127.0.0.1/x", "http://127.0.0.1/x?y=1",
        "http://127.0.0.1/x#y", "http://127.0.0.1/a b", "http://127.0.0.1/a\r\nX: y", "http://127.0.0.1:port/", "http://[::1/", "http://127.0.0.1/ü",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_service(url: str, settings: Any, project: Project, mia: User) -> None:
    settings.WINNOW_PACS_HOSTS = ["127.0.0.1"]
    with pytest.raises(InvalidInput):
        pacs.connect(project=project, url=url, user="", password=None, actor=mia)


def test_a_failed_connection_leaves_the_one_before(connected: OddPacs, project: Project, mia: User) -> None:
    before = Pacs.objects.values().get()
    connected.script = lambda handler: handler.give(401)
    with pytest.raises(PacsRefuses):
        pacs.connect(project=project, url=connected.url + "/other", user="bob", password="wrong", actor=mia)
    assert Pacs.objects.values().get() == before
    assert Event.objects.filter(action="pacs.connect").count() == 1


def test_a_password_is_kept_only_for_where_it_was_given(connected: OddPacs, project: Project, mia: User) -> None:
    pacs.connect(project=project, url=connected.url, user="ann", password=None, actor=mia)
    assert pacs.server_of(project=project).password == SECRET
    connected.asked.clear()
    for url, user in ((connected.url + "/elsewhere", "ann"), (connected.url, "bob")):
        with pytest.raises(InvalidInput, match="Give the password again"):
            pacs.connect(project=project, url=url, user=user, password=None, actor=mia)
    assert connected.asked == []
    pacs.connect(project=project, url=connected.url, user="", password="", actor=mia)
    assert pacs.server_of(project=project).password == ""


def test_a_host_that_is_no_longer_named_is_no_longer_asked(
    connected: OddPacs, settings: Any, project: Project, mia: User
) -> None:
    settings.WINNOW_PACS_HOSTS = []
    for ask in (
        lambda: pacs.studies(project=project, actor=mia, modality="CT"),
        lambda: pacs.series(project=project, study="1.2"),
        lambda: pacs.pull(project=project, wanted=[("1.2", "1.3")], actor=mia),
    ):
        with pytest.raises(InvalidInput, match="WINNOW_PACS_HOSTS"):
            ask()
    assert connected.asked == []


def test_disconnecting_forgets_the_password(connected: OddPacs, project: Project, mia: User) -> None:  # noqa: ARG001
    pacs.disconnect(project=project, actor=mia)
    assert not Pacs.objects.exists()
    with pytest.raises(WrongState, match="connected to no PACS"):
        pacs.studies(project=project, actor=mia, modality="CT")


def test_a_search_is_audited_without_what_was_searched_for(
    connected: OddPacs, project: Project, mia: User, caplog: Any
) -> None:
    caplog.set_level("DEBUG")
    found = json.dumps([{"0020000D": {"Value": ["1.2.77"]}, "00100010": {"Value": [{"Alphabetic": "Nova^Ada"}]}}])
    connected.script = lambda handler: handler.give_json(found.encode())
    (study,), _ = pacs.studies(project=project, actor=mia, patient_name="Nova", patient_id="LIH-1")
    assert study.patient_name == "Nova^Ada"
    event = Event.objects.get(action="pacs.search")
    assert (event.actor, event.detail) == ("mia", {"by": ["patient_id", "patient_name"]})
    for name in ("Nova", "LIH-1", "1.2.77"):
        assert name not in everything_stored() + caplog.text


def test_a_search_needs_something_to_search_by(connected: OddPacs, project: Project, mia: User) -> None:
    with pytest.raises(InvalidInput, match="something to search by"):
        pacs.studies(project=project, actor=mia, patient_name="  ")
    assert connected.asked == []


def test_what_is_wanted_lies_with_the_files_to_come(connected: OddPacs, project: Project, mia: User) -> None:  # noqa: ARG001
    job = pacs.pull(project=project, wanted=[("1.2.77", "1.3.88"), ("1.2.77", "1.3.88")], actor=mia)
    assert (job.kind, job.state, set(job.payload)) == ("ingest", "queued", {"incoming", "pacs"})
    assert pacs.wanted(upload_id=job.payload["incoming"]) == [("1.2.77", "1.3.88")]
    assert "1.2.77" not in everything_stored()
    assert Event.objects.get(action="ingest.request").detail == {"series": 1}


@pytest.mark.usefixtures("connected")
def test_a_pull_that_cannot_be_asked_for_leaves_nothing(
    project: Project, mia: User, own_data_dir: Path, settings: Any
) -> None:
    for wanted in ([], [("1.2", "../x")], [("", "1.3")]):
        with pytest.raises(InvalidInput):
            pacs.pull(project=project, wanted=wanted, actor=mia)
    settings.WINNOW_MIN_FREE_BYTES = 1 << 62
    with pytest.raises(storage.StorageFull):
        pacs.pull(project=project, wanted=[("1.2", "1.3")], actor=mia)
    assert not Job.objects.exists()
    assert list((own_data_dir / "incoming").iterdir()) == []


def test_one_that_is_away_is_said_at_once(settings: Any, project: Project, mia: User) -> None:
    odd = OddPacs()
    odd.stop()
    settings.WINNOW_PACS_HOSTS = [odd.host]
    with pytest.raises(PacsAway):
        pacs.connect(project=project, url=odd.url, user="", password=None, actor=mia)
    assert not Pacs.objects.exists()
