"""Regions of a DICOM file's pixels overwritten; every other pixel keeps its value."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pack_bits, pixel_array
from pydicom.uid import ExplicitVRLittleEndian

from winnow.dicom.account import Regions
from winnow.dicom.read import open_dataset
from winnow.dicom.reasons import is_compressed
from winnow.dicom.write import file_bytes
from winnow.errors import CannotDeidentify

Array = NDArray[Any]
_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_REFUSED = "The text in its pixels cannot be overwritten: their encoding is unusual."


def overwritten(data: bytes, regions: Regions) -> bytes:
    """The DICOM file with the darkest value of each frame in the regions, read back and compared.

    data    : a whole file that ``read_pictures`` can decode
    regions : [left, top, width, height] in pixels, for every frame
    Compressed pixels are stored uncompressed, colours among them as RGB: compressing them again would change others.
    raises  : CannotDeidentify where what was written does not read as what was meant
    source  : PS3.15 E.3.1; PS3.3 C.7.6.3.1
    """
    dataset = open_dataset(data)
    implicit, little_endian = dataset.original_encoding
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frames = _frames(dataset, raw=not is_compressed(dataset)).copy()
            for frame in frames:
                value = _darkest(frame, dataset)
                for left, top, width, height in regions:
                    frame[top : top + height, left : left + width] = value
            _put(dataset, frames)
            written = file_bytes(dataset, implicit=implicit is not False, little_endian=little_endian is not False)
            same = np.array_equal(_frames(open_dataset(written), raw=True), frames)
    except MemoryError:
        raise
    except Exception as error:  # pydicom raises whatever the pixels lead it to
        raise CannotDeidentify(_REFUSED) from error
    if not same:
        raise CannotDeidentify(_REFUSED)
    return written


def _frames(dataset: Dataset, *, raw: bool) -> Array:
    """(N, H, W) or (N, H, W, 3), as stored; without ``raw`` colours become RGB."""
    values = pixel_array(dataset, raw=raw, correct_unused_bits=False)
    picture = values.shape[-3:] if int(dataset.SamplesPerPixel) > 1 else values.shape[-2:]
    return values.reshape(-1, *picture)


def _darkest(frame: Array, dataset: Dataset) -> Any:
    """Of the values in a frame the one that is shown darkest: nothing that was not there before."""
    photometric = str(dataset.PhotometricInterpretation)
    if photometric == "MONOCHROME1":
        return frame.max()
    if photometric == "PALETTE COLOR":
        there = np.unique(frame)
        return there[int(apply_color_lut(there[None], dataset)[0, :, :3].sum(axis=1, dtype=np.int64).argmin())]
    if photometric.startswith("YBR") and not is_compressed(dataset):
        grey = 1 << (int(dataset.BitsStored) - 1)  # neither blue nor red
        return np.array([frame[..., 0].min(), grey, grey], frame.dtype)
    return frame.min()


def _put(dataset: Dataset, frames: Array) -> None:
    """The frames as the data set's uncompressed pixels."""
    keyword = next(keyword for keyword in _KEYWORDS if keyword in dataset)
    if is_compressed(dataset):
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.BitsAllocated = frames.dtype.itemsize * 8
        dataset[keyword].VR = "OB" if dataset.BitsAllocated <= 8 else "OW"
        for tag in (0x7FE00001, 0x7FE00002):  # an extended offset table points to compressed frames
            dataset.pop(tag, None)
        if frames.ndim == 4:
            dataset.PhotometricInterpretation = "RGB"
    if frames.ndim == 4:
        dataset.PlanarConfiguration = 0
        if dataset.PhotometricInterpretation == "YBR_FULL_422":  # reading gave every pixel its colour
            dataset.PhotometricInterpretation = "YBR_FULL"
    little_endian = dataset.file_meta.TransferSyntaxUID.is_little_endian
    plain = frames.astype(frames.dtype.newbyteorder("<" if little_endian else ">"))
    data = pack_bits(frames) if int(dataset.BitsAllocated) == 1 else plain.tobytes()
    dataset[keyword].value = data + b"\0" * (len(data) % 2)
    dataset[keyword].is_undefined_length = False
