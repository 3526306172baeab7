"""An identifier is planted in every attribute of Table E.1-1; none may come out, and each row must have acted."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom._dicom_dict import DicomDictionary
from pydicom.charset import python_encoding
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import UID

from winnow.dicom import Deidentifier
from winnow.dicom.deidentify import Deidentified
from winnow.dicom.read import open_dataset
from winnow.dicom.rules import table
from winnow.dicom.values import hashed_uid
from winnow.dicom.write import file_bytes
from winnow.errors import CannotDeidentify

# the rows but for wildcards, commands and file meta, which no data set holds, and the document that makes a file refused
ROWS = {
    int(tag, 16): row
    for tag, row in table().rows.items()
    if "x" not in tag and tag not in {"private", "00420011"} and tag[:4] not in {"0000", "0002"}
}
CHARSETS = {
    "ISO_IR 100": "Müller^Jörg",
    "ISO_IR 144": "Люксембург^Роза",
    "ISO_IR 192": "王^小東",
    "GB18030": "王^小东",
    "ISO_IR 126": "Διονυσιος^Αρης",
}


def vr_of(tag: int) -> str:
    return DicomDictionary[tag][0].split(" or ")[0]


def planted_value(tag: int, number: int) -> Any:
    """A value of the attribute's kind that says which attribute it was planted in."""
    vr = vr_of(tag)
    day = (dt.date(1700, 1, 1) + dt.timedelta(days=number)).strftime("%Y%m%d")
    by_kind = {
        "UI": f"1.2.826.77.{number}.1",
        "DA": day,
        "DT": f"{day}101112.{number:06d}",
        "TM": f"101112.9{number:05d}",
        "DS": f"77{number:06d}",
        "IS": f"77{number:06d}",
        "AS": "077Y",
        "US": number,
    }
    binary = f"PLANT{number:05d}".encode()
    return binary if vr in {"OB", "UN", "OW"} else by_kind.get(vr, f"PLANT{number:04d}")


def plant(dataset: Dataset, *, start: int) -> set[bytes]:
    """Fills every attribute of the table that is not there yet; answers what to look for."""
    found: set[bytes] = set()
    for number, tag in enumerate(ROWS, start):
        if vr_of(tag) == "SQ":
            item = Dataset()
            item.PatientName, item.CodeMeaning = f"PLANT{number:04d}", f"PLANT{number:04d}"
            dataset.add(DataElement(Tag(tag), "SQ", Sequence([item])))
            continue
        value = planted_value(tag, number)
        dataset.add(DataElement(Tag(tag), vr_of(tag), value))
        if vr_of(tag) not in {"AS", "US"}:  # too short to be told from chance
            found.add(value if isinstance(value, bytes) else value.encode())
    return found


def result(dataset: Dataset, key: bytes) -> tuple[Deidentified, bytes]:
    done = Deidentifier(key).apply(dataset)
    return done, file_bytes(done.dataset, implicit=False, little_endian=True)


@pytest.fixture
def planted(make: Callable[..., Dataset], as_bytes: Callable[[Dataset], bytes]) -> tuple[bytes, set[bytes], np.ndarray]:
    pixels = np.random.default_rng(0).integers(0, 4096, (32, 32), np.uint16)
    dataset = make(pixels, Manufacturer="Phantom works")
    tokens = plant(dataset, start=1000)
    nested = Dataset()
    tokens |= plant(nested, start=3000)
    nested.private_block(0x0011, "PLANT CREATOR", create=True).add_new(1, "LO", "PLANTprivate")
    dataset.DeviceSequence = [nested]  # no row of the table: stays, cleaned inside
    dataset.private_block(0x0009, "PLANT CREATOR", create=True).add_new(1, "UN", b"PLANTprivate")
    dataset.add_new(0x50000010, "US", 1)
    dataset.add_new(0x50003000, "OB", b"PLANTcurve")
    dataset.add_new(0x60003000, "OB", b"PLANToverlay")
    dataset.add_new(0x60000022, "LO", "PLANTtext")
    dataset.file_meta.SourceApplicationEntityTitle = "PLANTAE"
    dataset.file_meta.PrivateInformationCreatorUID = "1.2.826.78.1"
    dataset.file_meta.PrivateInformation = b"PLANTmeta"
    data = bytearray(as_bytes(dataset))
    data[:10] = b"PLANTfirst"
    return bytes(data), tokens | {b"PLANT", b"1.2.826.78.1"}, pixels


