"""What is expected of the pixels by the header, and that the door passes them through the search."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pydicom
import pytest

from winnow.dicom import read_deidentified
from winnow.dicom.burned_in import expected_text
from winnow.dicom.phantom import phantom_files
from winnow.errors import CannotDeidentify
from winnow.imaging.burned_in import Box, blank

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
KEY = b"k" * 32


def dataset(**attributes: Any) -> pydicom.Dataset:
    (_, data, _), *_ = phantom_files(patients=1, slices=1, size=32)
    found = pydicom.dcmread(io.BytesIO(data))
    for keyword, value in attributes.items():
        setattr(found, keyword, value)
    return found


def as_bytes(data: pydicom.Dataset) -> bytes:
    buffer = io.BytesIO()
    data.save_as(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, "seldom"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"]}, "seldom"),
        ({"ImageType": ["DERIVED", "SECONDARY", "REFORMATTED"]}, "possible"),
        ({"ImageType": ["DERIVED", "PRIMARY", "SCREEN SAVE"]}, "possible"),
        ({"ImageType": "SECONDARY"}, "possible"),
        ({"Modality": "MR"}, "seldom"),
        ({"Modality": "CR"}, "possible"),
        ({"Modality": "SEG"}, "never"),
        ({"Modality": ""}, "possible"),
        ({"Modality": "us"}, "likely"),
        ({"SOPClassUID": SECONDARY_CAPTURE}, "likely"),
        ({"SOPClassUID": f"{SECONDARY_CAPTURE}.4"}, "likely"),
        ({"ConversionType": "WSD"}, "likely"),
        ({"BurnedInAnnotation": "YES"}, "declared"),
        ({"BurnedInAnnotation": "yes ", "Modality": "US"}, "declared"),
        ({"BurnedInAnnotation": "NO", "Modality": "US"}, "likely"),
    ],
)
def test_the_header_says_how_likely_text_is(attributes: dict[str, Any], expected: str) -> None:
    assert expected_text(dataset(**attributes)) == expected


def header_of(data: bytes, clean: Any) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(read_deidentified(data, key=KEY, clean=clean).header))


def codes(header: pydicom.Dataset) -> set[str]:
    return {item.CodeValue for item in header.DeidentificationMethodCodeSequence}


def test_what_the_search_gives_back_is_kept_and_said() -> None:
    data = as_bytes(dataset(BurnedInAnnotation="YES"))
    seen: list[tuple[int, str, str]] = []

    def clean(pictures: Any, expected: str, series: str) -> Any:
        seen.append((len(pictures), expected, series))
        return [blank(picture, [Box(2, 3, 4, 5)]) for picture in pictures]

    file = read_deidentified(data, key=KEY, clean=clean)
    assert seen == [(1, "declared", file.series_uid)]
    assert file.pictures[0].blanked == ((2, 3, 4, 5),)
    assert len(np.unique(file.pictures[0].pixels[3:8, 2:6])) == 1
    header = header_of(data, clean)
    assert header.BurnedInAnnotation == "NO"
    assert "113101" in codes(header)


def test_what_was_not_searched_is_not_said_to_be_clean() -> None:
    header = header_of(as_bytes(dataset()), lambda *_: None)
    assert "BurnedInAnnotation" not in header
    assert "113101" not in codes(header)


def test_without_a_search_a_declaration_is_enough_to_refuse() -> None:
    for clean in (None, lambda *_: None):
        with pytest.raises(CannotDeidentify, match="burned into"):
            read_deidentified(as_bytes(dataset(BurnedInAnnotation="YES")), key=KEY, clean=clean)
