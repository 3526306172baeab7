"""Values put in the place of real ones, and how identifying values are recognised in other texts."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
import uuid
from collections.abc import Iterable
from typing import Any

from pydicom._uid_dict import UID_dictionary
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

REMOVED = "REMOVED"
_DUMMIES: dict[str, Any] = {
    "AS": "000Y", "CS": REMOVED, "DA": "19000101", "DT": "19000101000000", "TM": "000000", "DS": "0", "IS": "0",
    "UR": "urn:removed", "AT": 0, "US": 0, "SS": 0, "UL": 0, "SL": 0, "UV": 0, "SV": 0, "FL": 0.0, "FD": 0.0,
}  # fmt: skip
_FILE_UIDS = frozenset({"SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"})
_TEXTS = frozenset({"AE", "LO", "SH", "ST", "LT", "UT", "UC", "PN"})
# attributes of these kinds of value name somebody or something when their keyword says so; a File ID is a path
_NAMING = re.compile(r"((?<!File)ID|IDs|Number|Numbers|(?<!Protocol)Name|Names|Address|Identifier)$")


def hashed_uid(key: bytes, original: str) -> str:
    """A UID under 2.25 in the place of ``original``: the same for the same key, not to be reversed without it."""
    digest = hmac.digest(key, b"uid:" + original.encode(errors="replace"), hashlib.sha256)
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=4).int}"


def is_registered(uid: str) -> bool:
    """Whether the standard defines this UID: then it names a kind of thing, never an instance."""
    return uid in UID_dictionary


def pseudonym(key: bytes, original: str) -> str:
    """A patient's name in Winnow, ``P`` and 12 hexadecimal digits; "" for ""."""
    if not original:
        return ""
    return "P" + hmac.digest(key, b"patient:" + original.encode(errors="replace"), hashlib.sha256).hex()[:12].upper()


def fingerprint(key: bytes, raw: Any) -> str:
    """Shows that two files held the same value, to nobody without the key; 16 hexadecimal digits.

    raw : an element, read from a file (then its bytes count, without padding) or made; a sequence counts as a whole
    """
    return hmac.digest(key, b"value:" + _plain_bytes(raw.value), hashlib.sha256).hex()[:16]


def _plain_bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value.strip(b"\0 ")
    if isinstance(value, Sequence):
        items = [[_plain_bytes(item.get_item(tag).value) for tag in item.keys()] for item in value]  # noqa: SIM118  tags
        return b"\\".join(b"\\".join(values) for values in items)
    values = value if isinstance(value, list | tuple) else [value]
    return b"\\".join(str("" if each is None else each).strip("\0 ").encode(errors="replace") for each in values)


def dummy(vr: str, key: bytes, original: Any) -> Any:
    """A value of the same kind that says nothing about the original (action D)."""
    if vr == "UI":
        return hashed_uid(key, str(original))
    if vr in _TEXTS:
        return REMOVED
    return _DUMMIES.get(vr, b"\0\0")


def dummy_items(sequence: Iterable[Dataset], key: bytes) -> Sequence:
    """One item with the attributes of the first, private ones left out, all of them dummies (action D for sequences)."""
    kept = Dataset()
    for item in list(sequence)[:1]:
        for tag in [tag for tag in item.keys() if not tag.is_private and tag.element]:  # noqa: SIM118  a Dataset iterates over elements
            try:
                vr, value = item[tag].VR, item[tag].value
            except Exception:  # noqa: BLE001, S112  a value that cannot even be parsed is left out
                continue
            kept.add(DataElement(tag, vr, dummy_items(value, key) if vr == "SQ" else dummy(vr, key, value)))
    return Sequence([kept] if len(kept) else [])


def names_somebody(element: DataElement) -> bool:
    """Whether an attribute's value identifies a person, place, device or file by itself, not by its words."""
    if element.VR == "UI":
        return element.keyword in _FILE_UIDS  # those that people name files and folders by
    return element.VR in {"PN", "DA"} or (
        element.VR in _TEXTS | {"CS"} and _NAMING.search(element.keyword or "") is not None
    )


def texts_of(element: DataElement) -> list[str]:
    """The element's values as texts, empty ones left out."""
    value = element.value
    values = value if isinstance(value, list | tuple) or element.VM > 1 else [value]
    return [text for text in (str(each).strip("\0 ") for each in values if each is not None) if text]


def text(dataset: Dataset, keyword: str) -> str:
    """An attribute as text, "" where it is missing or broken."""
    try:
        value: Any = dataset.get(keyword)
    except Exception:  # noqa: BLE001  a value that cannot be parsed is as good as none
        return ""
    return "" if value is None else str(value).strip("\0 ")


def tokens(values: Iterable[str]) -> set[str]:
    """The parts of identifying values that identify by themselves, case-folded.

    Words of at least 3 characters, or 2 where they are not Latin: Chinese names are short. A person's
    name counts with its parts joined, too. Numbers count whole (UIDs, dates), their parts when long.
    """
    found: set[str] = set()
    for value in values:
        text = fold(value)
        parts = re.split(r"[\W_]+", text)
        joined = [re.sub(r"[\W_]", "", group) for group in text.split("=")]
        candidates = [text] if re.fullmatch(r"[\d.]+", text) else [text, *joined, *parts]
        for word in candidates:
            least = (6 if word.isdigit() and word != text else 3) if word.isascii() else 2
            if len(word) >= least:
                found.add(word)
    return found


def fold(text: str) -> str:
    """The text as it is compared: without case and without variants of the same character."""
    return unicodedata.normalize("NFKC", text).casefold()
