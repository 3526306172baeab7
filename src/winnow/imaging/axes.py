"""Across which axis of the patient a volume is cut into slices."""

from __future__ import annotations

from typing import Literal

Axis = Literal["acquired", "axial", "coronal", "sagittal"]
AXES: tuple[Axis, ...] = ("acquired", "axial", "coronal", "sagittal")
