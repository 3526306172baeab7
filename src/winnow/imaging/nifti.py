"""NIfTI volumes: slices across one axis of the patient, in the depth they came with.

Only numbers, spacing and orientation are taken: the header's free texts and extensions, which may name people, are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

import nibabel
import numpy as np
from nibabel.orientations import io_orientation
from numpy.typing import NDArray

from winnow.errors import UnreadableFile
from winnow.imaging.axes import Axis
from winnow.imaging.files import MAX_PIXELS, too_many_pixels
from winnow.imaging.picture import Picture
from winnow.imaging.place import Place, Vector
from winnow.imaging.ranges import sixteen_bits
from winnow.imaging.window import full_window

Array = NDArray[Any]

# For each axis the patient's axes (0 to the right, 1 to the front, 2 to the head) along which slices, rows and columns
# are counted, and whether towards (1) or away from (-1): as radiologists look at them, the patient's left on the right.
_VIEWS: dict[str, tuple[tuple[int, int], tuple[int, int], tuple[int, int]]] = {
    "axial": ((2, 1), (1, -1), (0, -1)),
    "coronal": ((1, -1), (2, -1), (0, -1)),
    "sagittal": ((0, 1), (2, -1), (1, -1)),
}
_CUT_ACROSS = ("sagittal", "coronal", "axial")
_THICKER = 1.2  # slices this much thicker than their pixels are wide were made as slices
_SAMPLED = 16


class Volume:
    """A NIfTI-1 or NIfTI-2 file as bytes, looked at as slices; those of later times follow those of earlier ones.

    data   : one file, not compressed
    axis   : across which axis of the patient it is cut; "acquired": the one with the thickest voxels, else axial
    raises : UnreadableFile, saying why; UnsafeArchive for slices beyond all measure
    """

    def __init__(self, data: bytes, *, axis: Axis = "acquired") -> None:
        self._image = _open(data)
        shape = self._image.shape
        self._shape: tuple[int, int, int] = (*shape, 1, 1, 1)[:3]
        self._times = int(shape[3]) if len(shape) > 3 else 1
        header = self._image.header
        self._known = bool(header["sform_code"] > 0 or header["qform_code"] > 0)
        affine = np.array(self._image.affine, np.float64)
        if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-12:
            affine, self._known = np.diag([-1.0, 1, 1, 1]), False
        self._axes = _Axes(affine, self._shape, axis)
        if int(np.prod(self.shape)) > MAX_PIXELS:
            raise too_many_pixels(MAX_PIXELS)

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) of each slice."""
        _, rows, columns = self._axes.along
        return self._shape[rows], self._shape[columns]

    @property
    def depth(self) -> int:
        """Slices at one time."""
        return self._shape[self._axes.along[0]]

    def __len__(self) -> int:
        return self.depth * self._times

    def pictures(self, numbers: Iterable[int] | None = None) -> Iterator[Picture]:
        """These slices one by one, or all; 0 is the nearest to the feet (axial), the front (coronal), the left (sagittal)."""
        for number in range(len(self)) if numbers is None else numbers:
            yield Picture(
                self._convert(self.values(number)),
                window=self._window,
                spacing_mm=self._axes.spacing,
                place=self.place(number),
            )

    def values(self, number: int) -> Array:
        """One slice (H, W) of the file's values, rescaled, or (H, W, 3) where they are colours."""
        slices, rows, columns = self._axes.along
        time, place = divmod(number, self.depth)
        if self._axes.signs[0] < 0:
            place = self.depth - 1 - place
        index: list[Any] = [slice(None)] * len(self._image.shape)
        if slices < len(index):
            index[slices] = slice(place, place + 1)
        if len(index) > 3:
            index[3] = time
        try:
            cut = np.asanyarray(self._image.dataobj[tuple(index)])
        except Exception as error:  # nibabel raises whatever the bytes lead it to
            raise UnreadableFile("The NIfTI file is damaged or cut off.") from error
        cut = cut.reshape([1 if axis == slices else size for axis, size in enumerate(self._shape)])
        flat = np.squeeze(np.transpose(cut, (slices, rows, columns)), axis=0)
        return _plain(flat[:: self._axes.signs[1], :: self._axes.signs[2]])

    def place(self, number: int) -> Place | None:
        """Where the slice lies; None where the file does not say."""
        return self._axes.place(number % self.depth) if self._known else None

    @cached_property
    def _convert(self) -> Callable[[Array], Array]:
        first = self.values(0)
        return np.asarray if first.dtype == np.uint8 else sixteen_bits(map(self.values, range(len(self))))

    @cached_property
    def _window(self) -> tuple[float, float]:
        """One for the whole volume: the slices are to be compared."""
        numbers = sorted({round(number) for number in np.linspace(0, len(self) - 1, _SAMPLED)})
        return full_window(np.concatenate([self._convert(self.values(number)).ravel() for number in numbers]))


