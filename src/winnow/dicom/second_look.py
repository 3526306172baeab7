"""A second look at what was written: is anything that identified somebody in the original still there?

Shares no code with the engine but pydicom's parser and the standard's table: it reads both files from their bytes, has its own
idea of what identifies somebody, and looks at every text of the result and at its bare bytes, in all character sets.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from pydicom import dcmread
from pydicom._uid_dict import UID_dictionary
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from winnow.dicom.options import Options
from winnow.dicom.rules import table
from winnow.dicom.second_bytes import bytes_of, name_in_numbers, numbers_of, raw_values, standing_alone
from winnow.errors import CannotDeidentify

_TEXTS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UN", "UR", "UT"})
_NUMBERED = re.compile(
    r"PatientIDs?$|AccessionNumber|AdmissionID|MedicalRecordLocator|SerialNumber|InsurancePlan|"
    r"(Study|Procedure|Step|Order|Request|Visit|Episode|Specimen|Container).*(ID|Number|Identifier)s?$"
)
_PLACED = re.compile(r"Address|Telephone|Telecom|InstitutionName|StationName|Residence|PatientInstitution")
# UIDs that say what kind of thing something is, or whose words describe it
_DEFINING = re.compile(r"SOPClass|^(CodingScheme|Context|MappingResource)UID$")
# they stand in the place of a name and are nobody's
_NOBODY = frozenset(
    {"anon", "anonym", "anonymous", "anonymized", "anonymised", "deidentified", "unknown", "unnamed", "none", "null"}
    | {"nobody", "removed", "patient", "name", "test", "physician", "doctor", "operator", "dummy", "sample", "phantom"}
)
# what pictures are described by; a person who is called so is not told by them
_TERMS = frozenset(
    {"monochrome1", "monochrome2", "rgb", "palette", "color", "colour", "ybr", "full", "partial", "rct", "ict"}
    | {"unsigned", "signed", "yes", "iso", "unmodified", "modified", "none", "other", "linear"}
)
# Winnow's own statement of what it did
_STATEMENT = frozenset({0x00120063, 0x00120064})
_DUMMY_DAY = "19000101"
_DAY = re.compile(r"(?<!\d)(\d{4})([-./]?)(\d{2})\2(\d{2})(?!\d)")
_LOCAL_DAY = re.compile(r"(?<!\d)(\d{2})([-./])(\d{2})\2(\d{4})(?!\d)")
_Path = tuple[int, ...]


@dataclass
class Known:
    """What identifies somebody in the original: each value with the attribute that it stood in.

    words : parts of names; phrases : ids, addresses, institutions, as a whole; uids; days as YYYYMMDD
    raw   : bytes of names as the original spelt them
    own   : by place in the file, the day that stood there
    """

    words: dict[str, int] = field(default_factory=dict)
    phrases: dict[str, int] = field(default_factory=dict)
    uids: dict[str, int] = field(default_factory=dict)
    days: dict[str, int] = field(default_factory=dict)
    raw: dict[bytes, int] = field(default_factory=dict)
    own: dict[_Path, str] = field(default_factory=dict)


def second_look(original: bytes, written: bytes, *, options: Options) -> None:
    """Raises CannotDeidentify where something that identifies somebody in ``original`` is left in ``written``.

    Both are DICOM files. What ``options`` retain by the table is not looked for. The message names the attributes, no value.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        known = _known(_read(original), options)
        found = (
            next(_left(_read(written), known, options), None)
            or _in_numbers(_read(written), known)
            or _in_bytes(written, known, options)
        )
    if found is None:
        return
    source, place = (_name(tag) for tag in found)
    if found[1]:
        raise CannotDeidentify(f"A second look found the original's {source} again in {place}.")
    raise CannotDeidentify(f"A second look found the original's {source} again in its bytes.")


def _read(data: bytes) -> Dataset:
    return dcmread(BytesIO(data), force=True, stop_before_pixels=True)


