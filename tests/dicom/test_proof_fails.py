"""The proof can fail: each fault that is planted in the engine is seen by the action that it spoils."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from dicom.corpus import required as must
from dicom.corpus.files import corpus
from dicom.corpus.run import RUNS, SAFE, scored
from dicom.corpus.score import Score
from pydicom.sequence import Sequence

from winnow.dicom import deidentify, rules
from winnow.dicom.blanking import overwritten
from winnow.dicom.deidentify import Deidentifier

pytestmark = pytest.mark.filterwarnings("ignore:.*:UserWarning")  # pydicom's, of odd values

FILES = ("ct-2", "ct-3")  # one patient's
BASIC = RUNS["basic profile"]
Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def no_second_look(monkeypatch: Patch, need_program: Callable[[str], str]) -> None:
    """It would hold what a spoilt engine lets through."""
    need_program("tesseract")
    monkeypatch.setattr("winnow.dicom.folder.second_look", lambda *_, **__: None)


def instead(patch: Patch, tag: int, code: str) -> None:
    """One attribute is treated by this code, whatever the table says."""
    chosen = rules.chosen_action
    patch.setattr(deidentify, "chosen_action", lambda at, options: ("", code) if at == tag else chosen(at, options))


def resolved(patch: Patch, letter: str, by: str) -> None:
    plain = rules.resolve

    def resolve(code: str, **where: Any) -> str:
        answer = plain(code, **where)
        return by if answer == letter else answer

    patch.setattr(deidentify, "resolve", resolve)


def nested_as_they_are(patch: Patch) -> None:
    clean = Deidentifier._clean
    patch.setattr(
        Deidentifier, "_clean", lambda self, item, run, place: item if place.path else clean(self, item, run, place)
    )


def sequences_emptied(patch: Patch) -> None:
    replaced = deidentify.DataElement

    def element(tag: int, vr: str, value: Any, **more: Any) -> Any:
        return replaced(tag, vr, Sequence() if vr == "SQ" and tag == 0x00081140 else value, **more)

    patch.setattr(deidentify, "DataElement", element)


def private_stay(patch: Patch) -> None:
    patch.setattr(
        deidentify,
        "safe_private",
        lambda dataset: {tag: dataset[tag] for tag in list(dataset.keys()) if tag.is_private},
    )


def always_new(patch: Patch) -> None:
    count = itertools.count()
    patch.setattr(deidentify, "hashed_uid", lambda *_: f"2.25.{next(count) + 1}")


def new_days(patch: Patch) -> None:
    count = itertools.count(1)
    patch.setattr(deidentify, "days_for", lambda *_: -next(count))


def new_people(patch: Patch) -> None:
    count = itertools.count()
    patch.setattr(deidentify, "pseudonym", lambda *_: f"P{next(count)}")


def a_pixel_less(patch: Patch) -> None:
    clean = deidentify.clean_pixel_data

    def spoilt(dataset: Any, **more: Any) -> None:
        clean(dataset, **more)
        dataset.PixelData = bytes(2) + dataset.PixelData[2:]

    patch.setattr(deidentify, "clean_pixel_data", spoilt)


def blanked_whole(patch: Patch) -> None:
    patch.setattr("winnow.dicom.folder.without_regions", lambda data, *_: overwritten(data, [[0, 0, 256, 256]]))


FAULTS = {
    "a row of the table is dropped": (lambda patch: instead(patch, 0x00081030, "K"), BASIC, must.REMOVED, True),
    "a row is emptied that has to go": (lambda patch: instead(patch, 0x00080081, "Z"), BASIC, must.REMOVED, False),
    "an attribute goes that has to stay": (lambda patch: instead(patch, 0x00180050, "X"), BASIC, must.TEXT, False),
    "a mandatory value is emptied": (lambda patch: resolved(patch, "D", "Z"), BASIC, must.NOT_NULL, False),
    "an attribute of type 2 is removed": (lambda patch: resolved(patch, "Z", "X"), BASIC, must.TAG, False),
    "items of sequences stay as they are": (nested_as_they_are, BASIC, must.REMOVED, True),
    "a sequence loses its items": (sequences_emptied, BASIC, must.TAG, False),
    "private attributes stay": (private_stay, RUNS["retain_safe_private"], must.REMOVED, True),
    "UIDs stay": (lambda patch: patch.setattr(deidentify, "hashed_uid", lambda _, uid: uid), BASIC, must.UID_CHANGED, True),
    "UIDs are new each time": (always_new, BASIC, must.UID_CONSISTENT, False),
    "each file is moved by other days": (new_days, RUNS["retain_modified_dates"], must.DATE, False),
    "each file is another patient's": (new_people, BASIC, must.PATIENT, False),
    "names typed elsewhere stay": (lambda patch: patch.setattr(deidentify, "sweep", lambda *_: ()), BASIC, must.REMOVED, True),
    "descriptions stay as they are": (
        lambda patch: patch.setattr("winnow.dicom.cleaning.known_words", lambda text: text),
        RUNS["clean_descriptors"], must.REMOVED, True,
    ),
    "what lies behind the pixels stays": (
        lambda patch: patch.setattr(deidentify, "clean_pixel_data", lambda *_, **__: None), BASIC, must.REMOVED, True,
    ),
    "a pixel changes": (a_pixel_less, BASIC, must.PIXELS, False),
    "text in pixels stays": (
        lambda patch: patch.setattr("winnow.dicom.folder.without_regions", lambda data, *_: data), BASIC, must.HIDDEN, False,
    ),
    "the whole picture is blanked": (blanked_whole, BASIC, must.PIXELS, False),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_engine_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, options, action, leaks = FAULTS[fault]
    plant(monkeypatch)
    names = ("sc-1",) if "picture" in fault or "text in pixels" in fault else FILES
    score = scored(options, names=names)
    assert score.wrong[action] > 0, score.faults[:5]
    assert bool(score.leaks) == leaks
    untouched = {must.PIXELS, must.HIDDEN} - {action} if action in {must.PIXELS, must.HIDDEN} else {must.PIXELS}
    assert not untouched & set(score.wrong)


def untouched(case: Any) -> bytes:
    return case.data


@pytest.mark.parametrize(("written", "wrong"), [(untouched, must.REMOVED), (lambda _: None, must.TEXT)])
def test_neither_keeping_all_nor_dropping_all_is_right(written: Callable[[Any], Any], wrong: str) -> None:
    cases, days = corpus()
    case = next(case for case in cases if case.recipe.name == "ct-2")
    score = Score(frozenset({"burned_in"}), days, SAFE)
    score.add(case, written(case))
    other = must.TEXT if wrong == must.REMOVED else must.REMOVED
    assert score.right[wrong] < 0.01 * score.wrong[wrong]
    assert score.wrong[other] < 0.01 * score.right[other]
    assert bool(score.leaks) == (wrong == must.REMOVED)
    assert not np.isnan(score.share_by_the_table())
