"""The named options of PS3.15 E.3: what each lets stay, and that nothing else does."""

from __future__ import annotations

import datetime as dt
import io
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont
from pydicom import dcmread
from pydicom._dicom_dict import DicomDictionary
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from winnow.dicom import Deidentifier, Options
from winnow.dicom.cleaning import days_for
from winnow.dicom.deidentify import Deidentified
from winnow.dicom.descriptors import known_words
from winnow.dicom.options import CODES
from winnow.dicom.rules import table
from winnow.dicom.values import hashed_uid
from winnow.dicom.write import file_bytes
from winnow.errors import CannotDeidentify


def applied(dataset: Dataset, key: bytes, *names: str) -> Deidentified:
    return Deidentifier(key, Options.named(names)).apply(dataset)


@pytest.mark.parametrize("option", ["retain_patient_characteristics", "retain_device_identity", "retain_uids"])
def test_what_an_option_retains_by_the_table_stays_as_it_is(
    option: str, make: Callable[..., Dataset], key: bytes
) -> None:
    values = {"UI": "1.2.826.9.1", "DA": "20200102", "TM": "1011", "DT": "20200102", "DS": "77", "AS": "077Y", "US": 3}
    wanted = {}
    for tag, row in table().rows.items():
        if row.options.get(option) == "K" and tag[:4] not in {"0000", "0002", "0004"}:
            vr = DicomDictionary[int(tag, 16)][0].split(" or ")[0]
            if vr != "SQ":
                wanted[int(tag, 16)] = (vr, values.get(vr, f"V{tag}"))
    assert len(wanted) >= 8
    dataset = make(PatientName="Vxyz^Ada")
    for tag, (vr, value) in wanted.items():
        dataset.add(DataElement(tag, vr, value))
    kept = applied(dataset, key, option).dataset
    assert {tag: (kept[tag].VR, kept[tag].value) for tag in wanted} == wanted
    plain = applied(dataset, key).dataset
    assert not any(tag in plain and plain[tag].value == value for tag, (_, value) in wanted.items())


def test_uids_that_the_option_does_not_name_are_replaced_with_it_too(make: Callable[..., Dataset], key: bytes) -> None:
    item = Dataset()
    item.UID = "1.2.826.9.77"  # (0040,A124): code U, and nothing in the column of the option (Table E.1-1, E.3.9)
    item.ReferencedSOPInstanceUID = "1.2.826.9.78"
    kept = applied(make(DeviceSequence=[item]), key, "retain_uids").dataset.DeviceSequence[0]
    assert hashed_uid(key, "1.2.826.9.77") == kept.UID
    assert kept.ReferencedSOPInstanceUID == "1.2.826.9.78"


def test_dates_move_by_one_number_of_days_for_each_patient(make: Callable[..., Dataset], key: bytes) -> None:
    item = Dataset()
    item.StudyDate = "20200305"
    dates = {
        "StudyDate": "20200229", "SeriesDate": "2020.03.01", "AcquisitionDateTime": "20200301101112.5+0100",
        "StudyTime": "235959.25", "TimezoneOffsetFromUTC": "+0100", "PatientBirthDate": "19501231",
    }  # fmt: skip
    dataset = make(**dates, ReferencedImageEvidenceSequence=[item])
    dataset.ContentDate = "around Easter"
    kept = applied(dataset, key, "retain_modified_dates").dataset
    days = dt.date.fromisoformat(kept.StudyDate) - dt.date(2020, 2, 29)
    assert -3650 <= days.days < 0
    assert dt.date.fromisoformat(kept.SeriesDate) - dt.date(2020, 3, 1) == days
    assert dt.date.fromisoformat(kept.AcquisitionDateTime[:8]) - dt.date(2020, 3, 1) == days
    assert kept.AcquisitionDateTime[8:] == "101112.5+0100"
    assert (kept.StudyTime, kept.TimezoneOffsetFromUTC) == ("235959.25", "+0100")
    nested = kept.ReferencedImageEvidenceSequence[0].StudyDate
    assert dt.date.fromisoformat(nested) - dt.date(2020, 3, 5) == days
    assert not kept.PatientBirthDate  # the table has no way to keep it
    assert not kept.ContentDate
    assert kept.LongitudinalTemporalInformationModified == "MODIFIED"
    again = applied(make(StudyDate="20210101", StudyInstanceUID="1.2.9"), key, "retain_modified_dates").dataset
    assert dt.date.fromisoformat(again.StudyDate) - dt.date(2021, 1, 1) == days
    other = applied(make(StudyDate="20200229", PatientID="NV-2"), key, "retain_modified_dates").dataset
    assert other.StudyDate != kept.StudyDate