def _name(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _elements(dataset: Dataset, path: _Path = ()) -> Iterator[tuple[_Path, DataElement]]:
    """Every element that can be parsed, those in sequences included, with its place."""
    for tag in dataset.keys():  # noqa: SIM118  tags: elements are parsed one by one
        try:
            element = dataset[tag]
        except Exception:  # noqa: BLE001, S112  unreadable: its bytes are looked at all the same
            continue
        if element.VR == "SQ":
            for i, item in enumerate(element.value):
                yield from _elements(item, (*path, int(tag), i))
        else:
            yield (*path, int(tag)), element


def _strings(element: DataElement) -> list[str]:
    value: Any = element.value
    if isinstance(value, bytes):
        return [value.decode("latin-1")] if element.VR == "UN" else []
    values = value if isinstance(value, list | tuple) or element.VM > 1 else [value]
    return [text for text in (str(each).strip("\0 ") for each in values if each is not None) if text]


def _plain(text: str) -> str:
    """As texts are compared: no case, no accents' variants, one blank for whatever is no letter and no digit."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", " ", folded).strip()


def _retained(tag: int, options: Options) -> bool:
    found = table().rows.get(f"{tag:08x}")
    return found is not None and any(found.options.get(name) == "K" for name in options.names)


def _known(original: Dataset, options: Options) -> Known:
    known = Known(raw=raw_values(original))
    for path, element in _elements(original):
        tag, keyword = path[-1], element.keyword or ""
        if _retained(tag, options):
            continue
        for text in _strings(element):
            if element.VR == "PN":
                # what a private attribute calls a name often is none: long words only
                least = 5 if any((part >> 16) & 1 for part in path) else 3
                known.words.update(
                    (word, tag) for word in _name_words(text) if len(word) >= least or not word.isascii()
                )
            elif element.VR in {"DA", "DT"}:
                known.own.setdefault(path, text[:8])
                known.days.update(dict.fromkeys(_days_in(text[:8]), tag))
            elif element.VR == "UI":
                if text not in UID_dictionary and not _DEFINING.search(keyword) and not options.retain_uids:
                    known.uids[text] = tag
            elif element.VR in _TEXTS - {"CS"} and _NUMBERED.search(keyword):  # codes say what kind of id it is: "TEXT"
                known.phrases.update(dict.fromkeys(_number_forms(text), tag))
            elif element.VR in _TEXTS and _PLACED.search(keyword):
                known.phrases.update(dict.fromkeys(_place_forms(text), tag))
    known.days.pop(_DUMMY_DAY, None)
    return known


def _name_words(text: str) -> set[str]:
    """Family, given and middle names alone, from 3 letters on (2 where a letter is a syllable), and joined."""
    found: set[str] = set()
    for group in text.split("="):
        parts = [_plain(part) for part in group.split("^")[:3]]
        joined = {part.replace(" ", "") for part in [*parts, "".join(parts)]}
        words = {word for part in parts for word in part.split()} | joined
        found |= {word for word in words if len(word) >= (3 if word.isascii() else 2) and not word.isdigit()}
    return found - _NOBODY


def _number_forms(text: str) -> set[str]:
    """An id as a whole; too short ones occur by chance: 4 characters are the least, 5 digits."""
    plain = _plain(text)
    if len(plain) < (5 if plain.replace(" ", "").isdigit() else 4) or plain in _NOBODY:
        return set()
    return {plain, text.casefold()}  # the second for the search in bytes


def _place_forms(text: str) -> set[str]:
    """An address as a whole and line by line, from 6 characters on."""
    lines = {_plain(line) for line in [text, *re.split(r"[\r\n,;^]+", text)]}
    return {line for line in lines if len(line) >= 6} - _NOBODY


def _days_in(text: str) -> set[str]:
    """The days that a text names, in the orders and with the marks that are usual."""
    days = {f"{year}{month}{day}" for year, _, month, day in _DAY.findall(text)}
    for first, _, second, year in _LOCAL_DAY.findall(text):
        days |= {year + first + second, year + second + first}
    return days


def _left(written: Dataset, known: Known, options: Options) -> Iterator[tuple[int, int]]:
    """(attribute of the original, attribute of the result) for everything found in the result's texts."""
    for path, element in [*_elements(written), *_elements(written.file_meta)]:
        if path[0] in _STATEMENT:
            continue
        for text in _strings(element):
            source = _in_element(path, element.VR, text, known, options)
            if source is not None:
                yield source, path[-1]


def _in_element(path: _Path, vr: str, text: str, known: Known, options: Options) -> int | None:
    if vr == "UI":
        return known.uids.get(text)
    if vr in {"DA", "DT"}:
        # a moved day may be that of another attribute: it tells nothing of it
        moved = options.retain_modified_dates and known.own.get(path, text[:8]) != text[:8]
        return None if moved else known.days.get(text[:8])
    if vr not in _TEXTS:
        return None
    plain = _plain(text)
    padded = f" {plain} "
    words = (known.words[word] for word in plain.split() if word in known.words and word not in _TERMS)
    phrases = (tag for phrase, tag in known.phrases.items() if f" {phrase} " in padded)
    days = (known.days[day] for day in _days_in(text) if day in known.days)
    uids = (known.uids[run] for run in re.findall(r"[\d.]+", text) if run in known.uids)
    return next((tag for each in (words, phrases, days, uids) for tag in each), None)


def _in_numbers(written: Dataset, known: Known) -> tuple[int, int] | None:
    """Names in what is labelled as numbers: a file decides its own kinds of value."""
    found = name_in_numbers(numbers_of(written), [word for word in known.words if word not in _TERMS])
    return None if found is None else (known.words[found[0]], found[1])


def _in_bytes(written: bytes, known: Known, options: Options) -> tuple[int, int] | None:
    """Names, ids, days and UIDs anywhere in the file's bytes, pixels included."""
    lowered = written.lower()
    runs = {run.strip(b".").decode() for run in re.findall(rb"\d[\d.]{5,}", lowered)}
    days = known.days
    if options.retain_modified_dates:
        dates = [element for _, element in _elements(_read(written)) if element.VR in {"DA", "DT"}]
        days = {day: days[day] for day in days.keys() - {text[:8] for each in dates for text in _strings(each)}}
    numbers = {phrase: tag for phrase, tag in known.phrases.items() if len(phrase) >= 8}
    for values in (known.uids, days, numbers):
        if found := values.keys() & runs:
            return values[min(found)], 0
    spoken = _TERMS | set(_plain(" ".join(meaning for _, meaning in options.codes(pixels_cleaned=True))).split())
    for value, tag in {**known.words, **known.phrases}.items():
        if (
            value not in spoken
            and not value.isdigit()
            and any(standing_alone(pattern, lowered) for pattern in bytes_of(value))
        ):
            return tag, 0
    return next(((tag, 0) for pattern, tag in known.raw.items() if standing_alone(pattern, lowered)), None)
