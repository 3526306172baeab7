"""The last look: names and ids that somebody typed into attributes which the table lets stay."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from winnow.dicom.values import REMOVED, fold, texts_of, tokens

_WORD, _GAP = re.compile(r"[^\W_]+"), r"[\W_]+"
_SWEPT = frozenset({"AE", "LO", "LT", "SH", "ST", "CS", "UC", "UR", "UT"})


def sweep(kept: Dataset, people: set[str], places: set[str]) -> Iterator[tuple[DataElement, str]]:
    """Empties texts with a person's name or id as a whole word; yields the elements and the paths of their items.

    people : original names and ids; numbers of fewer than 5 digits are left out: they occur by chance
    places : original names of institutions and stations, which count as a whole only: their words are ordinary ones
    """
    words = {word for word in tokens(people) if not word.isdigit() or len(word) > 4}
    patterns = [re.escape(word) for word in words]
    patterns += [
        _GAP.join(map(re.escape, words_of))
        for place in places
        if len(place) > 3 and (words_of := _WORD.findall(fold(place)))
    ]
    if patterns:
        longest_first = sorted(patterns, key=len, reverse=True)
        yield from _sweep(kept, re.compile(rf"(?<![^\W_])({'|'.join(longest_first)})(?![^\W_])"), path="")


def _sweep(kept: Dataset, words: re.Pattern[str], *, path: str) -> Iterator[tuple[DataElement, str]]:
    for element in list(kept):
        if element.VR == "SQ":
            for i, item in enumerate(element.value):
                place = f"{path}({element.tag.group:04X},{element.tag.element:04X})[{i}]."
                yield from _sweep(item, words, path=place)
        elif _sweepable(element) and any(words.search(fold(text)) for text in texts_of(element)):
            kept[element.tag] = DataElement(element.tag, element.VR, None)
            yield element, path


def _sweepable(element: DataElement) -> bool:
    """Texts that stay; but not what the picture cannot be read without, nor what Winnow wrote itself."""
    group, keyword = element.tag.group, element.keyword
    needed = group in {0x0012, 0x0028} or keyword in {"Modality", "SpecificCharacterSet"}
    return element.VR in _SWEPT and not needed and element.value != REMOVED
