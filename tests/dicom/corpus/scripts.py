"""Marks that every planted text bears: one for each script, followed by the plant's number of five digits.

A mark is found in bare bytes whatever character set it is written in, and the number behind it says what came through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

ASCII = "QX"


@dataclass(frozen=True)
class Script:
    """A character set of PS3.3 C.12.1.1.2: its terms in (0008,0005), five of its letters that make no word, a given name."""

    terms: tuple[str, ...]
    mark: str
    given: str


SCRIPTS = {
    "Latin-1": Script(("ISO_IR 100",), "ßÞøðæ", "Zoë"),
    "Cyrillic": Script(("ISO_IR 144",), "ЖщЫфЭ", "Роза"),
    "Greek": Script(("ISO_IR 126",), "Ωξψζφ", "Αρης"),
    "Arabic": Script(("ISO_IR 127",), "ضظغذث", "قباني"),
    "Japanese": Script(("", "ISO 2022 IR 87"), "鮪鯨鰐鶴鴉", "太郎"),
    "Korean": Script(("", "ISO 2022 IR 149"), "괭뫼쌀홱뺨", "길동"),
    "GB18030": Script(("GB18030",), "鼬鼯鼹鼷鼢", "小东"),
    "UTF-8": Script(("ISO_IR 192",), "ŵ龘Җ괭ψ", "Ådá"),
}
_ENCODINGS = (
    "utf-8", "latin-1", "iso8859-5", "iso8859-6", "iso8859-7", "koi8-r", "cp1251", "cp1253", "cp1256", "shift_jis",
    "euc_jp", "iso2022_jp", "iso2022_kr", "euc_kr", "gb18030", "gbk", "big5", "utf-16-le", "utf-16-be", "utf-32-le", "utf-7",
)  # fmt: skip
_ESCAPES = re.compile(rb"\x1b[$()\-./]*[@-Z0-9]|[\x0e\x0f]")


def word(mark: str, number: int) -> str:
    """A word that is nobody's name: the mark with the number behind it."""
    return f"{mark}{number:05d}"


def numbers_in(data: bytes) -> set[int]:
    """The numbers of all marks in these bytes: each mark in every encoding that has its letters, in any ASCII case."""
    plain = _ESCAPES.sub(b"", data)
    return {
        int(bytes(byte for byte in match.group(1) if byte))
        for each in (data, plain)
        for pattern in _patterns()
        for match in pattern.finditer(each)
    }


@cache
def _patterns() -> tuple[re.Pattern[bytes], ...]:
    marks = {ASCII, *(script.mark for script in SCRIPTS.values())}
    return tuple(re.compile(pattern, re.IGNORECASE) for mark in sorted(marks) for pattern in sorted(set(_forms(mark))))


def _forms(mark: str) -> Iterator[bytes]:
    digits = {"utf-16-le": rb"((?:\d\0){5})", "utf-16-be": rb"((?:\0\d){5})", "utf-32-le": rb"((?:\d\0{3}){5})"}
    for form in {mark, mark.upper(), mark.lower()}:
        for encoding in _ENCODINGS:
            try:
                spelt = _ESCAPES.sub(b"", form.encode(encoding))
            except UnicodeEncodeError:
                continue
            yield re.escape(spelt) + digits.get(encoding, rb"(\d{5})")
