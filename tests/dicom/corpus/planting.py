"""Invented values for every kind of value of PS3.5 6.2, each of which says where it was planted."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

from dicom.corpus.scripts import ASCII, Script, numbers_in, word

Path = tuple[tuple[int, int], ...]  # (sequence, item) ... from the top

KNOWN_WORDS = "chest axial"  # what may stay of a description with the Clean Descriptors Option
ONE_KNOWN_WORD = "axial"  # ... of a short one
CLASS_UID = "1.2.840.10008.5.1.4.1.1.2"  # one that the standard defines: it names nobody
_UID = "1.2.826.0.77.1"
_FIRST_DAY = dt.date(1931, 1, 1)
_BINARY = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})


@dataclass(frozen=True)
class Plant:
    """One attribute in one place.

    number : of five digits, that the value spells where it can; 0 for a sequence and for what is as it must be
    kind   : "1", "2" or "3", the attribute's type there by PS3.3; "" where the standard does not have it there
    name   : whether a person's name was typed where it does not belong
    """

    number: int
    path: Path
    tag: int
    vr: str
    kind: str = ""
    name: bool = False

    def __str__(self) -> str:
        way = "".join(f"({tag:08X})[{item}]." for tag, item in self.path)
        return f"{way}({self.tag:08X}) {self.vr} type {self.kind or '-'}"


@dataclass
class Seeds:
    """Numbers and days, none of them used twice in the whole corpus."""

    number: int = 10_000
    days: dict[str, int] = field(default_factory=dict)

    def next(self) -> int:
        self.number += 1
        return self.number

    def value(self, vr: str, number: int, script: Script, *, words: bool) -> Any:
        """A value of this kind. words : whether a text describes something; else it is a name or a number alone."""
        if vr in {"DA", "DT"}:
            day = (_FIRST_DAY + dt.timedelta(days=len(self.days))).strftime("%Y%m%d")
            self.days[day] = number
            return day if vr == "DA" else f"{day}101112.9{number}"
        if vr in _BINARY:
            return f"{word(ASCII, number)} ".encode()
        plain = {
            "PN": _person(script, number), "UI": f"{_UID}{number}", "TM": f"101112.9{number}", "AS": "077Y",
            "AE": word(ASCII, number), "CS": word(ASCII, number), "SH": f"{ONE_KNOWN_WORD} {word(ASCII, number)}" if words else word(ASCII, number),
            "UR": f"urn:{word(ASCII, number)}", "DS": f"8866{number}", "IS": f"8866{number}", "AT": 0x00100010,
            "US": number % 60_000 + 1, "SS": number % 30_000 + 1, "UL": 886600000 + number, "SL": 886600000 + number,
            "UV": 886600000 + number, "SV": 886600000 + number, "FL": float(100000 + number), "FD": 886600000.0 + number,
        }  # fmt: skip
        text = f"{word(ASCII, number)} {word(script.mark, number)}"
        return plain.get(vr, f"{KNOWN_WORDS} {text}" if words else text)


def _person(script: Script, number: int) -> str:
    """In two groups, alphabetic and ideographic, where the script has them (PS3.5 6.2.1)."""
    own = f"{word(script.mark, number)}^{script.given}"
    return f"{word(ASCII, number)}^Ada={own}" if len(script.terms) > 1 else own


_NUMBERS = (
    re.compile(_UID.replace(".", r"\.").encode() + rb"(\d{5})"),
    re.compile(rb"(?<!\d)8866(\d{5})(?!\d)"),
    re.compile(rb"101112\.9(\d{5})"),
)
_DAY = re.compile(rb"(?<!\d)(\d{8})(?=\D|$|101112)")


def planted_in(data: bytes, days: dict[str, int]) -> tuple[set[int], set[str]]:
    """The numbers of the plants whose values stand in these bytes, and the planted days that do."""
    found = numbers_in(data) | {int(match) for pattern in _NUMBERS for match in pattern.findall(data)}
    return found, {day for match in _DAY.findall(data) if (day := match.decode()) in days}
