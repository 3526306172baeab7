"""A labelled folder: ``images/NAME.png`` with ``masks/NAME.png`` of class values, and its folds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from winnow.errors import InvalidInput, InvalidMask, UnreadableFile
from winnow.imaging.files import read_picture
from winnow.imaging.mask import decode_mask_png
from winnow.imaging.picture import Picture
from winnow.segmentation.data import Sample

Mask = NDArray[np.uint8]

FOLDS = 5  # where the folder names none
PICTURES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples in the order of their names, with masks of class values; the values that occur; folds of places."""

    samples: list[Sample]
    classes: list[int]
    folds: list[list[int]]


def read_dataset(folder: Path) -> Dataset:
    """Every image of the folder with its mask.

    raises : InvalidInput for a folder without images or masks, folds that do not fit, an image without mask;
             UnreadableFile or InvalidMask, naming the file, for what cannot be read
    """
    names = image_names(folder / "images")
    if not names:
        raise InvalidInput(f"{folder} has no images: need images/*.png and masks/*.png")
    samples = [_read_sample(folder, name) for name in names]
    found = np.zeros(256, dtype=bool)
    for sample in samples:
        found[np.unique(sample.mask)] = True
    classes = [int(value) for value in np.flatnonzero(found) if value]
    if not classes:
        raise InvalidInput(f"the masks of {folder} are all empty: there is nothing to learn")
    return Dataset(samples=samples, classes=classes, folds=_folds(folder / "folds.json", len(samples)))


def image_names(folder: Path) -> list[str]:
    """Names of the PNG and JPEG files of a folder, sorted; none where there is no folder."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.suffix.lower() in PICTURES and path.is_file())


def read_mask(path: Path) -> Mask:
    """A PNG of class values. Raises InvalidMask naming the file."""
    try:
        return decode_mask_png(path.read_bytes())
    except InvalidMask as error:
        raise InvalidMask(f"{path.name}: {error.message}", **error.detail) from error


def mask_path(folder: Path, name: str) -> Path:
    """The mask of an image (or of another mask) by its name; raises InvalidInput where there is none.

    ``000.png`` has ``000.png`` or, as exports are named, ``000.png.png``; ``000.jpg`` has ``000.jpg.png`` or
    ``000.png``; and the other way round, ``000.png.png`` has ``000.png``.
    """
    stem = Path(name).stem
    for candidate in (name, f"{name}.png", f"{stem}.png", stem):
        if candidate.lower().endswith(".png") and (folder / candidate).is_file():
            return folder / candidate
    raise InvalidInput(f"there is no mask for {name} in {folder}")


def _read_sample(folder: Path, name: str) -> Sample:
    picture = _read_picture(folder / "images" / name)
    mask = read_mask(mask_path(folder / "masks", name))
    if mask.shape != (picture.height, picture.width):
        raise InvalidMask(f"{name}: its mask is {mask.shape}, the image {(picture.height, picture.width)}")
    return Sample(picture=picture, mask=mask, name=name)


def _read_picture(path: Path) -> Picture:
    try:
        return read_picture(path.read_bytes())
    except UnreadableFile as error:
        raise UnreadableFile(f"{path.name}: {error.message}", **error.detail) from error


def _folds(path: Path, count: int) -> list[list[int]]:
    """Folds of the file ``{"folds": [[places]]}``; without one, five of a fixed shuffle (so the same for every seed)."""
    if not path.is_file():
        shuffled = np.random.default_rng(0).permutation(count)
        return [sorted(int(place) for place in shuffled[fold::FOLDS]) for fold in range(FOLDS)]
    try:
        folds = [[int(place) for place in fold] for fold in json.loads(path.read_text(encoding="utf-8"))["folds"]]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"{path.name} is not {{'folds': [[image index, ...], ...]}}") from error
    if sorted(place for fold in folds for place in fold) != list(range(count)):
        raise InvalidInput(f"{path.name} does not name each of the {count} images exactly once")
    return folds
