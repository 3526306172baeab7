"""Invented DICOM files, with something planted in every attribute that the standard has there and in every row of Table E.1-1."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from dicom.corpus.planting import CLASS_UID, Path, Plant, Seeds
from dicom.corpus.scripts import SCRIPTS, Script
from dicom.corpus.standard import Sequences, attributes, keyword_of, vr_of
from numpy.typing import NDArray
from pydicom import dcmwrite
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian

from winnow.dicom.rules import table

# the rows but for wildcards, and for the document that makes a file refused
ROWS = [int(tag, 16) for tag in table().rows if "x" not in tag and tag not in {"private", "00420011"}]
_NOT_AT_THE_TOP = frozenset({0x0000, 0x0002, 0x0004})  # commands, file meta, directories: misused in sequences only
_DEVICES, _PURPOSE, _REFERENCED, _PER_FRAME = 0x00500010, 0x0040A170, 0x00081155, 0x52009230
# what the picture is read by, what Winnow writes itself, and what decides how a file is treated: given, not planted
_GIVEN = frozenset(
    {0x00080005, 0x00080008, 0x00080016, 0x0008001A, 0x00080060, 0x00080064, 0x00080301, 0x00120062, 0x00120063, 0x00120064}
    | {0x00280301, 0x00280303, 0x00420011, 0x00080400}
)  # fmt: skip
_NO_PLACE = frozenset({0x0002, 0x0004, 0x5000, 0x6000, 0x7FE0})  # groups that are planted by hand, or not at all
_SHARED = {  # keyword → whose it is
    "PatientID": "patient", "PatientName": "patient", "IssuerOfPatientID": "patient", "PatientBirthDate": "patient",
    "StudyInstanceUID": "study", "StudyDate": "study", "StudyID": "study", "AccessionNumber": "study",
    "SeriesInstanceUID": "study", "FrameOfReferenceUID": "study",
}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """How a file is made.

    patient, study : whose it is; files of one patient, or study, share what tells them from others
    depth, rows    : how deep the sequences of PS3.3 are filled, and how deep the whole table is planted
    words          : (H, W) bool of each word that is burned into every frame
    given          : attributes that are as they must be
    """

    name: str
    sop_class: str
    modality: str
    script: str
    pixels: NDArray[Any]
    patient: int
    study: int
    syntax: str = ExplicitVRLittleEndian
    depth: int = 1
    rows: int = 1
    words: tuple[NDArray[np.bool_], ...] = ()
    given: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A file and what was planted in it; ``hidden`` are numbers in no attribute: in the preamble, behind the pixels ..."""

    recipe: Recipe
    data: bytes
    plants: list[Plant]
    hidden: set[int]


Finish = Callable[[Dataset, "Planter"], None]


