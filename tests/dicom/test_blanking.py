"""Overwriting regions: constant inside, unchanged outside, in every encoding that is read."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.utils import pack_bits
from pydicom.uid import (
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from winnow.dicom import blanking
from winnow.dicom.blanking import overwritten
from winnow.dicom.isolated import decoded, without_regions
from winnow.dicom.read import open_dataset, read_pictures
from winnow.errors import CannotDeidentify

Make = Callable[..., Dataset]
AsBytes = Callable[[Dataset], bytes]
ROWS, COLUMNS = 40, 46
REGIONS = [[2, 3, 17, 9], [30, 31, 16, 9]]  # the second one reaches the corner


def noise(*shape: int, top: int = 250, dtype: Any = np.uint8) -> np.ndarray:
    return np.random.default_rng(0).integers(1, top, shape).astype(dtype)


def grey(make: Make, **attributes: Any) -> Dataset:
    return make(noise(ROWS, COLUMNS, top=4000, dtype=np.uint16), BitsStored=12, HighBit=11, **attributes)


def big_endian(make: Make) -> Dataset:
    dataset = grey(make, syntax=ExplicitVRBigEndian)
    dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    return dataset


def palette(make: Make) -> Dataset:
    dataset = make(noise(ROWS, COLUMNS, top=4), PhotometricInterpretation="PALETTE COLOR")
    for number, colour in enumerate(("Red", "Green", "Blue")):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [4, 0, 16])
        table = np.array([40000, 20000, 500 + number, 65000], "<u2")  # index 2 is the darkest
        setattr(dataset, f"{colour}PaletteColorLookupTableData", table.tobytes())
    return dataset


def planes(make: Make) -> Dataset:
    pixels = noise(ROWS, COLUMNS, 3)
    dataset = make(pixels, PlanarConfiguration=1)
    dataset.PixelData = pixels.transpose(2, 0, 1).tobytes()
    return dataset


def halved_colour(make: Make) -> Dataset:
    pairs = noise(ROWS, COLUMNS // 2, 4)  # two brightnesses and the colour they share
    return make(noise(ROWS, COLUMNS, 3), PhotometricInterpretation="YBR_FULL_422", PixelData=pairs.tobytes())


def one_bit(make: Make) -> Dataset:
    pixels = noise(3, ROWS, COLUMNS, top=3) - 1
    stored = {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0}
    return make(pixels.astype(np.uint8), PixelData=pack_bits(pixels.astype(np.uint8)), **stored)


def floating(make: Make) -> Dataset:
    dataset = grey(make, PixelData=None, BitsAllocated=32, PixelRepresentation=None)
    dataset.FloatPixelData = (1000 * np.random.default_rng(0).random((ROWS, COLUMNS), np.float32)).tobytes()
    return dataset


def jpeg(make: Make) -> Dataset:
    buffer = io.BytesIO()
    Pillow.fromarray(noise(ROWS, COLUMNS, 3)).save(buffer, "JPEG", quality=90)
    dataset = make(noise(ROWS, COLUMNS, 3), syntax=JPEGBaseline8Bit, PhotometricInterpretation="YBR_FULL_422")
    dataset.LossyImageCompression = "01"
    dataset.PixelData = encapsulate([buffer.getvalue()])
    dataset["PixelData"].is_undefined_length = True
    return dataset


def compressed(syntax: str, *shape: int) -> Callable[[Make], Dataset]:
    def build(make: Make) -> Dataset:
        dataset = make(noise(*shape))
        dataset.compress(syntax, generate_instance_uid=False)
        return dataset

    return build


KINDS: dict[str, Callable[[Make], Dataset]] = {
    "16 bits": grey,
    "implicit": lambda make: grey(make, syntax=ImplicitVRLittleEndian),
    "big-endian": big_endian,
    "inverted": lambda make: grey(make, PhotometricInterpretation="MONOCHROME1"),
    "signed": lambda make: make(noise(2, ROWS, COLUMNS, top=900, dtype=np.int16) - 500),
    "palette": palette,
    "RGB": lambda make: make(noise(2, ROWS, COLUMNS, 3)),
    "RGB in planes": planes,
    "YBR": lambda make: make(noise(ROWS, COLUMNS, 3), PhotometricInterpretation="YBR_FULL"),
    "YBR, halved": halved_colour,
    "one bit": one_bit,
    "floating": floating,
    "JPEG": jpeg,
    "RLE": compressed(RLELossless, 2, ROWS, COLUMNS),
    "RLE, RGB": compressed(RLELossless, ROWS, COLUMNS, 3),
    "JPEG-LS": compressed(JPEGLSLossless, ROWS, COLUMNS),
    "JPEG 2000, RGB": compressed(JPEG2000Lossless, ROWS, COLUMNS, 3),
}


@pytest.mark.parametrize("kind", KINDS)
def test_regions_are_even_and_the_rest_is_as_it_was(kind: str, make: Make, as_bytes: AsBytes) -> None:
    data = as_bytes(KINDS[kind](make))
    before, after = read_pictures(data), read_pictures(without_regions(data, open_dataset(data), REGIONS))
    assert len(before.pictures) == len(after.pictures)
    inside = np.zeros((ROWS, COLUMNS), np.bool_)
    for left, top, width, height in REGIONS:
        inside[top : top + height, left : left + width] = True
    for old, new in zip(before.pictures, after.pictures, strict=True):
        assert np.array_equal(new.pixels[~inside], old.pixels[~inside])
        assert len(np.unique(new.pixels[inside], axis=0)) == 1
        assert new.pixels[inside].mean() < old.pixels.mean()


def test_what_was_not_compressed_keeps_its_encoding(make: Make, as_bytes: AsBytes) -> None:
    data = as_bytes(big_endian(make))
    after = open_dataset(overwritten(data, REGIONS))
    assert after.file_meta.TransferSyntaxUID == ExplicitVRBigEndian
    untouched = overwritten(data, [])
    assert open_dataset(untouched).PixelData == open_dataset(data).PixelData


def test_what_was_compressed_is_stored_plainly_and_still_says_what_was_lost(make: Make, as_bytes: AsBytes) -> None:
    data = as_bytes(jpeg(make))
    after = open_dataset(without_regions(data, open_dataset(data), REGIONS))
    assert not after.file_meta.TransferSyntaxUID.is_compressed
    assert (after.PhotometricInterpretation, after.PlanarConfiguration, after.LossyImageCompression) == ("RGB", 0, "01")
    assert after.SOPInstanceUID == "1.2.3.1"


def test_what_does_not_read_as_it_was_meant_is_refused(
    make: Make, as_bytes: AsBytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = blanking._put
    monkeypatch.setattr(blanking, "_put", lambda dataset, frames: put(dataset, frames[:, ::-1]))
    with pytest.raises(CannotDeidentify, match="cannot be overwritten"):
        overwritten(as_bytes(grey(make)), REGIONS)


def test_a_refusal_of_the_child_comes_back(make: Make, as_bytes: AsBytes) -> None:
    data = as_bytes(KINDS["RLE"](make))
    dataset = open_dataset(data)
    with pytest.raises(CannotDeidentify):
        without_regions(data, dataset, [[0, 0, 1]])
    assert len(decoded(data, dataset)) == 2
