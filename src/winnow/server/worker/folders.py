"""Folders that are series: pictures that differ in nothing but a number that goes on, as slices are exported."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

LEAST = 3
# folders that only hold what was gathered: their pictures have nothing to do with each other
_GATHERED = {
    *(
        "image",
        "images",
        "img",
        "imgs",
        "picture",
        "pictures",
        "photos",
        "data",
        "dataset",
        "png",
        "jpg",
        "jpeg",
        "tif",
    ),
    *(
        "tiff",
        "train",
        "training",
        "test",
        "testing",
        "val",
        "valid",
        "validation",
        "imagestr",
        "imagests",
        "all",
        "raw",
    ),
    *("mask", "masks", "label", "labels", "labelstr", "annotations", "segmentations", "frames", "slices"),
}
_NUMBERED = re.compile(r"(.*?)(\d+)(\.[a-z]+)", re.IGNORECASE | re.DOTALL)
_PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}


@dataclass(frozen=True)
class Slot:
    """A file's place in the series that its folder is."""

    folder: str
    number: int


def folder_series(files: Iterable[tuple[int, str]]) -> dict[int, Slot]:
    """Which files are slices of a series, by their positions in the upload.

    files   : (position, path) of each file that is a picture
    returns : those whose folder has a name of its own and holds LEAST pictures or more, all named alike but for a
              number that leaves no gap wider than the series is long
    """
    folders: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for position, path in files:
        folder = str(PurePosixPath(path).parent)
        if folder != "." and PurePosixPath(folder).name.lower() not in _GATHERED:
            folders[folder].append((position, PurePosixPath(path).name))
    slots: dict[int, Slot] = {}
    for folder, names in folders.items():
        slots |= {position: Slot(folder, number) for position, number in _numbered(names).items()}
    return slots


def _numbered(names: list[tuple[int, str]]) -> dict[int, int]:
    """Each file's number; none where the names do not tell a series."""
    found = [(position, _NUMBERED.fullmatch(name)) for position, name in names]
    matches = [(position, match) for position, match in found if match and match[3].lower() in _PICTURES]
    numbers = [int(match[2]) for _, match in matches]
    alike = {(match[1], match[3].lower()) for _, match in matches}
    whole = len(matches) == len(names) >= LEAST and len(alike) == 1 and len(set(numbers)) == len(numbers)
    if not whole or max(numbers) - min(numbers) >= 2 * len(numbers):
        return {}
    return {position: number for (position, _), number in zip(matches, numbers, strict=True)}
