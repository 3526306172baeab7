"""Volumes as slices: their values, their order, and where they lie in the patient."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest

from winnow.errors import UnreadableFile
from winnow.imaging.axes import AXES, Axis
from winnow.imaging.nifti import Volume, label_values
from winnow.imaging.place import Place

SPACING = (0.7, 0.9, 3.0)


def nifti(values: np.ndarray, affine: np.ndarray | None = None, *, kind: type = nibabel.Nifti1Image) -> bytes:
    image = kind(values, np.diag([*SPACING, 1.0]) if affine is None else affine)
    data: bytes = image.to_bytes()
    return data


def in_patient(place: Place, spacing: tuple[float, float], row: int, column: int) -> np.ndarray:
    """LPS mm of a pixel's centre, by PS3.3 C.7.6.2.1.1."""
    return (
        np.array(place.origin) + np.array(place.row) * spacing[1] * column + np.array(place.column) * spacing[0] * row
    )


def affines() -> list[np.ndarray]:
    """Permuted, flipped and oblique ones."""
    plain = np.diag([*SPACING, 1.0])
    plain[:3, 3] = -40, 15, 100
    swapped = plain[:, [2, 0, 1, 3]] @ np.diag([-1, 1, -1, 1.0])
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]]
    return [plain, swapped, turn @ plain, turn @ swapped]


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("affine", affines())
def test_every_voxel_stays_where_it_lies_in_the_patient(axis: Axis, affine: np.ndarray):
    values = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)
    volume = Volume(nifti(values, affine), axis=axis)
    seen = set()
    for picture in volume.pictures():
        assert picture.place is not None
        assert picture.spacing_mm is not None
        for (row, column), value in np.ndenumerate(picture.pixels):
            voxel = [*np.argwhere(values == value)[0], 1]
            expected = (affine @ voxel)[:3] * (-1, -1, 1)
            assert in_patient(picture.place, picture.spacing_mm, row, column) == pytest.approx(expected, abs=1e-4)
            seen.add(int(value))
    assert len(seen) == values.size


@pytest.mark.parametrize("affine", affines()[:2])
def test_slices_are_seen_as_radiologists_see_them(affine: np.ndarray):
    data = nifti(np.zeros((4, 5, 6), np.int16) + np.arange(6, dtype=np.int16), affine)
    views = {"axial": ([1, 0, 0], [0, 1, 0]), "coronal": ([1, 0, 0], [0, 0, -1]), "sagittal": ([0, 1, 0], [0, 0, -1])}
    for axis, (row, column) in views.items():
        places = [picture.place for picture in Volume(data, axis=axis).pictures()]  # type: ignore[arg-type]
        assert all(
            place and place.row == pytest.approx(row) and place.column == pytest.approx(column) for place in places
        )
        along = [place.along for place in places if place]
        assert along == sorted(along)
        assert len(set(along)) == len(along)


def test_thick_slices_are_cut_as_they_were_acquired():
    coronal = np.diag([1.0, 4.0, 1.0, 1.0])
    assert len(Volume(nifti(np.zeros((7, 5, 9), np.int16), coronal))) == 5
    even = Volume(nifti(np.zeros((7, 5, 9), np.int16), np.eye(4)))
    assert (len(even), even.shape) == (9, (5, 7))
    single = Volume(nifti(np.zeros((1, 5, 9), np.int16), np.eye(4)))
    assert (len(single), single.shape) == (1, (9, 5))


@pytest.mark.parametrize(
    ("values", "slope", "intercept", "dtype"),
    [
        (np.array([-1024, 3071], np.int16), 1, 0, "int16"),
        (np.array([0, 4095], np.uint16), 1, -1024, "int16"),
        (np.array([0, 60000], np.uint16), 1, 0, "uint16"),
        (np.array([0, 255], np.uint8), 1, 0, "uint8"),
        (np.array([-5.0, 700.0], np.float32), 1, 0, "int16"),
        (np.array([0, 40000], np.int32), 1, 0, "uint16"),
    ],
)
def test_values_keep_their_meaning(values: np.ndarray, slope: float, intercept: float, dtype: str):
    image = nibabel.Nifti1Image(values.reshape(2, 1, 1), np.eye(4))
    image.header.set_slope_inter(slope, intercept)
    pixels = next(Volume(image.to_bytes(), axis="axial").pictures()).pixels
    assert pixels.dtype == dtype
    assert sorted(pixels.ravel().tolist()) == sorted((values.astype(float) * slope + intercept).astype(int).tolist())


def test_fractions_are_spread_alike_over_all_slices():
    values = np.linspace(0, 1, 60, dtype=np.float32).reshape(3, 4, 5)
    values[0, 0, 0] = np.nan
    pictures = list(Volume(nifti(values, np.eye(4)), axis="axial").pictures())
    together = np.stack([picture.pixels for picture in pictures])
    assert (together.dtype, together.min(), together.max()) == (np.uint16, 0, 65535)
    assert len({picture.window for picture in pictures}) == 1
    original = np.stack([values[::-1, ::-1, z].T for z in range(5)])
    assert np.abs(together / 65535 - np.nan_to_num(original)).max() < 0.02


def test_colours_times_and_version_two():
    rgb = np.zeros((2, 3, 4), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    rgb["G"] = 7
    assert next(Volume(nifti(rgb)).pictures()).pixels[0, 0].tolist() == [0, 7, 0]
    times = np.arange(2 * 2 * 2 * 3, dtype=np.int16).reshape(2, 2, 2, 3)
    volume = Volume(nifti(times), axis="axial")
    assert (len(volume), volume.depth) == (6, 2)
    assert volume.values(4).ravel().tolist() == times[::-1, ::-1, 0, 2].T.ravel().tolist()
    assert volume.place(4) == volume.place(0)
    assert len(Volume(nifti(times[..., 0], kind=nibabel.Nifti2Image))) == 2


def test_a_file_that_does_not_say_where_it_lies_has_no_place():
    image = nibabel.Nifti1Image(np.zeros((2, 2, 2), np.int16), None)
    image.header["sform_code"] = image.header["qform_code"] = 0
    assert next(Volume(image.to_bytes()).pictures()).place is None


def test_what_is_damaged_is_unreadable():
    whole = nifti(np.zeros((5, 5, 5), np.int16))
    for data in (whole[:400], whole[:-1], whole[:40] + b"\xff" * 16 + whole[56:]):
        with pytest.raises(UnreadableFile):
            list(Volume(data).pictures())
    with pytest.raises(UnreadableFile, match="complex"):
        Volume(nifti(np.zeros((2, 2, 2), np.complex64)))
    with pytest.raises(UnreadableFile, match="pair"):
        Volume(whole[:344] + b"ni1\0" + whole[348:])


def test_labels_are_whole_numbers():
    values = np.zeros((2, 2, 2), np.float64)
    values[0] = 3.0
    assert [mask.dtype.name for mask in label_values(Volume(nifti(values)))] == ["uint8", "uint8"]
    for wrong in (0.5, 256, -1, np.nan):
        with pytest.raises(UnreadableFile, match="label volume"):
            list(label_values(Volume(nifti(np.full((2, 2, 2), wrong, np.float64)))))
