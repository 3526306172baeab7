"""dicom-anonymizer (Kitware, BSD) beside Winnow: the table transcribed twice, and what became of each attribute.

Where the two differ, the standard's text decides; ``DIFFERENCES`` cites it, and holds no line that is not needed. Sections are
those of PS3.15 Annex E; "notes" are the notes to Table E.1-1.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import pytest
from dicom.corpus.builder import ROWS
from dicom.corpus.files import corpus
from dicom.corpus.required import demand
from dicom.corpus.run import KEY
from dicom.corpus.standard import CT, attributes, vr_of
from dicomanonymizer.dicomfields_selector import dicom_anonymization_database_selector
from dicomanonymizer.simpledicomanonymizer import anonymize_dataset, initialize_actions_2024b
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO

from winnow.dicom import Deidentifier
from winnow.dicom.rules import basic_action, row, table

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")  # of odd values; of theirs

CODES = {
    "D_TAGS": "D", "Z_TAGS": "Z", "X_TAGS": "X", "U_TAGS": "U", "Z_D_TAGS": "Z/D", "X_Z_TAGS": "X/Z", "X_D_TAGS": "X/D",
    "X_Z_D_TAGS": "X/Z/D", "X_Z_U_STAR_TAGS": "X/Z/U*",
}  # fmt: skip
DATES = frozenset({"DA", "DT", "TM"})
ANY = frozenset({"date", "sequence", "other"})
NOT_DEMANDED = frozenset({"3", "-"})  # optional in a CT image, or not of a CT image
_CODES = "E.1.1, action codes: "
_SEQUENCE = "; in the case of sequences the action is applicable to the sequence and all of its contents"


@dataclass(frozen=True)
class Decision:
    """What of the standard decides, for which types of the attribute and which kinds of value."""

    citation: str
    types: frozenset[str] = NOT_DEMANDED
    kinds: frozenset[str] = ANY


# what Winnow does, what dicom-anonymizer does, the table's code → what decides
DIFFERENCES = {
    ("changed", "empty", "Z"): Decision(
        f"{_CODES}Z, a zero length value, or a dummy; and step 2, note 3: Patient ID remains consistent. Both are allowed",
        frozenset("2"), frozenset({"other"}),
    ),
    ("empty", "changed", "Z"): Decision(
        f"{_CODES}Z, a zero length value, or a dummy. Both are allowed", frozenset("2-"), frozenset({"date"})
    ),
    ("empty", "filled", "Z"): Decision(f"{_CODES}Z{_SEQUENCE}", frozenset("2-"), frozenset({"sequence"})),
    ("empty", "changed", "Z/D"): Decision(f"{_CODES}Z unless D is required, for type 1", frozenset("2-")),
    ("gone", "changed", "X"): Decision(f"{_CODES}X, remove: 00010101 is left", kinds=frozenset({"date"})),
    ("gone", "changed", "X/D"): Decision(f"{_CODES}X unless D is required, for type 1; note 13"),
    ("gone", "changed", "X/Z"): Decision(f"{_CODES}X unless Z is required, for type 2", kinds=frozenset({"date"})),
    ("gone", "changed", "X/Z/D"): Decision(f"{_CODES}X unless Z or D is required, for types 2 and 1"),
    ("gone", "empty", "X/Z"): Decision(f"{_CODES}X unless Z is required, for type 2; note 13"),
    ("gone", "filled", "X/D"): Decision(f"{_CODES}X unless D is required{_SEQUENCE}", kinds=frozenset({"sequence"})),
    ("gone", "filled", "X/Z"): Decision(f"{_CODES}X unless Z is required{_SEQUENCE}", kinds=frozenset({"sequence"})),
    ("gone", "filled", "X/Z/D"): Decision(f"{_CODES}X unless Z or D is required{_SEQUENCE}", kinds=frozenset({"sequence"})),
}  # fmt: skip
# what the table does not list is kept by dicom-anonymizer; what of it Winnow takes out, by the words of ``required.py``
BEYOND = {
    "rows of a newer edition of the table": "note 4: the table is subject to extension",
    "short texts that name a person, device or place": "notes 1 and 4: new and retired attributes may identify, too",
    "kind of value LT": "note 5: retain only what is known to be safe; the table is the minimum",
    "kind of value UC": "note 5",
    "kind of value UT": "note 5",
    "UIDs": "E.1.1, step 5: references to other instances are always protected",
    "overlays": "E.1.1, step 2, note 5: graphics and overlays that contain identification are removed",
}


def transcribed(edition: str) -> dict[int, str]:
    """Tag → code, but for repeating groups."""
    tables = dicom_anonymization_database_selector(edition)
    return {tag[0] << 16 | tag[1]: code for name, code in CODES.items() for tag in tables[name] if len(tag) == 2}


def test_both_copied_the_same_table() -> None:
    ours = {int(tag, 16): each.code for tag, each in table().rows.items() if "x" not in tag and tag != "private"}
    assert transcribed("dicomfields_2024b") == ours
    assert len(ours) == 617


def test_what_a_newer_edition_lists_is_not_kept() -> None:
    newer = transcribed("dicomfields_2026c")
    assert len(newer) > 650
    assert {f"{tag:08X}" for tag in newer if basic_action(tag) == "K"} == set()


@pytest.fixture(scope="module")
def three() -> tuple[Dataset, Dataset, Dataset]:
    """A CT with everything in it; what Winnow makes of it; what dicom-anonymizer does."""
    case = next(case for case in corpus()[0] if case.recipe.name == "ct-1")
    original = dcmread(DicomBytesIO(case.data))
    theirs = copy.deepcopy(original)
    anonymize_dataset(theirs, base_rules_gen=initialize_actions_2024b)
    return original, Deidentifier(KEY).apply(original).dataset, theirs


def fate(original: Dataset, result: Dataset, tag: int) -> str:
    """What became of an attribute: gone, empty, kept, changed, or a sequence that is still filled."""
    if tag not in result:
        return "gone"
    old, new = original[tag], result[tag]
    if new.VR == "SQ":
        return "filled" if len(new.value) else "empty"
    if new.is_empty:
        return "empty"
    return "kept" if new.value == old.value else "changed"


def test_where_the_two_differ_the_standard_decides(three: tuple[Dataset, Dataset, Dataset]) -> None:
    original, ours, theirs = three
    types = attributes(CT, 0)[()]
    differing, alike, unexplained = set(), 0, []
    for tag in ROWS:
        if tag not in original:
            continue
        difference = (fate(original, ours, tag), fate(original, theirs, tag), row(tag).code)
        vr = vr_of(tag)
        kind = "sequence" if vr == "SQ" else "date" if vr in DATES else "other"
        decision = DIFFERENCES.get(difference)
        if difference[0] == difference[1]:
            alike += 1
        elif decision and types.get(tag, "-") in decision.types and kind in decision.kinds:
            differing.add(difference)
        else:
            unexplained.append(f"{tag:08X} {difference} {kind} {types.get(tag)}")
    assert unexplained == []
    assert differing == set(DIFFERENCES)
    assert alike > 500


def test_what_the_table_does_not_list(three: tuple[Dataset, Dataset, Dataset]) -> None:
    original, ours, theirs = three
    case = next(case for case in corpus()[0] if case.recipe.name == "ct-1")
    unlisted = [plant for plant in case.plants if not plant.path and not plant.name and plant.tag not in ROWS]
    reasons = set()
    for plant in unlisted:
        reason = demand(plant, frozenset(), {}, frozenset()).reason
        kept_by = (fate(original, ours, plant.tag), fate(original, theirs, plant.tag))
        listed = plant.tag >> 24 in {0x50, 0x60} and row(plant.tag) is not None
        if plant.tag >> 16 & 1 or listed:
            assert kept_by == ("gone", "gone"), str(plant)
        elif reason:
            assert kept_by in {("gone", "kept"), ("gone", "filled"), ("changed", "kept")}, str(plant)
            reasons.add(reason)
        else:
            assert kept_by in {("kept", "kept"), ("filled", "filled")}, str(plant)
    assert reasons == set(BEYOND)
    assert len(unlisted) > 190


def test_what_is_nested_in_a_sequence_that_the_table_does_not_list(three: tuple[Dataset, Dataset, Dataset]) -> None:
    """E.1.1: all instances, whether contained in the main data set or embedded in an item; dicom-anonymizer leaves them."""
    inside = [dataset[0x00500010].value[1] for dataset in three]
    kept = [tag for tag in ROWS if tag in inside[0] and vr_of(tag) != "SQ" and inside[0][tag].value]
    assert len(kept) > 550
    assert {tag for tag in kept if fate(inside[0], inside[2], tag) != "kept"} == set()
    assert {tag for tag in kept if fate(inside[0], inside[1], tag) == "kept"} == set()
