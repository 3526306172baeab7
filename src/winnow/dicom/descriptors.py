"""Of free text, only the words that cannot name anybody (PS3.15 E.3.5, note 2): a list of what may stay, not of what goes."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

from winnow.dicom.values import fold

_TOKEN = re.compile(r"\d+(?:[.,]\d+)?[^\W\d_]*%?|[^\W\d_]+\d*[^\W\d_]*")
_UNIT = "mm|cm|ms|s|sec|min|kv|kvp|ma|mas|t|hz|mhz|kev|deg|ml|mg|x|%"
# one digit, a fraction, or a number with its unit; other numbers may be ages, dates or ids
_HARMLESS = re.compile(rf"\d|\d{{1,2}}[.,]\d{{1,3}}|\d{{1,4}}(?:[.,]\d{{1,3}})?(?:{_UNIT})|b\d{{1,4}}")
_NUMBER, _ONLY_UNIT = re.compile(r"\d{1,4}"), re.compile(_UNIT)
# what follows a title is a name, whatever else it means: Dr. Hand
_TITLES = frozenset({"dr", "doctor", "prof", "professor", "mrs", "miss", "herr", "frau", "med"})


@cache
def vocabulary() -> frozenset[str]:
    """The words that may stay, case-folded: anatomy, planes, technique; ``descriptor_words.json``."""
    groups: dict[str, str] = json.loads(files(__package__).joinpath("descriptor_words.json").read_text())
    return frozenset(fold(word) for words in groups.values() for word in words.split()) - _TITLES


def known_words(text: str) -> str:
    """The known words and harmless numbers of a text, in its order, joined by blanks; "" where there are none."""
    tokens = _TOKEN.findall(text)
    folded = [fold(token) for token in tokens]
    kept: list[str] = []
    for i, token in enumerate(tokens):
        after_title = i > 0 and folded[i - 1] in _TITLES
        with_unit = _NUMBER.fullmatch(token) and i + 1 < len(tokens) and _ONLY_UNIT.fullmatch(folded[i + 1])
        known = folded[i] in vocabulary() or _HARMLESS.fullmatch(folded[i]) or with_unit
        lone_unit = _ONLY_UNIT.fullmatch(folded[i]) and i > 0 and _NUMBER.fullmatch(tokens[i - 1])
        if (known or lone_unit) and not after_title:
            kept.append(token)
    return " ".join(kept)