class _Axes:
    """How voxels lie in the patient: which axis of the array is which of the patient, and which way it runs."""

    def __init__(self, affine: NDArray[np.float64], shape: tuple[int, ...], axis: Axis) -> None:
        self._affine, self._shape = affine, shape
        sizes = np.linalg.norm(affine[:3, :3], axis=0)
        world = np.asarray(io_orientation(affine))  # type: ignore[no-untyped-call]  # for each axis of the array: the patient's axis and the direction
        if np.isnan(world).any():
            world = np.array([[0, 1], [1, 1], [2, 1]])
        view = _VIEWS[_acquired(sizes, world, shape) if axis == "acquired" else axis]
        of_patient = {int(patient): voxel for voxel, (patient, _) in enumerate(world)}
        self.along = tuple(of_patient[patient] for patient, _ in view)
        self.signs = tuple(int(sign * world[voxel, 1]) for voxel, (_, sign) in zip(self.along, view, strict=True))
        self.spacing = (float(sizes[self.along[1]]), float(sizes[self.along[2]]))

    def place(self, number: int) -> Place:
        starts = np.array([0.0, 0, 0])
        for voxel, sign in zip(self.along, self.signs, strict=True):
            starts[voxel] = 0 if sign > 0 else self._shape[voxel] - 1
        starts[self.along[0]] += number * self.signs[0]
        origin = self._affine[:3, :3] @ starts + self._affine[:3, 3]
        row, column = (self._direction(voxel) * self.signs[n] for n, voxel in ((2, self.along[2]), (1, self.along[1])))
        return Place(origin=_lps(origin), row=_lps(row), column=_lps(column))

    def _direction(self, voxel: int) -> NDArray[np.float64]:
        column: NDArray[np.float64] = self._affine[:3, voxel]
        return column / np.linalg.norm(column)


def _lps(vector: NDArray[np.float64]) -> Vector:
    """NIfTI counts to the right and the front (RAS), DICOM to the left and the back (LPS)."""
    x, y, z = (round(float(value), 6) + 0.0 for value in vector * (-1, -1, 1))
    return x, y, z


def _acquired(sizes: NDArray[np.float64], world: Array, shape: tuple[int, ...]) -> str:
    if 1 in shape:  # a single slice says itself how it was cut
        return _CUT_ACROSS[int(world[shape.index(1), 0])]
    order = np.argsort(sizes)
    if sizes[order[2]] > _THICKER * sizes[order[1]]:
        return _CUT_ACROSS[int(world[order[2], 0])]
    return "axial"


def _open(data: bytes) -> Any:
    kind = nibabel.Nifti2Image if data[4:8] == b"n+2\0" else nibabel.Nifti1Image
    if data[344:348] == b"ni1\0" or data[4:8] == b"ni2\0":
        raise UnreadableFile("Only the header of a NIfTI pair is in this file: send both as one .nii file.")
    try:
        image: Any = kind.from_bytes(data)
        shape, dtype = image.shape, image.get_data_dtype()
        needed = int(image.dataobj.offset) + int(np.prod(shape)) * dtype.itemsize
    except Exception as error:  # nibabel raises whatever the bytes lead it to
        raise UnreadableFile("The NIfTI file is damaged or cut off.") from error
    if len(shape) < 2 or min(shape) < 1 or any(size > 1 for size in shape[4:]):
        raise UnreadableFile("Only NIfTI volumes of two to four dimensions are read.")
    if needed > len(data):
        raise UnreadableFile("The NIfTI file is damaged or cut off.")
    if dtype.kind not in "iuf" and not _is_colour(dtype):
        raise UnreadableFile(f"NIfTI values of the kind {dtype.name} are not read.")
    return image


def _is_colour(dtype: np.dtype[Any]) -> bool:
    return tuple(dtype.names or ())[:3] == ("R", "G", "B")


def _plain(values: Array) -> Array:
    if values.dtype.names:
        values = np.stack([values[name] for name in ("R", "G", "B")], axis=-1)
    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("="))


def label_values(volume: Volume) -> Iterator[NDArray[np.uint8]]:
    """The slices of a label volume as masks (H, W) of class values. Raises UnreadableFile for other numbers."""
    for number in range(len(volume)):
        values = volume.values(number)
        whole = values.ndim == 2 and np.isfinite(values).all() and bool((values == np.round(values)).all())
        if not whole or values.min() < 0 or values.max() > 255:
            raise UnreadableFile("A label volume holds whole numbers from 0 to 255; this one holds others.")
        yield values.astype(np.uint8)
