"""The second look is tried on results that were spoilt on purpose: whatever is put back must be found."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from winnow.dicom import Deidentifier, Options, deidentify_folder, read_deidentified
from winnow.dicom.second_look import second_look
from winnow.dicom.write import file_bytes
from winnow.errors import CannotDeidentify

PEOPLE = {
    "PatientName": "Nova-Lindqvist^Ada Maria", "ReferringPhysicianName": "Imaginary^Iris^^Dr", "PatientID": "NV-4711",
    "AccessionNumber": "A1234567", "StudyDate": "20200229", "PatientBirthDate": "19501231",
    "InstitutionName": "Lakeside Invented Hospital", "PatientAddress": "12 Nowhere Lane\r\n99999 Elsewhere",
    "DeviceSerialNumber": "SN-778", "StudyInstanceUID": "1.2.826.9.77.1", "Manufacturer": "Phantom works",
}  # fmt: skip


@pytest.fixture
def spoil(
    make: Callable[..., Dataset], as_bytes: Callable[[Dataset], bytes], key: bytes
) -> Callable[..., tuple[bytes, bytes]]:
    """The original, and its de-identified file with attributes put in by keyword."""

    def build(
        options: Options | None = None, people: dict[str, str] | None = None, **leaks: object
    ) -> tuple[bytes, bytes]:
        original = as_bytes(make(np.zeros((8, 8), np.uint16), **{**PEOPLE, **(people or {})}))
        kept = Deidentifier(key, options).apply(dcmread(io.BytesIO(original))).dataset
        for keyword, value in leaks.items():
            setattr(kept, keyword, value)
        return original, file_bytes(kept, implicit=False, little_endian=True)

    return build


def test_nothing_is_found_where_nothing_is(spoil: Callable[..., tuple[bytes, bytes]]) -> None:
    second_look(*spoil(), options=Options())


@pytest.mark.parametrize(
    ("leak", "value", "source"),
    [
        ("Manufacturer", "made for nova", "(0010,0010)"),
        ("Manufacturer", "LINDQVIST", "(0010,0010)"),
        ("ManufacturerModelName", "for AdaMaria", "(0010,0010)"),
        ("ManufacturerModelName", "ada", "(0010,0010)"),
        ("ImageComments", "seen by Iris", "(0008,0090)"),
        ("CodeMeaning", "nv 4711", "(0010,0020)"),
        ("SeriesDescription", "No. A1234567 b", "(0008,0050)"),
        ("SeriesDate", "20200229", "(0008,0020)"),
        ("AcquisitionDateTime", "20200229101112", "(0008,0020)"),
        ("SeriesDescription", "on 29.02.2020", "(0008,0020)"),
        ("SeriesDescription", "born 1950-12-31", "(0010,0030)"),
        ("SeriesDescription", "at Lakeside invented hospital", "(0008,0080)"),
        ("ImageComments", "lives 99999, elsewhere", "(0010,1040)"),
        ("StationName", "sn-778", "(0018,1000)"),
        ("FrameOfReferenceUID", "1.2.826.9.77.1", "(0020,000D)"),
        ("ImageComments", "uid 1.2.826.9.77.1!", "(0020,000D)"),
        ("PixelData", b"\0" * 20 + b"LINDQVIST" + b"\0" * 99, "(0010,0010)"),
        ("PixelData", b"\0" * 20 + b"A1234567" + b"\0" * 100, "(0008,0050)"),
        ("ICCProfile", b"...1.2.826.9.77.1...", "(0020,000D)"),
    ],
)
def test_what_was_put_back_is_found(
    leak: str, value: object, source: str, spoil: Callable[..., tuple[bytes, bytes]]
) -> None:
    original, written = spoil(**{leak: value})
    with pytest.raises(CannotDeidentify, match=source.replace("(", r"\(").replace(")", r"\)")) as caught:
        second_look(original, written, options=Options())
    assert not any(value.casefold() in caught.value.message.casefold() for value in PEOPLE.values())


@pytest.mark.parametrize(
    ("charset", "name", "spelt", "encoding"),
    [
        ("ISO_IR 100", "Müller^Jörg", "MÜLLER", "latin-1"),
        ("ISO_IR 144", "Люксембург^Роза", "люксембург", "iso8859-5"),
        ("GB18030", "王^小东", "王小东", "gb18030"),
        ("ISO 2022 IR 149", "Hong^Gildong=洪^吉洞=홍^길동", "홍길동", "euc_kr"),
    ],
)
@pytest.mark.parametrize("own", [True, False])
def test_names_are_found_in_every_spelling(
    charset: str, name: str, spelt: str, encoding: str, own: bool, spoil: Callable[..., tuple[bytes, bytes]]
) -> None:
    spelling = spelt.encode(encoding if own else "utf-8")
    people = {"SpecificCharacterSet": charset, "PatientName": name}
    original, written = spoil(people=people, PixelData=b"\0" * 64 + spelling + b"\0" * (64 - len(spelling)))
    with pytest.raises(CannotDeidentify, match=r"\(0010,0010\)"):
        second_look(original, written, options=Options())


def test_what_occurs_by_chance_is_no_alarm(spoil: Callable[..., tuple[bytes, bytes]]) -> None:
    people = {
        "PatientName": "Palette^Test",
        "PatientID": "123",
        "AccessionNumber": "0012",
        "PatientBirthDate": "19000101",
    }
    original, written = spoil(
        people=people, ImageComments="test 123, 0012", SeriesNumber=123, PhotometricInterpretation="PALETTE COLOR"
    )
    second_look(original, written, options=Options())
    original, written = spoil(people={"PatientName": "Hand^Mart"}, ImageComments="handling in martinique")
    second_look(original, written, options=Options())


def test_what_an_option_retains_is_not_looked_for(spoil: Callable[..., tuple[bytes, bytes]]) -> None:
    options = Options(retain_device_identity=True, retain_uids=True, retain_modified_dates=True)
    original, written = spoil(options)
    second_look(original, written, options=options)
    with pytest.raises(CannotDeidentify):
        second_look(original, written, options=Options())
    unmoved = dcmread(io.BytesIO(written))
    unmoved.StudyDate = PEOPLE["StudyDate"]
    buffer = io.BytesIO()
    unmoved.save_as(buffer)
    with pytest.raises(CannotDeidentify, match=r"\(0008,0020\) again in \(0008,0020\)"):
        second_look(original, buffer.getvalue(), options=options)


def test_a_find_keeps_the_file_out(
    make: Callable[..., Dataset],
    as_bytes: Callable[[Dataset], bytes],
    key: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("winnow.dicom.deidentify.sweep", lambda *_: iter(()))  # an engine with a hole
    data = as_bytes(make(Manufacturer="built by Ada Nova"))
    with pytest.raises(CannotDeidentify, match="second look"):
        read_deidentified(data, key=key)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "1.dcm").write_bytes(data)
    report = deidentify_folder(tmp_path / "in", tmp_path / "out", key=key)
    assert report["files"][0]["status"] == "quarantined"
    assert "second look" in report["files"][0]["reason"]
    assert not any((tmp_path / "out").rglob("*.dcm"))


def test_a_code_that_says_what_kind_of_id_it_is_is_no_id(
    make: Callable[..., Dataset], as_bytes: Callable[[Dataset], bytes], key: bytes
) -> None:
    data = as_bytes(make(TypeOfPatientID="TEXT", Manufacturer="text works", VisitStatusID="DISCHARGED"))
    back = dcmread(io.BytesIO(read_deidentified(data, key=key).header))
    assert (back.TypeOfPatientID, back.VisitStatusID) == ("TEXT", "DISCHARGED")


def test_codes_keep_their_vocabulary(
    make: Callable[..., Dataset], as_bytes: Callable[[Dataset], bytes], key: bytes
) -> None:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "39607008", "SCT", "Lung"
    code.CodingSchemeUID, code.ContextUID = "2.16.840.1.113883.6.96", "1.2.840.10008.6.1.2"
    code.MappingResourceUID, code.ContextGroupExtensionCreatorUID = "1.2.840.10008.8.1.1", "1.2.826.9.77"
    data = as_bytes(make(AnatomicRegionSequence=[code]))
    kept = dcmread(io.BytesIO(read_deidentified(data, key=key).header)).AnatomicRegionSequence[0]
    assert (kept.CodingSchemeUID, kept.ContextUID) == (code.CodingSchemeUID, code.ContextUID)
    assert kept.MappingResourceUID == code.MappingResourceUID
    assert kept.ContextGroupExtensionCreatorUID.startswith("2.25.")  # it names whoever made the group
