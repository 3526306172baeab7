"""Counts right and wrong actions over a whole corpus, and what is left in the bytes."""

from __future__ import annotations

import io
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from dicom.corpus import required as must
from dicom.corpus.builder import Case
from dicom.corpus.planting import Plant, planted_in
from dicom.corpus.verdict import Memory, at, verdicts
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels import pixel_array
from pydicom.uid import DeflatedExplicitVRLittleEndian

Regions = Sequence[Sequence[int]]
_OVERLAY_STAYS = frozenset({0x0010, 0x0011, 0x0040, 0x0050, 0x0100, 0x0102, 0x3000})
_IN_PIXELS = Plant(0, (), 0x7FE00010, "OW", "1")


@dataclass
class Score:
    """What became of the files with one set of options.

    right, wrong : actions by their name
    silent       : what the table lets stay and Winnow takes out all the same, by the reason why
    faults       : each wrong action in words; leaks: each planted value that stands in the bytes
    """

    options: frozenset[str]
    days: dict[str, int]
    safe: frozenset[int] = frozenset()
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)

    def share(self) -> float:
        """Of all actions that are demanded, how many are right."""
        return self.right.total() / (self.right.total() + self.wrong.total())

    def share_by_the_table(self) -> float:
        """The same where nothing counts but the table: what Winnow takes out beyond it counts as wrong."""
        right = self.right.total() - self.right[must.UNLISTED]
        return right / (right + self.wrong.total() + self.silent.total())

    def add(self, case: Case, written: bytes | None, regions: Regions = ()) -> None:
        """One file and what came of it; None where it was not written: then all that had to stay is lost."""
        original = dcmread(io.BytesIO(case.data))
        result = Dataset() if written is None else dcmread(io.BytesIO(written))
        kinds = {(plant.path, plant.tag): plant.kind for plant in case.plants}
        allowed, days = {0}, set()
        for plant in case.plants:
            if plant.tag >> 24 == 0x60 and "clean_graphics" in self.options:
                self._overlay(case, plant, original, result)
                continue
            demand = must.demand(plant, self.options, kinds, self.safe)
            new = at(result, plant.path, plant.tag)
            self._plant(case, plant, demand, original, result)
            if demand.fate in {must.KEPT, must.SHIFTED} and not plant.name:
                allowed.add(plant.number)
            if demand.fate == must.SHIFTED and new is not None:
                days.add(str(new.value)[:8])
        self._pixels(case, original, result, regions)
        if written is not None:
            self._bytes(case, written, allowed, days)

    def _plant(self, case: Case, plant: Plant, demand: must.Demand, original: Dataset, result: Dataset) -> None:
        old, new = (at(dataset, plant.path, plant.tag) for dataset in (original, result))
        if old is None:
            raise LookupError(f"The corpus lacks what it says it holds: {plant}")
        reason = "the rest of a text in which a name is found" if plant.name else demand.reason
        if reason:
            self.silent[reason] += 1
        for action, right in verdicts(plant, demand, old, new, patient=case.recipe.patient, memory=self.memory):
            self._count(must.UNLISTED if demand.reason else action, case, plant, right=right)

    def _overlay(self, case: Case, plant: Plant, original: Dataset, result: Dataset) -> None:
        """With Clean Graphics the ring stays without what it is called, and what can be read goes (PS3.15 E.3.3)."""
        old, new = original[plant.tag], at(result, (), plant.tag)
        if plant.tag >> 16 == 0x6000 and plant.tag & 0xFFFF in _OVERLAY_STAYS:
            self._count(must.TEXT, case, plant, right=new is not None and new.value == old.value)
        else:
            self._count(must.REMOVED, case, plant, right=new is None)

    def _pixels(self, case: Case, original: Dataset, result: Dataset, regions: Regions) -> None:
        """Of each word 90 % of the ink is blanked, what is outside the regions is equal, and they are no larger than needed."""
        if "PixelData" not in result:
            self._count(must.PIXELS, case, _IN_PIXELS, right=False)
            return
        before, after = _frames(original), _frames(result)
        covered = np.zeros(before.shape[1:3], bool)
        for left, top, width, height in regions:
            covered[top : top + height, left : left + width] = True
        equal = before.shape == after.shape and np.array_equal(before[:, ~covered], after[:, ~covered])
        self._count(must.PIXELS, case, _IN_PIXELS, right=equal)
        if "burned_in" not in self.options:
            return
        changed = (after != before).any(axis=(0, 3))
        for word in case.recipe.words:
            self._count(must.HIDDEN, case, _IN_PIXELS, right=bool((changed & covered)[word].mean() >= 0.9))
        most = 6 * sum(int(word.any(axis=1).sum() * word.any(axis=0).sum()) for word in case.recipe.words)
        self._count(must.PIXELS, case, _IN_PIXELS, right=int(covered.sum()) <= most)

    def _bytes(self, case: Case, written: bytes, allowed: set[int], days: set[str]) -> None:
        """Nothing that had to go stands anywhere in the file."""
        numbers, found = planted_in(inflated(written), self.days)
        left = {day for day in found - days if self.days[day] not in allowed}
        self.leaks += [f"{case.recipe.name}: number {number} in its bytes" for number in sorted(numbers - allowed)]
        self.leaks += [f"{case.recipe.name}: the day {day} in its bytes" for day in sorted(left)]
        for number in sorted(case.hidden):
            beside = Plant(number, (), 0, "beside the attributes")
            self._count(must.REMOVED, case, beside, right=number not in numbers)

    def _count(self, action: str, case: Case, plant: Plant, *, right: bool) -> None:
        (self.right if right else self.wrong)[action] += 1
        if not right:
            self.faults.append(f"{action}: {case.recipe.name} {plant} ({plant.number})")


def _frames(dataset: Dataset) -> NDArray[np.generic]:
    """(N, H, W, samples)."""
    return pixel_array(dataset).reshape(-1, int(dataset.Rows), int(dataset.Columns), int(dataset.SamplesPerPixel))


def inflated(data: bytes) -> bytes:
    """A file's bytes, and behind them what they are when inflated, where it is deflated."""
    meta = dcmread(io.BytesIO(data), specific_tags=[0x00080016]).file_meta
    if meta.TransferSyntaxUID != DeflatedExplicitVRLittleEndian:
        return data
    start = 128 + 4 + 12 + int(meta.FileMetaInformationGroupLength)
    return data + zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[start:])
