"""A decoder written in another language may end in ways Python code does not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian

from winnow.dicom.pixels import decode_frames
from winnow.errors import UnreadableFile


def test_a_decoder_that_panics_costs_one_file(make: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch) -> None:
    class Panic(BaseException):
        """As pyo3 raises it: no Exception."""

    def decode(*_: object, **__: object) -> None:
        raise Panic("index out of bounds: the len is 16 but the index is 16")

    monkeypatch.setattr("winnow.dicom.pixels.pixel_array", decode)
    with pytest.raises(UnreadableFile):
        list(decode_frames(make(np.zeros((4, 4), np.uint16), syntax=ImplicitVRLittleEndian)))