class Planter:
    """Fills one data set."""

    def __init__(self, recipe: Recipe, seeds: Seeds, shared: dict[tuple[str, int], tuple[int, Any]]) -> None:
        self.recipe, self.seeds, self.script = recipe, seeds, SCRIPTS[recipe.script]
        self.plants: list[Plant] = []
        self.hidden: set[int] = set()
        self._shared = shared

    def plant(self, dataset: Dataset, tag: int, path: Path = (), *, vr: str = "", kind: str = "") -> int:
        """A value of its own in one attribute."""
        number, vr = self.seeds.next(), vr or vr_of(tag)
        keyword = keyword_of(tag)
        owner = (keyword, getattr(self.recipe, _SHARED[keyword])) if keyword in _SHARED and not path else None
        row = table().rows.get(f"{tag:08x}")
        value = self.seeds.value(vr, number, self.script, words=row is None or "C" in row.options.values())
        if keyword == "TimezoneOffsetFromUTC":
            number, value = 0, "+0130"  # a text that is a time
        if owner in self._shared:
            number, value = self._shared[owner]
        elif owner:
            self._shared[owner] = number, value
        if vr == "UI" and ("SOPClass" in keyword or "TransferSyntax" in keyword):
            number, value = 0, CLASS_UID
        elif tag == _REFERENCED and number % 2 and (before := self._shared.get(("instance", 0))):
            number, value = before  # another file of the corpus
        dataset.add(DataElement(Tag(tag), vr, value))
        self.plants.append(Plant(number, path, tag, vr, kind))
        return number

    def fill(self, dataset: Dataset, places: dict[Sequences, dict[int, str]], path: Path = ()) -> None:
        """Everything that PS3.3 has there, and in its sequences as deep as ``places`` go."""
        above = tuple(tag for tag, _ in path)
        for tag, kind in places[above].items():
            if (
                tag in dataset
                or tag in _GIVEN
                or Tag(tag).group in _NO_PLACE
                or (not path and Tag(tag).group == 0x0028)
            ):
                continue
            if vr_of(tag) != "SQ":
                self.plant(dataset, tag, path, kind=kind)
            elif (*above, tag) in places:
                items = [Dataset() for _ in range(2 if tag == _PER_FRAME else 1)]
                dataset.add(DataElement(Tag(tag), "SQ", Sequence(items)))
                self.plants.append(Plant(0, path, tag, "SQ", kind))
                for index, item in enumerate(items):
                    self.fill(item, places, (*path, (tag, index)))

    def rows(self, dataset: Dataset, path: Path = ()) -> None:
        """Every row of the table that is not there yet; a sequence with a name, a meaning and a reference in it."""
        for tag in ROWS:
            if tag in dataset or tag in _GIVEN or (not path and Tag(tag).group in _NOT_AT_THE_TOP):
                continue
            if vr_of(tag) != "SQ":
                self.plant(dataset, tag, path)
                continue
            item = Dataset()
            dataset.add(DataElement(Tag(tag), "SQ", Sequence([item])))
            self.plants.append(Plant(0, path, tag, "SQ"))
            for inner in (0x00100010, 0x00080104, _REFERENCED):
                self.plant(item, inner, (*path, (tag, 0)))

    def everywhere(self, dataset: Dataset) -> None:
        """The data set, a sequence that the table does not list, and sequences in it."""
        self.fill(dataset, attributes(self.recipe.sop_class, self.recipe.depth))
        self.rows(dataset)
        path: Path = ()
        for tag in (_DEVICES, *[_PURPOSE] * (self.recipe.rows - 1)):
            item = Dataset()
            before = list(dataset[tag].value) if tag in dataset else []
            dataset.add(DataElement(Tag(tag), "SQ", Sequence([*before, item])))
            path = (*path, (tag, len(before)))
            self.rows(item, path)
            dataset = item


def make(recipe: Recipe, seeds: Seeds, shared: dict[tuple[str, int], tuple[int, Any]], finish: Finish) -> Case:
    """finish : hides what is not planted by the tables; what it does to ``file_meta`` is written too."""
    planter = Planter(recipe, seeds, shared)
    dataset = picture(recipe)
    planter.plants += [
        Plant(0, (), int(element.tag), element.VR, "1")
        for element in dataset
        if element.tag not in {0x00080005, 0x7FE00010}
    ]
    number = planter.plant(dataset, 0x00080018, kind="1")
    planter.everywhere(dataset)
    finish(dataset, planter)
    shared["instance", 0] = number, str(dataset.SOPInstanceUID)
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    data = bytearray(buffer.getvalue())
    number = seeds.next()
    data[:8] = f"QX{number} ".encode()
    planter.hidden.add(number)
    return Case(recipe, bytes(data), planter.plants, planter.hidden)


def picture(recipe: Recipe) -> Dataset:
    """The data set around the pixels: (H, W), (N, H, W), or either with 3 colours."""
    script: Script = SCRIPTS[recipe.script]
    pixels = recipe.pixels
    colours = pixels.shape[-1] == 3
    frames = pixels.ndim - (3 if colours else 2)
    bits = pixels.dtype.itemsize * 8
    dataset = Dataset()
    dataset.SpecificCharacterSet = list(script.terms) if len(script.terms) > 1 else script.terms[0]
    dataset.SOPClassUID, dataset.Modality = recipe.sop_class, recipe.modality
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.Rows, dataset.Columns = pixels.shape[frames : frames + 2]
    dataset.SamplesPerPixel = 3 if colours else 1
    dataset.PhotometricInterpretation = "RGB" if colours else "MONOCHROME2"
    if frames:
        dataset.NumberOfFrames = pixels.shape[0]
    if colours:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = bits, bits, bits - 1, 0
    for keyword, value in recipe.given.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = recipe.syntax
    return dataset
