"""Action C: what an option keeps of a value (PS3.15 E.3)."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from winnow.dicom.descriptors import known_words
from winnow.dicom.rules import table
from winnow.dicom.values import texts_of

_MOST_DAYS = 3650
_DATE = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})")
_DATETIME = re.compile(r"(\d{8})(\d{0,6}(?:\.\d{1,6})?)([+-]\d{4})?")
_TIME = re.compile(r"\d{2}:?(\d{2}:?(\d{2}(\.\d{1,6})?)?)?")
_ZONE = re.compile(r"[+-]\d{4}")
_TEXTS = frozenset({"AE", "CS", "LO", "LT", "SH", "ST", "UC", "UT"})


def days_for(key: bytes, patient: str) -> int:
    """By how many days the dates of a patient are moved: always the same number, 1 to 3650 days back."""
    digest = hmac.digest(key, b"days:" + patient.encode(errors="replace"), hashlib.sha256)
    return -1 - int.from_bytes(digest[:8]) % _MOST_DAYS


def cleaned(element: DataElement, *, option: str, days: int) -> Any:
    """The value that may stay of an element with action C; None where nothing may.

    option : retain_modified_dates moves dates by ``days`` and keeps times; others keep known words of texts
    """
    texts = texts_of(element)
    if option == "retain_modified_dates":
        values: list[str | None] = [_moved(element.VR, text, days) for text in texts]
    else:
        values = [known_words(text) for text in texts if element.VR in _TEXTS]
        values = [value for value in values if value]
    if not values or None in values:
        return None
    return values if len(values) > 1 else values[0]


def _moved(vr: str, text: str, days: int) -> str | None:
    """A date so many days later; times and time zones as they are; None for what is none of these."""
    try:
        if vr == "DA" and (match := _DATE.fullmatch(text)):
            return _later("".join(match.groups()), days)
        if vr == "DT" and (match := _DATETIME.fullmatch(text)):
            return _later(match.group(1), days) + match.group(2) + (match.group(3) or "")
    except (ValueError, OverflowError):  # the 31st of February
        return None
    plain = {"TM": _TIME, "SH": _ZONE}.get(vr)
    return text if plain and plain.fullmatch(text) else None


def _later(day: str, days: int) -> str:
    moved = dt.date(int(day[:4]), int(day[4:6]), int(day[6:])) + dt.timedelta(days=days)
    return f"{moved.year:04}{moved.month:02}{moved.day:02}"


def safe_private(dataset: Dataset) -> dict[int, DataElement]:
    """The private elements of Table E.3.10-1 that hold the kind of value it gives them, with their creators."""
    safe: dict[int, DataElement] = {}
    for tag in [tag for tag in dataset.keys() if tag.is_private and tag.element >= 0x1000]:  # noqa: SIM118  tags
        creator_tag = (tag.group << 16) | (tag.element >> 8)
        try:
            creator, element = dataset[creator_tag], dataset[tag]
        except Exception:  # noqa: BLE001, S112  a block that nobody reserved, a value that cannot be parsed
            continue
        elements = table().private.get(str(creator.value).strip(), {})
        if elements.get(f"{tag.group:04x}{tag.element & 0xFF:02x}") == element.VR:
            safe[creator_tag], safe[tag] = creator, element
    return safe
