"""Texts as bytes, in every character set that DICOM knows, and the search for them: a part of the second look."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

# PS3.3 C.12.1.1.2, and those that write it wrongly
_ENCODINGS = (
    "utf-8", "utf-16-le", "utf-16-be", "latin-1", "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-5", "iso8859-6", "iso8859-7",
    "iso8859-8", "iso8859-9", "iso8859-15", "tis-620", "shift_jis", "euc_jp", "iso2022_jp", "euc_kr", "gb18030", "big5",
    "cp1251",
)  # fmt: skip
# fewer bytes occur by chance in pixels; pixels of two bytes look like letters of two bytes
_LEAST, _LEAST_WIDE = 6, 12
_BY_SIZE = ((64, 3), (4096, 4))
_NUMBERS = frozenset(
    {"AT", "FD", "FL", "OB", "OD", "OF", "OL", "OV", "OW", "SL", "SS", "SV", "UL", "UN", "US", "UV"}
    | {"AS", "DA", "DS", "DT", "IS", "TM"}  # texts by their form, with nothing but numbers in them
)
_ESCAPES = re.compile(rb"\x1b[$()\-./][@-Z\x24-\x2f]*[@-Z]?")
_SEPARATORS = re.compile(rb"[\^=\\ ,\x00]+")


def bytes_of(text: str, *, least: int = _LEAST, wide: int = _LEAST_WIDE) -> set[bytes]:
    """The text in lower and upper case in every character set that has its letters; too short ones left out.

    least, wide : bytes, for one and for two of them a letter

    ASCII letters are lowered, as in what is searched.
    """
    found: set[bytes] = set()
    encodings = _ENCODINGS[:3] if text.isascii() else _ENCODINGS
    for form in {text, text.upper(), text.title()} if not text.isascii() else {text}:
        for encoding in encodings:
            try:
                pattern = _ESCAPES.sub(b"", form.encode(encoding)).lower()
            except UnicodeEncodeError:
                continue
            if len(pattern) >= (wide if encoding.startswith("utf-16") else least):
                found.add(pattern)
    return found


def raw_values(dataset: Dataset) -> dict[bytes, int]:
    """The parts of the top level's names, not in ASCII, as their bytes are spelt in the file, with their attribute.

    Read before the elements are parsed: whatever the file says of its character set does not matter.
    """
    found: dict[bytes, int] = {}
    for tag in dataset.keys():  # noqa: SIM118  tags: nothing is parsed
        raw = dataset.get_item(tag)
        value = getattr(raw, "value", None)
        if not isinstance(value, bytes) or (raw.VR or _vr(tag)) != "PN":
            continue
        for part in _SEPARATORS.split(_ESCAPES.sub(b"", value)):
            if len(part) >= _LEAST and not part.isascii():
                found[part.lower()] = int(tag)
    return found


def numbers_of(dataset: Dataset) -> Iterator[tuple[int, bytes]]:
    """The bytes of every element that holds no text, those in sequences included, with its tag.

    The data set must be fresh from its file: what was parsed has no bytes any more.
    """
    for tag in dataset.keys():  # noqa: SIM118  tags: only sequences are parsed
        raw = dataset.get_item(tag)
        vr, value = raw.VR or _vr(tag), getattr(raw, "value", None)
        if vr == "SQ":
            with suppress(Exception):  # a broken sequence holds nothing that could be read
                for item in dataset[tag].value:
                    yield from numbers_of(item)
        elif isinstance(value, bytes) and vr[:2] in _NUMBERS:
            yield int(tag), value


def name_in_numbers(numbers: Iterable[tuple[int, bytes]], words: Iterable[str]) -> tuple[str, int] | None:
    """The first word that stands in an element's bytes, or that they are a part of, with the element's tag.

    numbers : as ``numbers_of`` yields them; those of equal bytes, common in the frames of one file, are looked at once
    The larger the element, the longer the words that count: in 64 bytes three letters come up once in 250,000 times.
    """
    spelt = {word: word.encode("latin-1", "replace") for word in words}
    patterns: dict[int, list[tuple[bytes, str]]] = {}  # by the fewest letters that count
    seen: set[bytes] = set()
    for place, value in numbers:
        lowered = value.lower()
        if lowered in seen:
            continue
        seen.add(lowered)
        least = next((letters for size, letters in _BY_SIZE if len(value) <= size), _LEAST)
        if least not in patterns:
            patterns[least] = [(p, word) for word in spelt for p in bytes_of(word, least=least, wide=2 * least)]
        whole = lowered.strip(b"\0 ")
        parts = (word for word, plain in spelt.items() if len(whole) > 3 and whole in plain)
        found = (word for pattern, word in patterns[least] if standing_alone(pattern, lowered))
        if (word := next(itertools.chain(parts, found), None)) is not None:
            return word, place
    return None


def _vr(tag: BaseTag) -> str:
    """The kind of value the standard gives, for files that do not say it."""
    return dictionary_VR(tag) if dictionary_has_tag(tag) else ""


def standing_alone(pattern: bytes, data: bytes) -> bool:
    """Whether the pattern is in the data and is no part of a longer word or number; all ASCII in lower case.

    A letter behind it counts as the beginning of the next element's tag where a zero byte follows.
    """
    start = data.find(pattern)
    while start >= 0:
        before, behind = data[start - 1 : start], data[start + len(pattern) : start + len(pattern) + 2]
        goes_on = _continues(behind[:1], pattern[-1:]) and behind[1:] != b"\0"
        if not goes_on and not _continues(before, pattern[:1]):
            return True
        start = data.find(pattern, start + 1)
    return False


def _continues(byte: bytes, edge: bytes) -> bool:
    """Whether a byte beside a pattern belongs to the same word or number as its edge."""
    if edge.isdigit():
        return byte.isdigit() or byte == b"."
    return edge.isalpha() and byte.isalpha()
