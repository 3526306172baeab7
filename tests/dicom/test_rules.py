from __future__ import annotations

from collections import Counter

import pytest
from pydicom._dicom_dict import DicomDictionary

from winnow.dicom.rules import SOP_PREFIX, action, basic_action, resolve, row, table
from winnow.errors import InvalidInput

CT, PET = SOP_PREFIX + "2", SOP_PREFIX + "128"


def test_the_whole_table_is_there_and_names_its_edition() -> None:
    assert table().edition == "PS3.15 2024b"
    assert len(table().rows) == 621
    codes = Counter(each.code for each in table().rows.values())
    assert codes == {
        "X": 384, "D": 92, "U": 54, "Z": 42, "X/D": 22, "X/Z": 11, "X/Z/D": 8, "Z/D": 6, "X/Z/U*": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        (0x00100010, "Z"),  # Patient's Name
        (0x00100020, "Z/D"),  # Patient ID
        (0x00080018, "U"),  # SOP Instance UID
        (0x00080070, "K"),  # Manufacturer
        (0x00081140, "X/Z/U*"),  # Referenced Image Sequence
        (0x00091001, "X"),  # private
        (0x50100030, "X"),  # a curve
        (0x60023000, "X"),  # an overlay
        (0x60020010, "X"),  # its rows: an overlay goes as a whole
        (0x00280010, "K"),  # Rows
        (0x7FE00010, "K"),  # Pixel Data
        (0xFFFCFFFC, "X"),  # Data Set Trailing Padding
    ],
)
def test_some_rows_as_printed_in_the_standard(tag: int, code: str) -> None:
    assert action(tag) == basic_action(tag) == code


def test_an_option_changes_the_code() -> None:
    assert action(0x00080018, ["retain_uids"]) == "K"
    assert action(0x00081030, ["clean_descriptors"]) == "C"
    assert action(0x00100010, ["retain_uids"]) == "Z"
    with pytest.raises(InvalidInput, match="retain_everything"):
        action(0x00100010, ["retain_everything"])


def test_names_dates_and_free_text_go_even_where_the_table_is_silent() -> None:
    silent = [tag for tag in DicomDictionary if row(tag) is None]
    speaking = [tag for tag in silent if DicomDictionary[tag][0] in {"PN", "DA", "TM", "DT", "LT", "ST", "UT", "AE"}]
    assert len(speaking) > 50
    assert {action(tag) for tag in speaking} == {"X"}


def test_what_nobody_knows_goes() -> None:
    assert action(0x00180FFF) == "X"
    assert action(0x00080000) == "X"  # a group length
    assert action(0x00001000) == "X"  # a command


@pytest.mark.parametrize(
    ("code", "tag", "sop", "nested", "resolved"),
    [
        ("X", 0x00081030, CT, False, "X"),
        ("X/Z", 0x00080022, CT, False, "X"),  # Acquisition Date: type 3 in CT
        ("X/Z", 0x00080022, PET, False, "Z"),  # ... type 2 in PET
        ("X/D", 0x00080021, PET, False, "D"),  # Series Date: type 1 in PET
        ("X/D", 0x00080021, PET, True, "D"),
        ("X/Z/U*", 0x00081140, CT, False, "U"),
        ("Z/D", 0x00080023, CT, False, "Z"),
        ("X/Z", 0x00080022, "", True, "Z"),
    ],
)
def test_compound_codes_are_resolved_by_the_attributes_type(
    code: str, tag: int, sop: str, nested: bool, resolved: str
) -> None:
    assert resolve(code, tag=tag, sop_class=sop, nested=nested) == resolved
