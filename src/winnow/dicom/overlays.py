"""Overlays that may stay with the Clean Graphics option: those in which no text is found (PS3.15 E.3.3, PS3.3 C.9.2)."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset

from winnow.imaging.burned_in import find_text
from winnow.imaging.picture import Picture


def silent_overlays(dataset: Dataset) -> frozenset[int]:
    """The groups (6000, 6002 ... 601E) whose planes hold no text; none where it cannot be searched for."""
    return frozenset(group for group in range(0x6000, 0x6020, 2) if _is_silent(dataset, group))


def _is_silent(dataset: Dataset, group: int) -> bool:
    """Whether a plane is whole, has no bytes beside its bits, and no frame of it can be read."""
    try:
        rows, columns, kind, data = (dataset[group, element].value for element in (0x0010, 0x0011, 0x0040, 0x3000))
        frames = int(dataset[group, 0x0015].value) if (group, 0x0015) in dataset else 1
        size = int(rows) * int(columns)
        needed = (size * frames + 7) // 8
        if kind not in {"G", "R"} or size == 0 or len(data) != needed + needed % 2:
            return False
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        if bits[size * frames :].any():
            return False
        planes = bits[: size * frames].reshape(frames, int(rows), int(columns)) * np.uint8(255)
        return not any(find_text(Picture(plane, window=(128.0, 255.0))) for plane in planes)
    except Exception:  # noqa: BLE001  there is none, its description is broken, or tesseract is away
        return False
