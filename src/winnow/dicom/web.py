"""DICOMweb: search a PACS by QIDO-RS (PS3.18 10.6), take series from it by WADO-RS (PS3.18 10.4).

What a search finds names patients: it is handed on and never stored, logged or quoted in an error.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from winnow.dicom.fetch import Check, Server, fetched
from winnow.dicom.multipart import CutOff, parts
from winnow.errors import InvalidInput, PacsAway, PacsRefuses, TooLarge

__all__ = ["Budget", "FoundSeries", "Server", "Study", "is_uid", "retrieve_series", "search_series", "search_studies"]

JSON = "application/dicom+json"
# whatever it is stored as: nothing is decoded and packed anew on the way (PS3.18 8.7.3.3)
DICOM = 'multipart/related; type="application/dicom"; transfer-syntax=*'
ANSWER_BYTES = 16 << 20
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_STUDY = ("00080061", "00081030", "00201206", "00201208")
_SERIES = ("0008103E", "00180015", "00201209")


@dataclass(frozen=True)
class Study:
    """A study as it is searched for and shown: for the eyes of who asked, in memory only.

    date   : YYYYMMDD, or ""
    series : how many it has, as images; None where the PACS does not say
    """

    uid: str
    patient_name: str
    patient_id: str
    date: str
    description: str
    modalities: Sequence[str]
    series: int | None
    images: int | None


@dataclass(frozen=True)
class FoundSeries:
    """A series of a study; as ``Study``."""

    uid: str
    number: int | None
    modality: str
    description: str
    body_part: str
    images: int | None


@dataclass
class Budget:
    """How much may still come; counted down. ``file_bytes`` is for each file."""

    files: int
    bytes: int
    file_bytes: int


def is_uid(text: str) -> bool:
    """Whether a text is a UID (PS3.5 9), so that it can be part of an address."""
    return len(text) <= 64 and _UID.fullmatch(text) is not None


def search_studies(
    server: Server,
    *,
    patient_id: str = "",
    patient_name: str = "",
    since: date | None = None,
    until: date | None = None,
    modality: str = "",
    limit: int = 100,
) -> tuple[list[Study], bool]:
    """The studies that fit all that is given, and whether there are more than ``limit``.

    patient_name : any part of it, upper or lower case as the PACS likes; words in their order
    since, until : first and last day
    raises       : PacsAway, PacsRefuses
    """
    days = f"{since:%Y%m%d}-" if since else "-"
    days += f"{until:%Y%m%d}" if until else ""
    wanted = {
        "PatientID": patient_id,
        "PatientName": _anywhere(patient_name),
        "StudyDate": "" if days == "-" else days,
        "ModalitiesInStudy": modality,
    }
    query = [(name, value) for name, value in wanted.items() if value] + _fields(_STUDY)
    found = [_study(item) for item in _searched(server, "/studies", [*query, ("limit", str(limit + 1))])]
    known = [study for study in found if is_uid(study.uid)]
    return known[:limit], len(known) > limit


def search_series(server: Server, *, study: str) -> list[FoundSeries]:
    """The series of a study, by their numbers. Raises InvalidInput, PacsAway, PacsRefuses."""
    _guard_uids(study)
    found = [_series(item) for item in _searched(server, f"/studies/{study}/series", _fields(_SERIES))]
    return sorted((one for one in found if is_uid(one.uid)), key=lambda one: (one.number is None, one.number or 0))


def retrieve_series(
    server: Server, *, study: str, series: str, next_file: Callable[[], Path], budget: Budget, check: Check
) -> int:
    """Every instance of a series, as it is stored there, each into a file of its own; how many there were.

    next_file : where the next instance goes
    budget    : counted down; what goes over it ends all
    check     : called between pieces, and several times a second while there are none; ends all by raising
    raises    : PacsAway, PacsRefuses, TooLarge, OSError; what has come by then is for the caller to remove
    """
    _guard_uids(study, series)
    count = 0
    with fetched(server, f"/studies/{study}/series/{series}", accept=DICOM, check=check) as answer:
        if answer.status == 204 or answer.media_type != "multipart/related" or not answer.boundary:
            raise PacsRefuses(f"The PACS at {server.host} gives something other than DICOM files.")
        try:
            for body in parts(answer.read, boundary=answer.boundary):
                _guard_count(budget)
                _write(body, next_file(), budget, check)
                count += 1
        except CutOff:
            raise PacsAway(f"The PACS at {server.host} broke off in the middle of a series.") from None
    if not count:
        raise PacsRefuses(f"The PACS at {server.host} gives a series without images.")
    return count


def _guard_count(budget: Budget) -> None:
    budget.files -= 1
    if budget.files < 0:
        raise TooLarge("The series hold more files than WINNOW_MAX_ARCHIVE_FILES allows: pull fewer at once.")


def _write(body: Iterator[bytes], path: Path, budget: Budget, check: Check) -> None:
    size = 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for piece in body:
            check()
            size += len(piece)
            budget.bytes -= len(piece)
            if size > budget.file_bytes:
                raise TooLarge(f"An image has more than {budget.file_bytes:,} bytes (WINNOW_MAX_FILE_BYTES).")
            if budget.bytes < 0:
                raise TooLarge("The series hold more bytes than WINNOW_MAX_UPLOAD_BYTES allows: pull fewer at once.")
            file.write(piece)


def _guard_uids(*uids: str) -> None:
    if not all(map(is_uid, uids)):
        raise InvalidInput("A study or series is named by its UID: digits and dots.")


def _anywhere(name: str) -> str:
    """A pattern for a part of a name (PS3.4 C.2.2.2.4); the caller's own wildcards stay as they are."""
    words = name.replace("^", " ").replace(",", " ").split()
    return f"*{'*'.join(words)}*".replace("**", "*") if words else ""


