"""Where frames lie in the patient."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pydicom.dataset import Dataset

from winnow.dicom.geometry import is_localizer, place, places

AXIAL = [1, 0, 0, 0, 1, 0]


def group(**attributes: object) -> Dataset:
    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item


def test_one_frame_lies_where_its_attributes_say(make: Callable[..., Dataset]):
    dataset = make(ImagePositionPatient=[1, 2, 3], ImageOrientationPatient=[0, 2, 0, 0, 0, -2])
    (found,) = places(dataset, 1)
    assert found is not None
    assert (found.origin, found.row, found.column) == ((1, 2, 3), (0, 1, 0), (0, 0, -1))
    assert found.along == pytest.approx(-1)  # across: to the patient's right


def test_each_frame_of_an_enhanced_file_lies_in_its_own_place(make: Callable[..., Dataset]):
    frames = [group(PlanePositionSequence=[group(ImagePositionPatient=[0, 0, z])]) for z in (5, 2)]
    shared = group(PlaneOrientationSequence=[group(ImageOrientationPatient=AXIAL)])
    dataset = make(
        np.zeros((2, 3, 4), np.uint16),
        PerFrameFunctionalGroupsSequence=frames,
        SharedFunctionalGroupsSequence=[shared],
    )
    assert [found and found.along for found in places(dataset, 2)] == [5, 2]


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"ImagePositionPatient": [0, 0, 0]},
        {"ImagePositionPatient": [0, 0], "ImageOrientationPatient": AXIAL},
        {"ImagePositionPatient": [0, 0, 0], "ImageOrientationPatient": [0] * 6},
        {"ImagePositionPatient": [0, 0, 0], "ImageOrientationPatient": [1, 0, 0, 1, 0, 0]},
    ],
)
def test_what_does_not_tell_a_plane_has_no_place(make: Callable[..., Dataset], attributes: dict[str, object]):
    assert place(make(**attributes)) is None


def test_the_position_of_a_file_is_not_that_of_its_later_frames(make: Callable[..., Dataset]):
    dataset = make(np.zeros((2, 3, 4), np.uint16), ImagePositionPatient=[0, 0, 7], ImageOrientationPatient=AXIAL)
    assert [found and found.along for found in places(dataset, 2)] == [7, None]


def test_localizers_say_so(make: Callable[..., Dataset]):
    assert is_localizer(make(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]))
    assert not is_localizer(make(ImageType=["ORIGINAL", "PRIMARY", "AXIAL"]))
    assert not is_localizer(make())
