"""The windows a DICOM file names: many name several, such as LUNG and MEDIASTINUM, with a word for each."""

from __future__ import annotations

import io
from dataclasses import dataclass

from pydicom import dcmread
from pydicom.dataset import Dataset

from winnow.dicom.pixels import functional_group, numbers

MOST = 12


@dataclass(frozen=True)
class NamedWindow:
    """A window (PS3.3 C.11.2.1.2) in pixel units, with the file's own word for it, or ""."""

    centre: float
    width: float
    name: str


def windows_of(header: bytes, *, first: tuple[float, float], frame: int = 0) -> list[NamedWindow]:
    """All windows that a file names, the first among them, in its order.

    header  : the de-identified data set without its pixels, as a DICOM file
    first   : (centre, width) of the first window in the units that the pixels are stored in
    frame   : which picture of the file, from 0
    returns : windows in pixel units, at most 12; none when the file names no window. The others are brought to pixel
              units by the scale that leads from the first as written to ``first``, so that whatever was done to the
              pixels (rescaling, spreading over 16 bits, MONOCHROME1 made MONOCHROME2) is done to them as well
    source  : DICOM PS3.3 C.11.2.1.2 and C.7.6.16.2.10
    """
    dataset = dcmread(io.BytesIO(header), force=True, stop_before_pixels=True)
    group = functional_group(dataset, "FrameVOILUTSequence", frame) or dataset
    centres, widths = numbers(group, "WindowCenter"), numbers(group, "WindowWidth")
    if not centres or not widths or widths[0] < 1:
        return []
    scale = first[1] / widths[0]
    turned = -scale if _turned(dataset, group) else scale
    names = _names(group)
    return [
        NamedWindow(
            centre=first[0] + turned * (centre - centres[0]),
            width=max(1.0, scale * width),
            name=names[place] if place < len(names) else "",
        )
        for place, (centre, width) in enumerate(zip(centres, widths, strict=False))
        if width >= 1
    ][:MOST]


def _turned(dataset: Dataset, group: Dataset) -> bool:
    """Whether greater values of the file are smaller ones of the stored pixels."""
    slope = numbers(group, "RescaleSlope") or numbers(dataset, "RescaleSlope") or [1.0]
    hounsfield = dataset.get("Modality") == "CT" or dataset.get("RescaleType") == "HU"
    # what is in HU is stored rescaled, so that only MONOCHROME1 turns it
    return bool((dataset.get("PhotometricInterpretation") == "MONOCHROME1") != (slope[0] < 0 and not hounsfield))


def _names(group: Dataset) -> list[str]:
    value = group.get("WindowCenterWidthExplanation")
    if value is None:
        return []
    return [str(each).strip()[:64] for each in ([value] if isinstance(value, str) else value)]
