"""Where a slice lies in the patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Place:
    """A slice's position and orientation in the patient (DICOM PS3.3 C.7.6.2.1.1).

    origin : mm, the centre of the first pixel; x to the patient's left, y to the back, z to the head (LPS)
    row    : unit vector along a row, the way the columns are counted
    column : unit vector along a column, the way the rows are counted
    """

    origin: Vector
    row: Vector
    column: Vector

    @property
    def normal(self) -> NDArray[np.float64]:
        """(3,) unit vector across the slice."""
        return np.cross(np.array(self.row), np.array(self.column))

    @property
    def along(self) -> float:
        """Mm along the normal: orders the slices of a series."""
        return float(np.array(self.origin) @ self.normal)

    @property
    def orientation(self) -> list[float]:
        """Row and column as DICOM writes them: six numbers."""
        return [*self.row, *self.column]


def parallel(one: list[float] | None, other: list[float] | None, *, cosine: float = 0.999) -> bool:
    """Whether two orientations (six numbers, or None) are the same but for rounding: within 2.5 degrees."""
    if one is None or other is None:
        return one is other
    a, b = np.reshape(one, (2, 3)), np.reshape(other, (2, 3))
    return bool(((a * b).sum(axis=1) > cosine).all())