@given(st.binary(min_size=16, max_size=32), st.text(max_size=20))
def test_days_are_decided_by_key_and_patient(key: bytes, patient: str) -> None:
    assert days_for(key, patient) == days_for(key, patient)
    assert -3650 <= days_for(key, patient) <= -1
    assert len({days_for(key + bytes([n]), patient) for n in range(20)}) > 10


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("CT chest abdomen pelvis - 55F Dr. Smith", "CT chest abdomen pelvis"),  # the standard's own example
        ("Dr. Hand", ""),
        ("Hand left", "Hand left"),
        ("T2_FLAIR_TRA 5mm Nova 1.25 x 3D", "T2 FLAIR TRA 5mm 1.25 3D"),
        ("axial 20040826 recon 10 mm, 4711", "axial recon 10 mm"),
        ("胸部 平扫 王小东", "胸部 平扫"),
        ("b1000 ADC", "b1000 ADC"),
        ("", ""),
    ],
)
def test_of_descriptions_the_known_words_stay(text: str, kept: str) -> None:
    assert known_words(text) == kept


def test_descriptions_are_cleaned_and_swept(make: Callable[..., Dataset], key: bytes) -> None:
    code = Dataset()
    code.CodeMeaning, code.CodeValue = "Chest", "123"
    step = Dataset()
    step.ScheduledProcedureStepDescription, step.ScheduledProcedureStepID = "CT chest for Ada Nova", "S-77-1"
    dataset = make(
        StudyDescription="CT chest of Ada Nova, 47", SeriesDescription="Nova", PatientComments="lung follow-up\nask Ada",
        RequestAttributesSequence=[step],
    )  # fmt: skip
    done = applied(dataset, key, "clean_descriptors")
    assert done.dataset.StudyDescription == "CT chest of"
    assert "SeriesDescription" not in done.dataset
    assert done.dataset.PatientComments == "lung follow up"
    item = done.dataset.RequestAttributesSequence[0]
    assert item.ScheduledProcedureStepDescription == "CT chest for"
    assert not item.get("ScheduledProcedureStepID")
    acted = {(change.keyword, change.action) for change in done.changes}
    assert {("StudyDescription", "C"), ("SeriesDescription", "X"), ("PatientComments", "C")} <= acted
    hand = make(StudyDescription="CT hand", PatientName="Hand^Ada")
    assert not applied(hand, key, "clean_descriptors").dataset.StudyDescription


def test_private_attributes_stay_only_where_the_standard_thinks_them_safe(
    make: Callable[..., Dataset], as_bytes: Callable[[Dataset], bytes], key: bytes
) -> None:
    dataset = make()
    siemens = dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    siemens.add_new(0x0C, "IS", "1000")
    siemens.add_new(0x08, "CS", "IMAGE NUM 4")
    ge = dataset.private_block(0x0043, "GEMS_PARM_01", create=True)
    ge.add_new(0x27, "OB", b"Ada Nova")  # a ratio by the table, anything by its kind of value
    dataset.private_block(0x0011, "ADA NOVA", create=True).add_new(0x0C, "IS", "1000")
    kept = applied(dcmread(io.BytesIO(as_bytes(dataset))), key, "retain_safe_private").dataset
    assert [(str(element.tag), element.value) for element in kept if element.tag.is_private] == [
        ("(0019,0010)", "SIEMENS MR HEADER"),
        ("(0019,100C)", 1000),
    ]
    assert not any(element.tag.is_private for element in applied(dataset, key).dataset)


