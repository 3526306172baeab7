from __future__ import annotations

import io
from typing import Any

import pytest
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.sequence import Sequence

from winnow.dicom.phantom import phantom_files
from winnow.dicom.pixels import decode_frames
from winnow.dicom.windows import windows_of


def make(**values: Any) -> Dataset:
    _, data, _ = next(phantom_files(patients=1, slices=1, size=16))
    dataset = dcmread(io.BytesIO(data))
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def header(dataset: Dataset) -> bytes:
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset)
    return buffer.getvalue()


def first_of(dataset: Dataset) -> tuple[float, float]:
    return next(iter(decode_frames(dataset))).window


NAMED = {
    "WindowCenter": ["-600", "40", "400"],
    "WindowWidth": ["1500", "400", "1800"],
    "WindowCenterWidthExplanation": ["LUNG", "MEDIASTINUM"],
}


def test_every_window_of_a_ct_comes_in_hu_with_the_word_it_has():
    dataset = make(**NAMED)
    found = windows_of(header(dataset), first=first_of(dataset))
    assert [(w.centre, w.width, w.name) for w in found] == [
        (-600, 1500, "LUNG"),
        (40, 400, "MEDIASTINUM"),
        (400, 1800, ""),
    ]


@pytest.mark.parametrize("slope", ["2", "-2", "0.5"])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("modality", ["MR", "CT"])
def test_each_window_is_what_reading_the_file_with_it_alone_gives(modality: str, photometric: str, slope: str):
    kept = {"Modality": modality, "RescaleType": None, "RescaleSlope": slope, "RescaleIntercept": "100"}
    kept |= {"PhotometricInterpretation": photometric, "WindowCenter": ["500", "900"], "WindowWidth": ["300", "70"]}
    dataset = make(**kept)
    found = windows_of(header(dataset), first=first_of(dataset))
    alone = [first_of(make(**kept | {"WindowCenter": c, "WindowWidth": w})) for c, w in (("500", "300"), ("900", "70"))]
    assert [(w.centre, w.width) for w in found] == [pytest.approx(pair) for pair in alone]


def test_a_frame_has_its_own_windows_and_a_file_may_name_none():
    dataset = make(WindowCenter=None, WindowWidth=None)
    assert windows_of(header(dataset), first=(0, 100)) == []
    frames = []
    for centre in (10, 20):
        group, frame = Dataset(), Dataset()
        group.WindowCenter, group.WindowWidth = [str(centre), "0"], ["100", "50"]
        frame.FrameVOILUTSequence = Sequence([group])
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    assert [w.centre for w in windows_of(header(dataset), first=(20, 100), frame=1)] == [20, 0]
