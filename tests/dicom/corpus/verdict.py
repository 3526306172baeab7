"""Whether the right thing became of one planted attribute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dicom.corpus import required as must
from dicom.corpus.planting import KNOWN_WORDS, ONE_KNOWN_WORD, Path, Plant
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

_PATIENT = frozenset({0x00100010, 0x00100020})


@dataclass
class Memory:
    """What the files before had, to see whether this one agrees: new UIDs, days moved and pseudonyms by patient."""

    uids: dict[str, str] = field(default_factory=dict)
    moved: dict[int, int] = field(default_factory=dict)
    patients: dict[int, str] = field(default_factory=dict)


def verdicts(
    plant: Plant, demand: must.Demand, old: DataElement, new: DataElement | None, *, patient: int, memory: Memory
) -> Iterator[tuple[str, bool]]:
    """(action, whether it is right) for each action that is demanded of the attribute; new : None where it is gone."""
    if plant.name:  # the text stays, the name in it goes
        yield must.REMOVED, not spells(new, plant.number)
    elif demand.fate in {must.KEPT, must.NEW} and plant.vr == "SQ":
        yield must.TAG, new is not None and len(new.value) > 0
    elif demand.fate == must.KEPT:
        yield must.TEXT, new is not None and new.value == old.value
    elif demand.fate == must.NEW:
        yield from _uid(str(old.value), str(new.value) if new is not None else "", memory)
    elif demand.fate == must.SHIFTED:
        yield must.DATE, _shifted(str(old.value), str(new.value) if new is not None else "", patient, memory)
    elif demand.fate == must.WORDS:
        yield must.REMOVED, not spells(new, plant.number)
        if plant.vr != "CS":  # codes have no words
            known = ONE_KNOWN_WORD if plant.vr == "SH" else KNOWN_WORDS
            yield must.TEXT, new is not None and new.value == known
    else:
        yield from _protected(plant, demand.fate, old, new)
    if plant.tag in _PATIENT and not plant.path:
        yield must.PATIENT, _same_patient(str(new.value) if new is not None else "", patient, memory)


def _protected(plant: Plant, fate: str, old: DataElement, new: DataElement | None) -> Iterator[tuple[str, bool]]:
    """Removed, emptied, or replaced by a dummy; and still there where the type of the attribute demands it."""
    if fate == must.GONE:
        yield must.REMOVED, new is None
        return
    full = new is not None and not new.is_empty and not (new.VR == "SQ" and len(new.value) == 0)
    if plant.vr != "SQ":
        yield must.REMOVED, not (full and new is not None and new.value == old.value) and not spells(new, plant.number)
    if fate == must.DUMMY:
        yield must.NOT_NULL, full
    elif fate == must.EMPTY and plant.kind in {"1", "2"}:
        yield must.TAG, new is not None


def _uid(before: str, after: str, memory: Memory) -> Iterator[tuple[str, bool]]:
    yield must.UID_CHANGED, after not in {"", before} and len(after) <= 64
    known = memory.uids.setdefault(before, after)
    yield must.UID_CONSISTENT, known == after


def _shifted(before: str, after: str, patient: int, memory: Memory) -> bool:
    try:
        days = (dt.date.fromisoformat(after[:8]) - dt.date.fromisoformat(before[:8])).days
    except ValueError:
        return False
    return days == memory.moved.setdefault(patient, days) != 0 and after[8:] == before[8:]


def _same_patient(after: str, patient: int, memory: Memory) -> bool:
    known = memory.patients.setdefault(patient, after)
    others = {name for number, name in memory.patients.items() if number != patient}
    return after != "" and known == after and after not in others


def spells(element: DataElement | None, number: int) -> bool:
    """Whether a value says the number that was planted."""
    if element is None or element.is_empty or element.VR == "SQ":
        return False
    value: Any = element.value
    return f"{number:05d}" in (value.decode("latin-1") if isinstance(value, bytes) else str(value))


def at(dataset: Dataset, path: Path, tag: int) -> DataElement | None:
    """The element in a place; None where it, or its item, is not."""
    for sequence, item in path:
        if sequence not in dataset or dataset[sequence].VR != "SQ" or len(dataset[sequence].value) <= item:
            return None
        dataset = dataset[sequence].value[item]
    return dataset[tag] if tag in dataset else None  # noqa: SIM401  get answers the value of some