def drawn(*, text: str = "") -> np.ndarray:
    """A plane (128, 256) with a ring around something, and perhaps a name beside it."""
    rows, columns = np.mgrid[:128, :256]
    plane = (np.abs(np.hypot(rows - 64, columns - 60) - 30) < 2).astype(np.uint8)
    if text:
        picture = Pillow.fromarray(plane * 255)
        ImageDraw.Draw(picture).text((110, 50), text, fill=255, font=ImageFont.load_default(24))
        plane = (np.array(picture) > 127).astype(np.uint8)
    return plane


def overlay(dataset: Dataset, group: int, plane: np.ndarray, *, behind: bytes = b"") -> None:
    dataset.add_new((group, 0x0010), "US", plane.shape[0])
    dataset.add_new((group, 0x0011), "US", plane.shape[1])
    dataset.add_new((group, 0x0022), "LO", "drawn by Ada Nova")
    dataset.add_new((group, 0x4000), "LT", "axial chest")
    dataset.add_new((group, 0x0040), "CS", "G")
    dataset.add_new((group, 0x0050), "SS", [1, 1])
    dataset.add_new((group, 0x0100), "US", 1)
    dataset.add_new((group, 0x0102), "US", 0)
    dataset.add_new((group, 0x3000), "OW", np.packbits(plane, bitorder="little").tobytes() + behind)


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs Debian's tesseract-ocr")
def test_overlays_stay_only_where_no_text_is_in_them(make: Callable[..., Dataset], key: bytes) -> None:
    dataset = make()
    overlay(dataset, 0x6000, drawn())
    overlay(dataset, 0x6002, drawn(text="NOVA ADA"))
    overlay(dataset, 0x6004, drawn(), behind=b"Nova")
    dataset.add_new(0x50003000, "OB", b"a curve.")
    kept = applied(dataset, key, "clean_graphics").dataset
    assert kept[0x60003000].value == dataset[0x60003000].value
    assert {element.tag.group for element in kept if element.tag.group >> 8 in {0x50, 0x60}} == {0x6000}
    assert not {0x60000022, 0x60004000} & set(kept.keys())
    assert not any(element.tag.group >> 8 == 0x60 for element in applied(dataset, key).dataset)


def test_what_was_done_is_coded(make: Callable[..., Dataset], key: bytes) -> None:
    done = applied(make(), key, *CODES)
    back = dcmread(io.BytesIO(file_bytes(done.dataset, implicit=False, little_endian=True)))
    codes = [item.CodeValue for item in back.DeidentificationMethodCodeSequence]
    assert codes == ["113100", *(code for code, _ in CODES.values() if code != "113101")]  # the pixels were not cleaned
    assert "Retain UIDs Option" in back.DeidentificationMethod
    assert back.SOPInstanceUID == "1.2.3.1"


def test_a_file_that_says_it_has_text_in_its_pixels_is_safe_once_they_are_cleaned(
    make: Callable[..., Dataset], key: bytes
) -> None:
    dataset = make(BurnedInAnnotation="YES")
    with pytest.raises(CannotDeidentify):
        Deidentifier(key, Options(clean_pixel_data=True)).apply(dataset)
    kept = Deidentifier(key).apply(dataset, pixels_cleaned=True).dataset
    assert kept.BurnedInAnnotation == "NO"
    assert [item.CodeValue for item in kept.DeidentificationMethodCodeSequence] == ["113100", "113101"]
    assert "BurnedInAnnotation" not in Deidentifier(key).apply(make()).dataset


def test_old_values_are_told_by_a_keyed_hash_only(make: Callable[..., Dataset], key: bytes) -> None:
    def hashes(which: bytes, **attributes: Any) -> dict[str, str]:
        changes = Deidentifier(which).apply(make(**attributes)).changes
        return {change.keyword: change.old for change in changes}

    first = hashes(key, ReferringPhysicianName="Nova^Ada")
    assert all(len(old) == 16 for old in first.values())
    assert first["PatientName"] == first["ReferringPhysicianName"] != first["PatientID"]
    assert first["PatientID"] == hashes(key, PatientName="Other")["PatientID"]
    assert first["PatientID"] != hashes(b"another key, of 32 bytes........")["PatientID"]
