"""A file decides its own kinds of value: a name labelled as numbers never comes out."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from winnow.dicom import read_deidentified, second_bytes
from winnow.dicom.options import Options
from winnow.dicom.second_look import second_look
from winnow.errors import CannotDeidentify, WinnowError

# the name as it stands, and as eight bytes such as numbers of any size are made of
NAMES = {"Nova^Ada": b"Nova Ada", "Kim^Bo": b"\1Kim\2\3\4\5", "Lindholm^Iris": b"Lindholm"}
LONG = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN", "UV", "SV", "UC", "UR", "UT"})
KINDS = (
    "US",
    "SS",
    "UL",
    "SL",
    "UV",
    "SV",
    "FL",
    "FD",
    "AT",
    "OB",
    "OW",
    "OF",
    "OD",
    "OL",
    "OV",
    "UN",
    "DS",
    "IS",
    "TM",
    "AS",
    "UI",
)


def element(tag: int, vr: str, value: bytes) -> bytes:
    """An explicit little-endian element, whatever the standard says of its kind of value."""
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    return head + (struct.pack("<HL", 0, len(value)) if vr in LONG else struct.pack("<H", len(value))) + value


def with_element(data: bytes, tag: int, vr: str, value: bytes) -> bytes:
    """The file with one more element in front of its pixels' description, (0028,0002)."""
    at = data.index(struct.pack("<HH", 0x0028, 0x0002) + b"US")
    return data[:at] + element(tag, vr, value) + data[at:]


def spelt(value: bytes) -> list[bytes]:
    return [word for word in (b"nova", b"kim", b"lindholm") if word in value.lower()]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("vr", KINDS)
# attributes that stay: a text, a decimal, a code, a number, a table of numbers, bytes; one that nobody knows
@pytest.mark.parametrize("tag", [0x00180050, 0x00181310, 0x00200062, 0x00201002, 0x00182002, 0x00281200, 0x00189999])
def test_a_name_among_numbers_stays_out(
    tag: int, vr: str, name: str, make: Callable[..., Dataset], as_bytes: Callable[[Dataset], bytes], key: bytes
) -> None:
    data = with_element(as_bytes(make(np.zeros((8, 8), np.uint16), PatientName=name)), tag, vr, NAMES[name])
    assert spelt(data)
    with suppress(WinnowError):  # refused: nothing comes out
        assert spelt(read_deidentified(data, key=key).header) == []


def test_a_name_in_a_table_of_numbers_is_found_by_the_second_look(
    make: Callable[..., Dataset], as_bytes: Callable[[Dataset], bytes]
) -> None:
    original = as_bytes(make(np.zeros((8, 8), np.uint16), PatientName="Nova-Lindqvist^Ada"))
    others = {"SOPInstanceUID": "1.9.1", "SeriesInstanceUID": "1.9.2", "StudyInstanceUID": "1.9.3"}
    clean = as_bytes(make(np.zeros((8, 8), np.uint16), PatientName="P1", PatientID="P1", **others))
    second_look(original, clean, options=Options())
    for tag, vr in ((0x00181310, "US"), (0x00281200, "OW")):
        for value in (b"Nova1234", "Nova".encode("utf-16-le"), b"\0\0\0\0ada\0", b"Lindqvis"):
            with pytest.raises(CannotDeidentify, match=r"\(0010,0010\) again in \((0018,1310|0028,1200)"):
                second_look(original, with_element(clean, tag, vr, value), options=Options())


def test_ordinary_numbers_are_no_alarm(
    make: Callable[..., Dataset], as_bytes: Callable[[Dataset], bytes], key: bytes
) -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        table = rng.integers(0, 65536, 256).astype("<u2").tobytes()
        data = as_bytes(make(np.zeros((8, 8), np.uint16), PatientName="Nova^Ada^Maria"))
        data = with_element(with_element(data, 0x00281201, "OW", table), 0x00181310, "US", bytes(8))
        kept = dcmread(io.BytesIO(read_deidentified(data, key=key).header))
        assert (
            len(
                kept.RedPaletteColorLookupTableData
                if "RedPaletteColorLookupTableData" in kept
                else kept[0x00281201].value
            )
            == 512
        )


def test_words_are_spelt_once_however_many_numbers_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The frames of one file have thousands of numbers, and most of them are alike."""
    spelt: list[str] = []
    plain = second_bytes.bytes_of
    monkeypatch.setattr(second_bytes, "bytes_of", lambda word, **least: spelt.append(word) or plain(word, **least))
    numbers = [(0x00189327, struct.pack("<d", float(frame))) for frame in range(500)]
    assert second_bytes.name_in_numbers([*numbers, (0x00200032, b"lindqvis")], ["imaginary", "lindqvist"]) == (
        "lindqvist",
        0x00200032,
    )
    assert spelt == ["imaginary", "lindqvist"]
