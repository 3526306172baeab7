"""What was done to one file, and what in it identified somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from winnow.dicom.values import is_registered, names_somebody, texts_of

Regions = Sequence[Sequence[int]]  # [left, top, width, height] in pixels, each
_PERSONAL = frozenset({"PatientID", "OtherPatientIDs", "AccessionNumber"})


@dataclass(frozen=True)
class Change:
    """What was done to one attribute.

    action  : X removed, Z emptied, D dummy value, U new UID, C cleaned: only what an option lets stay is left
    path    : of its item, where it is nested
    old     : ``fingerprint`` of the value that was there
    regions : of pixels that were blanked
    """

    tag: str
    keyword: str
    action: str
    path: str = ""
    old: str = ""
    regions: Regions = ()

    def as_dict(self) -> dict[str, Any]:
        """As it stands in a report; names no value."""
        named = {"keyword": self.keyword} if self.keyword else {}
        nested = {"path": self.path} if self.path else {}
        blanked = {"regions": [list(region) for region in self.regions]} if self.regions else {}
        return {"tag": self.tag, **named, "action": self.action, "old": self.old, **nested, **blanked}


@dataclass
class Run:
    """One file on its way through the table.

    days     : by how many its dates are moved
    overlays : groups of overlays that may stay
    values   : original identifying values; people those of persons, places those of institutions and stations
    """

    sop_class: str
    days: int
    overlays: frozenset[int] = frozenset()
    changes: list[Change] = field(default_factory=list)
    values: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)

    def note(self, tag: BaseTag, keyword: str, action: str, path: str, old: str, *, regions: Regions = ()) -> None:
        self.changes.append(Change(f"({tag.group:04X},{tag.element:04X})", keyword, action, path, old, regions))

    def remember(self, element: DataElement, *, private: bool = False) -> None:
        """What identifies somebody, to look for it elsewhere."""
        if element.VR == "SQ":
            for item in element.value:
                for inner in _parsed(item):
                    self.remember(inner, private=private or element.tag.is_private)
        elif private or element.tag.is_private:  # what vendors call a name often is none: long words only
            if element.VR == "PN":
                self.people.update(word for word in re.split(r"[\W_\d]+", str(element.value)) if len(word) > 4)
        elif names_somebody(element):
            found = [value for value in texts_of(element) if not is_registered(value)]
            self.values.update(found)
            if element.VR == "PN" or element.keyword in _PERSONAL:
                self.people.update(found)
            elif element.keyword.endswith(("InstitutionName", "StationName")):
                self.places.update(found)


def _parsed(dataset: Dataset) -> Iterator[DataElement]:
    """The elements that can be parsed."""
    for tag in dataset.keys():  # noqa: SIM118  tags, not parsed elements
        with suppress(Exception):  # whatever a broken value does to the parser
            yield dataset[tag]
