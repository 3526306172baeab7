from __future__ import annotations

from collections import Counter
from dataclasses import fields

import pytest
from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import tag_for_keyword

from winnow.dicom.options import CODES, Options
from winnow.dicom.rules import PRECEDENCE, SOP_PREFIX, basic_action, chosen_action, resolve, row, table
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
    assert basic_action(tag) == code


def test_an_option_changes_the_code() -> None:
    everything = Options.named(CODES)
    assert chosen_action(0x00080018, Options()) == ("", "U")
    assert chosen_action(0x00080018, Options(retain_uids=True)) == ("retain_uids", "K")
    assert chosen_action(0x00081030, Options(clean_descriptors=True)) == ("clean_descriptors", "C")
    assert chosen_action(0x00100010, everything) == ("", "Z")
    # a device's date: kept by one option, moved by the other
    assert chosen_action(0x00181200, Options(retain_device_identity=True)) == ("retain_device_identity", "K")
    assert chosen_action(0x00181200, everything) == ("retain_modified_dates", "C")
    # a UID that the table does not list
    assert chosen_action(0x00081199, Options(retain_uids=True))[1] == basic_action(0x00081199)


def test_options_are_known_by_name_and_coded() -> None:
    options = Options.named(["retain-uids", "clean_descriptors"])
    assert options.names == ("clean_descriptors", "retain_uids")
    assert [code for code, _ in options.codes()] == ["113100", "113105", "113110"]
    assert set(CODES) == {field.name for field in fields(Options)} == set(PRECEDENCE) | {"clean_pixel_data"}
    assert set(PRECEDENCE) < {name for each in table().rows.values() for name in each.options}
    with pytest.raises(InvalidInput, match="retain_everything"):
        Options.named(["retain_everything"])


def test_names_dates_and_free_text_go_even_where_the_table_is_silent() -> None:
    silent = [tag for tag in DicomDictionary if row(tag) is None]
    speaking = [tag for tag in silent if DicomDictionary[tag][0] in {"PN", "DA", "TM", "DT", "LT", "ST", "UT", "AE"}]
    assert len(speaking) > 50
    assert {basic_action(tag) for tag in speaking} == {"X"}


def test_what_a_newer_edition_of_the_table_lists_goes() -> None:
    newer = {  # of 2026c; other new rows have kinds of value that go anyway
        "EthnicGroupCodeSequence", "ChannelLabel", "ChannelDerivationDescription", "MultiplexGroupLabel",
        "WaveformAnnotationSequence", "UnformattedTextValue", "AcquisitionContextDescription", "SecondaryCaptureDeviceID",
    }  # fmt: skip
    assert {basic_action(tag_for_keyword(keyword)) for keyword in newer} == {"X"}


def test_what_nobody_knows_goes() -> None:
    assert basic_action(0x00180FFF) == "X"
    assert basic_action(0x00080000) == "X"  # a group length
    assert basic_action(0x00001000) == "X"  # a command


@pytest.mark.parametrize(
    ("code", "tag", "sop", "sequence", "resolved"),
    [
        ("X", 0x00081030, CT, None, "X"),
        ("X/Z", 0x00080022, CT, None, "X"),  # Acquisition Date: type 3 in CT
        ("X/Z", 0x00080022, PET, None, "Z"),  # ... type 2 in PET
        ("X/D", 0x00080021, PET, None, "D"),  # Series Date: type 1 in PET
        ("X/D", 0x00080021, PET, 0x00081115, "D"),  # an object that the standard does not have: keeps most
        ("X/Z/D", 0x00081010, CT, 0x00189506, "D"),  # Station Name: type 1 among contributing sources
        ("X/Z/D", 0x00181000, CT, 0x0018A001, "X"),  # Device Serial Number: type 3 of contributing equipment
        ("X/Z/D", 0x00181000, CT, 0x300A0206, "Z"),  # ... type 2 of a treatment machine
        ("X/Z/U*", 0x00081140, CT, None, "U"),
        ("Z/D", 0x00080023, CT, None, "Z"),
        ("X/Z", 0x00080022, "", 0x00081115, "Z"),
    ],
)
def test_compound_codes_are_resolved_by_the_attributes_type(
    code: str, tag: int, sop: str, sequence: int | None, resolved: str
) -> None:
    assert resolve(code, tag=tag, sop_class=sop, sequence=sequence) == resolved