def test_nothing_planted_comes_out(planted: tuple, key: bytes) -> None:
    data, tokens, _ = planted
    assert len(tokens) > 1090
    assert all(token in data for token in tokens)
    _, out = result(open_dataset(data), key)
    assert [token for token in tokens if token in out] == []
    assert out[:128] == bytes(128)


def test_every_row_of_the_table_acted(planted: tuple, key: bytes) -> None:
    data, _, _ = planted
    original = open_dataset(data)
    done, out = result(original, key)
    back = dcmread(io.BytesIO(out))
    acted = {change.tag: change.action for change in done.changes if not change.path}
    for tag, row in ROWS.items():
        name = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
        if "U*" in row.code:
            assert Tag(tag) in back, row
            continue
        assert acted[name] in row.code.split("/"), row
        if acted[name] == "X":
            assert Tag(tag) not in back, row
        elif acted[name] == "Z" and tag not in {0x00100010, 0x00100020}:
            assert back[tag].is_empty or len(back[tag].value) == 0, row
        elif acted[name] == "D":
            assert not back[tag].is_empty, row
            assert back[tag].value != original[tag].value, row
        elif acted[name] == "U":
            assert str(back[tag].value).startswith("2.25."), row
    nested = Counter(change.action for change in done.changes if change.path.startswith("(0050,0010)[0]."))
    assert sum(nested.values()) >= len(ROWS)
    assert nested["X"] > 380


def test_pixels_stay_equal_and_the_rest_of_the_file_is_written_anew(planted: tuple, key: bytes) -> None:
    data, _, pixels = planted
    back = dcmread(io.BytesIO(result(open_dataset(data), key)[1]))
    assert np.array_equal(back.pixel_array, pixels)
    assert back.Manufacturer == "Phantom works"
    assert back.PatientIdentityRemoved == "YES"
    assert "2024b" in back.DeidentificationMethod
    assert back.DeidentificationMethodCodeSequence[0].CodeValue == "113100"
    assert back.file_meta.MediaStorageSOPInstanceUID == back.SOPInstanceUID
    assert set(back.file_meta.keys()) == {Tag(0x00020000 + element) for element in (0, 1, 2, 3, 0x10, 0x12, 0x13)}


def test_the_original_is_left_as_it_is(planted: tuple, key: bytes) -> None:
    dataset = open_dataset(planted[0])
    before = dataset.to_json_dict(suppress_invalid_tags=True)
    result(dataset, key)
    assert dataset.to_json_dict(suppress_invalid_tags=True) == before


@pytest.mark.parametrize("charset", CHARSETS)
def test_names_in_any_character_set_go_and_other_text_stays_readable(
    charset: str, make: Callable[..., Dataset], as_bytes: Callable[[Dataset], bytes], key: bytes
) -> None:
    name = CHARSETS[charset]
    nested = Dataset()
    nested.OperatorsName = name
    family = name.split("^")[0]
    dataset = make(SpecificCharacterSet=charset, PatientName=name, Manufacturer=family + "2", DeviceSequence=[nested])
    dataset.PatientComments = f"({name})"
    data = as_bytes(dataset)
    encoded = family.encode(python_encoding[charset])
    assert encoded in data
    out = result(open_dataset(data), key)[1]
    back = dcmread(io.BytesIO(out))
    assert back.Manufacturer == family + "2"
    rest = out.replace(f"{family}2".encode(), b"")
    assert encoded not in rest
    assert family.encode() not in rest


def test_uids_map_alike_in_all_files_of_one_key_only(make: Callable[..., Dataset], key: bytes) -> None:
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3.1"
    first = Deidentifier(key).apply(make()).dataset
    second = Deidentifier(key).apply(make(SOPInstanceUID="1.2.3.9", ReferencedImageSequence=[reference])).dataset
    other = Deidentifier(b"another key").apply(make()).dataset
    assert first.SeriesInstanceUID == second.SeriesInstanceUID != other.SeriesInstanceUID
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert second.ReferencedImageSequence[0].ReferencedSOPInstanceUID == first.SOPInstanceUID
    assert second.ReferencedImageSequence[0].ReferencedSOPClassUID == "1.2.840.10008.5.1.4.1.1.2"
    assert first.PatientID == second.PatientID != other.PatientID
    assert first.PatientID == first.PatientName


