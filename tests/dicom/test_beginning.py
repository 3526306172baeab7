from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from winnow.dicom import identifying_before_pixels, identifying_in

Make = Callable[..., Dataset]
AsBytes = Callable[[Dataset], bytes]
LARGE = np.zeros((64, 64), np.uint16)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_the_beginning_tells_as_much_as_the_whole(syntax: str, make: Make, as_bytes: AsBytes) -> None:
    item = Dataset()
    item.PatientID = "NV-0815"
    data = as_bytes(make(LARGE, syntax=syntax, OtherPatientIDsSequence=[item]))
    known = identifying_before_pixels(data[:2048], size=len(data))
    assert known == identifying_in(data)
    assert {"Nova^Ada", "NV-0815"} <= (known or set())


def test_what_stands_behind_the_pixels_needs_the_whole_file(make: Make, as_bytes: AsBytes) -> None:
    plain = as_bytes(make(LARGE))
    behind = Dataset()
    behind.PatientName = "Okonkwo^Ben"
    signed = as_bytes(make(LARGE, DigitalSignaturesSequence=[behind]))
    assert "Okonkwo^Ben" in identifying_in(signed)
    assert identifying_before_pixels(signed[:2048], size=len(signed)) is None
    assert identifying_before_pixels(plain[:2048], size=len(plain) + 2) is None
    assert identifying_before_pixels(plain[:300], size=len(plain)) is None


def test_compressed_pixels_and_whole_data_sets_need_the_whole_file(make: Make, as_bytes: AsBytes) -> None:
    in_pieces = make(LARGE, syntax=RLELossless, PixelData=encapsulate([b"\0" * 64]))
    in_pieces["PixelData"].is_undefined_length = True
    for dataset in (in_pieces, make(LARGE, syntax="1.2.840.10008.1.2.1.99"), make(PixelData=None)):
        data = as_bytes(dataset)
        assert identifying_before_pixels(data, size=len(data)) is None


def test_what_is_no_dicom_need_not_be_read() -> None:
    assert identifying_before_pixels(b"a text renamed .dcm", size=1 << 40) == set()