def _fields(tags: Sequence[str]) -> list[tuple[str, str]]:
    """What a search is to tell although it need not (PS3.18 10.6.3.3)."""
    return [("includefield", tag) for tag in tags]


def _searched(server: Server, path: str, query: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """The items of a search, which has twice as long as the server may be silent."""
    data = bytearray()
    with fetched(server, path, accept=JSON, query=query, within=2 * server.seconds) as answer:
        if answer.status == 204:
            return []
        while piece := answer.read():
            data += piece
            if len(data) > ANSWER_BYTES:
                raise PacsRefuses(f"The PACS at {server.host} answers with too much: search for less.")
    try:
        items = json.loads(data)
    except (ValueError, RecursionError):
        items = None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise PacsRefuses(f"The PACS at {server.host} answers with something other than DICOM JSON.")
    return items


def _study(item: dict[str, Any]) -> Study:
    return Study(
        uid=_text(item, "0020000D"),
        patient_name=_text(item, "00100010"),
        patient_id=_text(item, "00100020"),
        date=_text(item, "00080020"),
        description=_text(item, "00081030"),
        modalities=[str(value) for value in _values(item, "00080061")],
        series=_number(item, "00201206"),
        images=_number(item, "00201208"),
    )


def _series(item: dict[str, Any]) -> FoundSeries:
    return FoundSeries(
        uid=_text(item, "0020000E"),
        number=_number(item, "00200011"),
        modality=_text(item, "00080060"),
        description=_text(item, "0008103E"),
        body_part=_text(item, "00180015"),
        images=_number(item, "00201209"),
    )


def _values(item: dict[str, Any], tag: str) -> list[Any]:
    """An attribute's values in the DICOM JSON model (PS3.18 F.2); [] for what is absent or odd."""
    element = item.get(tag)
    values = element.get("Value") if isinstance(element, dict) else None
    return [value for value in values if value is not None] if isinstance(values, list) else []


def _text(item: dict[str, Any], tag: str) -> str:
    """The first value as text; of a name what letters it is written in first."""
    value = next(iter(_values(item, tag)), "")
    if isinstance(value, dict):
        value = next((value[kind] for kind in ("Alphabetic", "Ideographic", "Phonetic") if value.get(kind)), "")
    return str(value)[:200]


def _number(item: dict[str, Any], tag: str) -> int | None:
    """The first value as a number; some send it as text."""
    try:
        return int(next(iter(_values(item, tag)), ""))
    except (ValueError, TypeError, OverflowError):
        return None