@given(st.binary(min_size=1), st.text(max_size=80), st.text(max_size=80))
def test_hashed_uids_are_valid_and_told_apart(key: bytes, one: str, other: str) -> None:
    uid = UID(hashed_uid(key, one))
    assert uid.is_valid
    assert uid.startswith("2.25.")
    assert (hashed_uid(key, other) == uid) == (one.encode(errors="replace") == other.encode(errors="replace"))
    assert hashed_uid(key + b"x", one) != uid


def test_patients_without_an_id_are_known_by_name_then_by_study(make: Callable[..., Dataset], key: bytes) -> None:
    def patient(**attributes: object) -> str:
        return str(Deidentifier(key).apply(make(**attributes)).dataset.PatientID)

    assert patient() == patient(PatientName="Other^Name") != patient(PatientID="NV-1")
    assert patient(PatientID="") == patient(PatientID=None) != patient(PatientID="", PatientName="Other^Name")
    nameless = {"PatientID": "", "PatientName": ""}
    assert (
        patient(**nameless) == patient(**nameless, SOPInstanceUID="1.9") != patient(**nameless, StudyInstanceUID="1.8")
    )


def test_a_name_typed_where_it_does_not_belong_is_found(make: Callable[..., Dataset], key: bytes) -> None:
    code = Dataset()
    code.CodeMeaning = "scan of Ada NOVA"
    dataset = make(ManufacturerModelName="for nova", ConvolutionKernel="NOVASHARP", ProcedureCodeSequence=[code])
    done = Deidentifier(key).apply(dataset)
    assert not done.dataset.ManufacturerModelName
    assert done.dataset.ConvolutionKernel == "NOVASHARP"  # another word
    assert not done.dataset.ProcedureCodeSequence[0].CodeMeaning
    assert [(change.tag, change.path) for change in done.changes if change.tag == "(0008,0104)"] == [
        ("(0008,0104)", "(0008,1032)[0].")
    ]
    assert dataset.ManufacturerModelName == "for nova"


def test_values_of_a_kind_that_does_not_belong_go(make: Callable[..., Dataset], key: bytes) -> None:
    dataset = make()
    dataset.add(DataElement(0x00180050, "OB", b"Nova"))  # a slice thickness
    dataset.add(DataElement(0x00181210, "LT", "kernel of Ada"))  # a convolution kernel, SH by the standard
    kept = Deidentifier(key).apply(dataset).dataset
    assert "SliceThickness" not in kept
    assert "ConvolutionKernel" not in kept


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"BurnedInAnnotation": "YES"}, "burned"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.104.1"}, "encapsulated document"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.33"}, "structured report"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.9.1.1"}, "waveform"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.11.1"}, "presentation state"),
        ({"SOPClassUID": "1.2.840.10008.1.3.10"}, "DICOMDIR"),
        ({"EncapsulatedDocument": b"%PDF"}, "encapsulated document"),
        ({"PixelData": None}, "no image"),
        ({"Rows": None, "NumberOfFrames": None}, ""),
    ],
)
def test_what_cannot_be_made_safe_is_refused(
    attributes: dict[str, Any], reason: str, make: Callable[..., Dataset], key: bytes
) -> None:
    dataset = make(np.zeros((2, 3, 4), np.uint16), **attributes)
    if not reason:  # pixels of unknown extent: nothing to cut off
        assert Deidentifier(key).apply(dataset)
        return
    with pytest.raises(CannotDeidentify, match=reason):
        Deidentifier(key).apply(dataset)


VALUES = st.one_of(
    st.text(max_size=30), st.integers(0, 9), st.binary(max_size=20), st.lists(st.text(max_size=8), max_size=3)
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(sorted(DicomDictionary)), VALUES, max_size=8))
def test_any_attribute_with_any_value_is_kept_or_changed_but_never_crashes(
    make: Callable[..., Dataset], key: bytes, values: dict[int, Any]
) -> None:
    dataset = make()
    for tag, value in values.items():
        if tag >> 16 > 8 and tag >> 16 not in {0x28, 0x42, 0x7FE0} and tag not in {0x00100010, 0x00100020}:
            try:
                dataset.add(DataElement(tag, vr_of(tag) if vr_of(tag) not in {"SQ", "NONE"} else "LO", value))
            except Exception:  # noqa: BLE001, S112  pydicom itself refuses the value
                continue
    try:
        _, out = result(dataset, key)
    except CannotDeidentify:
        return
    assert b"Nova" not in out
    assert b"NV-4711" not in out
