"""The corpus: invented files of five kinds, eight character sets, seven encodings, and what is hidden in them beside attributes."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
from dicom.corpus.builder import Case, Planter, Recipe, make
from dicom.corpus.planting import Plant, Seeds
from dicom.corpus.standard import CT, ENHANCED_CT, MR, SECONDARY, US_MULTIFRAME
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels import get_encoder
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
)

TEXT = ("MUELLER^ANNA", "DOB:23/06/1936", "ID:6614592")
# private attributes: group, creator, element, kind of value, and whether Table E.3.10-1 calls them safe
PRIVATE = (
    (0x0009, "QX CREATOR", 0x01, "LO", False),
    (0x0009, "QX CREATOR", 0x02, "UN", False),
    (0x0011, "QX CREATOR", 0x03, "PN", False),
    (0x0019, "SIEMENS MR HEADER", 0x0C, "IS", True),
    (0x0019, "SIEMENS MR HEADER", 0x0D, "CS", True),
    (0x0019, "SIEMENS MR HEADER", 0x01, "LO", False),
    (0x7053, "Philips PET Private Group", 0x00, "DS", True),
    (0x7053, "Philips PET Private Group", 0x09, "DS", True),
)


@cache
def corpus() -> tuple[list[Case], dict[str, int]]:
    """The files, and every planted day with its number; always the same ones."""
    seeds, shared = Seeds(), {}
    return [make(recipe, seeds, shared, finish) for recipe in recipes()], seeds.days


def recipes() -> list[Recipe]:
    words = _words()
    grey, colour = _grey(0), np.repeat(_body(words)[..., None], 3, axis=2)
    return [
        Recipe("ct-1", CT, "CT", "Latin-1", grey, 1, 1, depth=2, rows=3),
        Recipe("ct-2", CT, "CT", "Latin-1", _grey(1), 1, 1, syntax=ImplicitVRLittleEndian),
        Recipe("ct-3", CT, "CT", "UTF-8", _grey(2), 1, 2),
        Recipe("ct-4", CT, "CT", "Arabic", _grey(3), 2, 3, syntax=DeflatedExplicitVRLittleEndian),
        Recipe("mr-1", MR, "MR", "Japanese", _grey(4), 3, 4, depth=2, rows=2, syntax=ExplicitVRBigEndian),
        Recipe("mr-2", MR, "MR", "Greek", _grey(5), 4, 5, syntax=RLELossless),
        Recipe("us-1", US_MULTIFRAME, "US", "Korean", np.stack([colour] * 2), 5, 6, words=words),
        Recipe("sc-1", SECONDARY, "OT", "GB18030", _body(words), 6, 7, words=words),
        Recipe("sc-2", SECONDARY, "OT", "Cyrillic", np.repeat(_body(())[..., None], 3, axis=2), 7, 8,
               syntax=JPEGBaseline8Bit),
        Recipe("enhanced-ct", ENHANCED_CT, "CT", "UTF-8", np.stack([_grey(6), _grey(7)]), 8, 9, depth=3, rows=2),
    ]  # fmt: skip


def _grey(seed: int) -> NDArray[np.uint16]:
    """(64, 64) of 12 bits, smooth with a little noise."""
    noise = np.random.default_rng(seed).integers(0, 40, (64, 64))
    return (np.add.outer(np.arange(64), np.arange(64)) * 20 + noise).astype(np.uint16)


def _body(words: tuple[NDArray[np.bool_], ...]) -> NDArray[np.uint8]:
    """(256, 256): a bright disc on dark ground, with the words burned in."""
    rows, columns = np.mgrid[:256, :256]
    body = (20 + 90 * np.exp(-((np.hypot(rows - 170, columns - 128) / 60) ** 4))).astype(np.uint8)
    for ink in words:
        body[ink] = 250
    return body


def _words() -> tuple[NDArray[np.bool_], ...]:
    found = []
    for row, text in enumerate(TEXT):
        canvas = Image.new("L", (256, 256), 0)
        ImageDraw.Draw(canvas).text((8, 8 + 18 * row), text, font=ImageFont.load_default(14), fill=255)
        found.append(np.array(canvas) > 100)
    return tuple(found)


def finish(dataset: Dataset, planter: Planter) -> None:
    """Pixels, and what hides beside them, in private blocks, overlays, curves, the file meta group and names typed anywhere."""
    _pixels(dataset, planter)
    _private(dataset, planter)
    _graphics(dataset, planter)
    family = str(dataset.PatientName).split("^", maxsplit=1)[0]
    number = next(plant.number for plant in planter.plants if plant.tag == 0x00100010 and not plant.path)
    for tag, text in ((0x00081090, f"scanner of {family}"), (0x00080070, family)):
        dataset[tag].value = text
        old = next(plant for plant in planter.plants if plant.tag == tag and not plant.path)
        planter.plants[planter.plants.index(old)] = Plant(number, (), tag, old.vr, old.kind, name=True)
    meta = dataset.file_meta
    for keyword in ("ImplementationVersionName", "SourceApplicationEntityTitle", "SendingApplicationEntityTitle"):
        setattr(meta, keyword, f"QX{_hidden(planter)}")
    meta.PrivateInformationCreatorUID = f"1.2.826.0.77.1{_hidden(planter)}"
    meta.PrivateInformation = f"QX{_hidden(planter)} ".encode()


def _hidden(planter: Planter) -> int:
    number = planter.seeds.next()
    planter.hidden.add(number)
    return number


def _pixels(dataset: Dataset, planter: Planter) -> None:
    pixels, syntax = planter.recipe.pixels, planter.recipe.syntax
    behind = f"QX{_hidden(planter)} ".encode()
    if syntax == JPEGBaseline8Bit:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=95, comment=behind)
        dataset.PixelData, dataset.PhotometricInterpretation = encapsulate([buffer.getvalue()]), "YBR_FULL_422"
    elif syntax == RLELossless:
        planter.hidden.remove(planter.seeds.number)
        dataset.PixelData = encapsulate([get_encoder(RLELossless).encode(pixels, **_described(dataset))])
    else:
        order = ">" if syntax == ExplicitVRBigEndian else "<"
        dataset.PixelData = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes() + behind
    dataset["PixelData"].VR = "OB" if syntax in {JPEGBaseline8Bit, RLELossless} or pixels.dtype == np.uint8 else "OW"
    dataset["PixelData"].is_undefined_length = syntax in {JPEGBaseline8Bit, RLELossless}


def _described(dataset: Dataset) -> dict[str, Any]:
    return {
        "rows": dataset.Rows, "columns": dataset.Columns, "samples_per_pixel": 1, "number_of_frames": 1,
        "photometric_interpretation": "MONOCHROME2", "bits_allocated": 16, "bits_stored": 16, "pixel_representation": 0,
    }  # fmt: skip


def _private(dataset: Dataset, planter: Planter) -> None:
    for group, creator, element, vr, _ in PRIVATE:
        block = dataset.private_block(group, creator, create=True)
        tag = block.get_tag(element)
        planter.plant(dataset, int(tag), vr=vr)
    inside = dataset[0x00500010].value[-1]
    number = planter.seeds.next()
    planter.hidden.add(number)
    inside.private_block(0x0013, "QX CREATOR", create=True).add_new(1, "LT", f"QX{number}")
    nested = Dataset()
    nested.PatientName = f"QX{_hidden(planter)}^Ada"
    dataset.private_block(0x0015, "QX CREATOR", create=True).add_new(1, "SQ", [nested])


def _graphics(dataset: Dataset, planter: Planter) -> None:
    """Overlay 6000 is a ring, 6002 says something; both are called something; and a curve."""
    rows, columns = np.mgrid[:128, :256]
    ring = (np.abs(np.hypot(rows - 64, columns - 60) - 30) < 2).astype(np.uint8)
    written = Image.fromarray(ring * 255)
    ImageDraw.Draw(written).text((110, 50), "MUELLER", fill=255, font=ImageFont.load_default(24))
    for group, plane in ((0x6000, ring), (0x6002, (np.array(written) > 127).astype(np.uint8))):
        values = {0x0010: ("US", 128), 0x0011: ("US", 256), 0x0040: ("CS", "G"), 0x0050: ("SS", [1, 1]),
                  0x0100: ("US", 1), 0x0102: ("US", 0),
                  0x3000: ("OW", np.packbits(plane, bitorder="little").tobytes())}  # fmt: skip
        for element, (vr, value) in values.items():
            dataset.add_new((group, element), vr, value)
            planter.plants.append(Plant(0, (), group << 16 | element, vr))
        for element, vr in ((0x0022, "LO"), (0x1500, "LO"), (0x4000, "LT")):
            planter.plant(dataset, group << 16 | element, vr=vr)
    dataset.add_new(0x50000005, "US", 1)
    planter.plant(dataset, 0x50003000, vr="OB")
    planter.plant(dataset, 0x60043000, vr="OW")
