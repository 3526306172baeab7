"""Masks in a DICOM Segmentation: what is drawn on which frame of which image.

Source: PS3.3 C.8.20 (Segmentation), C.7.6.16.2.6 (Derivation Image), A.51 and A.86 (the objects).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pixel_array

from winnow.dicom.deidentify import Deidentifier
from winnow.dicom.options import Options
from winnow.dicom.pixels import functional_group
from winnow.dicom.read import open_dataset
from winnow.dicom.reasons import why_not_decoded
from winnow.dicom.values import text
from winnow.errors import UnreadableFile


@dataclass(frozen=True)
class SegmentedFrame:
    """What is drawn on one frame.

    instance : the pseudonym of the image's SOP Instance UID; ``frame`` its frame, from 1
    segment  : the segment's number; 0 where ``drawn`` holds numbers of segments (a label map)
    drawn    : (H, W), bool, or uint8 to uint16 in a label map
    """

    instance: str
    frame: int
    segment: int
    drawn: NDArray[Any]


@dataclass(frozen=True)
class Segmentation:
    """A DICOM Segmentation. ``segments`` are labels and code meanings by number: for comparison, never to be stored."""

    segments: dict[int, set[str]]
    frames: Iterator[SegmentedFrame]


def read_segmentation(data: bytes, *, key: bytes, options: Options | None = None) -> Segmentation:
    """What is drawn in a DICOM Segmentation; a fractional one counts where at least half is filled.

    raises : UnreadableFile; CannotDeidentify as ``read_deidentified``
    """
    dataset = open_dataset(data)
    hidden = Deidentifier(key, options or Options()).apply(dataset).dataset
    segments = {int(item.SegmentNumber): _names(item) for item in dataset.get("SegmentSequence") or []}
    return Segmentation(segments, _frames(dataset, hidden))


def is_segmentation(modality: str) -> bool:
    """Whether a file of this modality holds masks instead of pictures."""
    return modality == "SEG"


def _names(segment: Dataset) -> set[str]:
    coded = [item for keyword in ("SegmentedPropertyTypeCodeSequence",) for item in segment.get(keyword) or []]
    names = [text(segment, "SegmentLabel"), *(text(item, "CodeMeaning") for item in coded)]
    return {name for name in names if name}


def _frames(dataset: Dataset, hidden: Dataset) -> Iterator[SegmentedFrame]:
    kind = text(dataset, "SegmentationType").upper()
    half = (int(dataset.get("MaximumFractionalValue") or 255) + 1) // 2 if kind == "FRACTIONAL" else 1
    for index in range(int(dataset.get("NumberOfFrames") or 1)):
        try:
            values = pixel_array(dataset, index=index)
        except Exception as error:  # pydicom raises whatever the bytes lead it to
            raise UnreadableFile(why_not_decoded(dataset, error)) from error
        identification = functional_group(dataset, "SegmentIdentificationSequence", index)
        number = 0 if kind == "LABELMAP" else int(identification.ReferencedSegmentNumber if identification else 1)
        for instance, frame in _sources(hidden, index):
            yield SegmentedFrame(instance, frame, number, values if kind == "LABELMAP" else values >= half)


def _sources(hidden: Dataset, index: int) -> Iterator[tuple[str, int]]:
    """The images a frame was drawn on."""
    derivation = functional_group(hidden, "DerivationImageSequence", index)
    for item in (derivation.get("SourceImageSequence") or []) if derivation else []:
        frames = item.get("ReferencedFrameNumber") or 1
        for frame in frames if isinstance(frames, list | tuple) else [frames]:
            yield text(item, "ReferencedSOPInstanceUID"), int(frame)
