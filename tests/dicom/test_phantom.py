from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from winnow.dicom import read_deidentified
from winnow.dicom.phantom import phantom_files, write_phantom_series
from winnow.dicom.read import open_dataset, read_pictures


def test_a_series_is_ct_with_invented_people_and_true_masks() -> None:
    files = list(phantom_files(patients=2, slices=3, seed=1, size=64))
    assert len(files) == 6
    read = [read_pictures(data) for _, data, _ in files]
    assert len({file.patient_id for file in read}) == len({file.series_uid for file in read}) == 2
    assert len({file.sop_uid for file in read}) == 6
    assert read[0].position > read[1].position > read[2].position
    for file, (path, _, mask) in zip(read, files, strict=True):
        (picture,) = file.pictures
        assert picture.pixels.shape == mask.shape == (64, 64)
        assert picture.pixels.min() >= -1024
        assert (picture.pixels < -900).any()
        assert path.endswith(".dcm")
        assert str(file.dataset.PatientName.family_name).upper() in path


def test_the_same_seed_gives_the_same_files() -> None:
    first, again = (list(phantom_files(patients=1, slices=2, seed=5, size=64)) for _ in range(2))
    assert [(path, data) for path, data, _ in first] == [(path, data) for path, data, _ in again]
    other = next(phantom_files(patients=1, slices=1, seed=6, size=64))
    assert other[1] != first[0][1]


def test_a_zip_holds_the_files_and_the_masks_are_found_by_uid(tmp_path: Path) -> None:
    masks = write_phantom_series(tmp_path / "p.zip", patients=2, slices=2, seed=2, size=64)
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        files = {str(open_dataset(archive.read(name)).SOPInstanceUID) for name in archive.namelist()}
    assert files == set(masks)
    expected = [mask for _, _, mask in phantom_files(patients=2, slices=2, seed=2, size=64)]
    assert all(np.array_equal(a, b) for a, b in zip(masks.values(), expected, strict=True))


def test_nothing_of_the_invented_people_is_left_after_the_door(key: bytes) -> None:
    for _, data, _ in phantom_files(patients=2, slices=1, size=64):
        person = open_dataset(data)
        header = read_deidentified(data, key=key).header
        for text in (
            person.PatientName.family_name,
            person.PatientName.given_name,
            person.PatientID,
            "Nowhere",
            "Ward",
        ):
            assert text.encode() in data
            assert text.encode() not in header
