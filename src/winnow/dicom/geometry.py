"""Where the frames of a DICOM file lie in the patient, and what kind of picture they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from winnow.dicom.pixels import functional_group, numbers
from winnow.imaging.place import Place, Vector


def places(dataset: Dataset, count: int) -> list[Place | None]:
    """The place of each frame; None where the file does not tell.

    source : PS3.3 C.7.6.2 for one frame, C.7.6.16.2.3 and .4 for each of many
    """
    return [place(dataset, index) for index in range(count)]


def place(dataset: Dataset, index: int = 0) -> Place | None:
    """The place of one frame, counted from 0."""
    position = functional_group(dataset, "PlanePositionSequence", index)
    if position is None and index > 0:
        return None  # the data set's own position is that of its first frame
    origin = numbers(position or dataset, "ImagePositionPatient")
    orientation = numbers(
        functional_group(dataset, "PlaneOrientationSequence", index) or dataset, "ImageOrientationPatient"
    )
    if len(origin) != 3 or len(orientation) != 6:
        return None
    row, column = np.reshape(orientation, (2, 3))
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if min(lengths) < 0.5 or abs(float(row @ column)) > 0.1:
        return None  # no two directions of a plane
    return Place(_vector(origin), _vector(row / lengths[0]), _vector(column / lengths[1]))


def is_localizer(dataset: Dataset) -> bool:
    """Whether the file calls itself a localizer (PS3.3 C.8.2.1.1.1, value 3 of Image Type)."""
    try:
        kinds: Any = dataset.get("ImageType") or []
        return any(str(kind).strip().upper() in {"LOCALIZER", "SCOUT"} for kind in list(kinds)[2:])
    except Exception:  # noqa: BLE001  a value that cannot be parsed says nothing
        return False


def _vector(values: Any) -> Vector:
    x, y, z = (float(value) for value in values)
    return x, y, z
