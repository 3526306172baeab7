"""A PACS that is away, slow, refuses or lies is a sentence, and never an address that holds a patient's name."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.installation import free_port
from pacs.odd import Handler, OddPacs, make_certificate, multipart

from winnow.dicom.web import Budget, Server, retrieve_series, search_studies
from winnow.errors import JobCancelled, PacsAway, PacsRefuses

Pull = Any


def pulled(pacs: OddPacs, folder: Path, *, check: Any = lambda: None, seconds: float = 20) -> int:
    numbers = iter(range(100))
    return retrieve_series(
        Server(pacs.url, seconds=seconds), study="1.2", series="1.3", check=check, budget=Budget(9, 1 << 20, 1 << 20),
        next_file=lambda: folder / str(next(numbers)),
    )  # fmt: skip


@pytest.fixture
def pull(odd_pacs: OddPacs, tmp_path: Path) -> Pull:
    return lambda: pulled(odd_pacs, tmp_path)


@pytest.fixture
def tls_pacs(tmp_path: Path) -> Iterator[OddPacs]:
    pacs = OddPacs(certificate=make_certificate(tmp_path / "certificate.pem"))
    yield pacs
    pacs.stop()


def search(url: str, **options: Any) -> Any:
    return search_studies(Server(url, **options), patient_name="Nova^Ada", patient_id="LIH-1")


def test_one_that_is_away() -> None:
    with pytest.raises(PacsAway, match="nothing listens there"):
        search(f"http://127.0.0.1:{free_port()}/dicom-web")


def test_one_whose_name_is_not_known() -> None:
    with pytest.raises(PacsAway, match="nobody knows this name"):
        search("http://pacs.invalid/dicom-web")


def test_one_that_says_nothing(odd_pacs: OddPacs, tmp_path: Path) -> None:
    odd_pacs.script = Handler.hold
    with pytest.raises(PacsAway, match=r"does not answer within 0\.2 s"):
        pulled(odd_pacs, tmp_path, seconds=0.2)


def test_one_that_never_ends(odd_pacs: OddPacs) -> None:
    """Never silent for long, and never done."""

    def trickle(handler: Handler) -> None:
        handler.give(200, b"[", claimed=10**9)
        while not odd_pacs.stopped.wait(0.05):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return

    odd_pacs.script = trickle
    with pytest.raises(PacsAway, match=r"takes longer than 1 s"):
        search(odd_pacs.url, seconds=0.5)


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, PacsRefuses, "user name or the password"),
        (403, PacsRefuses, "user name or the password"),
        (404, PacsRefuses, "knows nothing of this address"),
        (302, PacsRefuses, "HTTP status 302"),
        (400, PacsRefuses, "HTTP status 400"),
        (500, PacsRefuses, "HTTP status 500"),
        (206, PacsRefuses, "only a part"),
        (503, PacsAway, "not ready"),
    ],
)
def test_one_that_refuses(odd_pacs: OddPacs, status: int, error: type[Exception], words: str) -> None:
    odd_pacs.script = lambda handler: handler.give(status, b"Nova^Ada", Location="http://127.0.0.1:1/elsewhere")
    with pytest.raises(error, match=words) as told:
        search(odd_pacs.url)
    assert odd_pacs.host in str(told.value)
    assert len(odd_pacs.asked) == 1  # nobody goes where it sends


def test_no_error_names_a_patient(odd_pacs: OddPacs) -> None:
    def drop(handler: Handler) -> None:
        handler.connection.close()

    for script in (
        lambda handler: handler.give(500, b"Nova^Ada"),
        drop,
        lambda handler: handler.give_json(b"Nova^Ada"),
    ):
        odd_pacs.script = script
        with pytest.raises((PacsAway, PacsRefuses)) as told:
            search(odd_pacs.url)
        assert not any(word in str(told.value) + str(told.value.detail) for word in ("Nova", "Ada", "LIH", "studies"))


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": 1}', b"[1]", b"[" * 100_000, b"\xff"])
def test_one_that_answers_with_something_else(odd_pacs: OddPacs, body: bytes) -> None:
    odd_pacs.script = lambda handler: handler.give_json(body)
    with pytest.raises(PacsRefuses, match="something other than DICOM JSON"):
        search(odd_pacs.url)


def test_one_that_answers_with_too_much(odd_pacs: OddPacs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("winnow.dicom.web.ANSWER_BYTES", 100)
    odd_pacs.script = lambda handler: handler.give_json(b"[" + b" " * 100 + b"]")
    with pytest.raises(PacsRefuses, match="too much"):
        search(odd_pacs.url)


def test_one_that_stops_in_the_middle_of_an_answer(odd_pacs: OddPacs) -> None:
    odd_pacs.script = lambda handler: handler.give(200, b"[]", claimed=100)
    with pytest.raises(PacsAway, match="broke the connection off"):
        search(odd_pacs.url)


def test_odd_values_are_left_out(odd_pacs: OddPacs) -> None:
    odd = b"""[{"0020000D": {"Value": ["1.2"]}, "00100010": {"Value": [{"Ideographic": "\xe7\x8e\x8b"}]},
        "00201206": {"Value": ["7"]}, "00201208": {"Value": [1e999]}, "00080061": 5, "00080020": {"Value": "x"}},
        {"0020000D": {"Value": ["../secret"]}}, {}]"""
    odd_pacs.script = lambda handler: handler.give_json(odd)
    (study,), more = search(odd_pacs.url)
    assert (study.uid, study.patient_name, study.series, study.images) == ("1.2", "王", 7, None)
    assert (study.modalities, study.date, more) == ([], "", False)


def test_nothing_found_may_be_said_without_a_body(odd_pacs: OddPacs) -> None:
    odd_pacs.script = lambda handler: handler.give(204)
    assert search(odd_pacs.url) == ([], False)


def test_a_password_goes_with_the_question(odd_pacs: OddPacs) -> None:
    search(odd_pacs.url, user="ann", password="grün")
    assert odd_pacs.asked[0].headers["Authorization"] == "Basic YW5uOmdyw7xu"
    search(odd_pacs.url)
    assert odd_pacs.asked[1].headers["Authorization"] is None


def test_tls_is_asked_of_who_does_not_speak_it(odd_pacs: OddPacs) -> None:
    with pytest.raises(PacsAway, match="does not speak TLS"):
        search(odd_pacs.url.replace("http", "https"), seconds=5)


def test_a_series_that_breaks_off_is_not_whole(odd_pacs: OddPacs, pull: Pull) -> None:
    body, kind = multipart(b"one", b"two", end=False)
    odd_pacs.script = lambda handler: handler.give(200, body, Content_Type=kind)
    with pytest.raises(PacsAway, match="in the middle of a series"):
        pull()


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"<html>", "text/html", "something other than DICOM files"),
        (b"x", "multipart/related", "something other than DICOM files"),
        (multipart()[0], multipart()[1], "without images"),
    ],
)
def test_a_series_that_is_none(odd_pacs: OddPacs, pull: Pull, body: bytes, kind: str, words: str) -> None:
    odd_pacs.script = lambda handler: handler.give(200, body, Content_Type=kind)
    with pytest.raises(PacsRefuses, match=words):
        pull()


def test_a_certificate_must_be_trusted(tls_pacs: OddPacs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PacsAway, match="certificate that this machine does not trust"):
        search(tls_pacs.url)
    assert tls_pacs.asked == []
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    assert search(tls_pacs.url) == ([], False)


def held_in_the_middle(pacs: OddPacs, folder: Path) -> None:
    """Cancel once the first bytes have come and nothing more does."""
    cancelled = threading.Event()

    def stall(handler: Handler) -> None:
        body, kind = multipart(b"one", end=False)
        handler.give(200, body, claimed=10**6, Content_Type=kind)
        cancelled.set()
        handler.hold()

    def check() -> None:
        if cancelled.is_set():
            raise JobCancelled("Cancelled.")

    pacs.script = stall
    pulled(pacs, folder, check=check, seconds=600)


def test_a_wait_is_broken_off_when_somebody_cancels(odd_pacs: OddPacs, tmp_path: Path) -> None:
    with pytest.raises(JobCancelled):
        held_in_the_middle(odd_pacs, tmp_path)


def test_so_is_one_under_tls(tls_pacs: OddPacs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with pytest.raises(JobCancelled):
        held_in_the_middle(tls_pacs, tmp_path)
