"""Masks in a COCO JSON: polygons and run lengths become label maps.

Source: the data format of cocodataset.org, section "Object Detection".
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

from winnow.errors import InvalidInput, UnreadableFile
from winnow.imaging.files import MAX_PIXELS

Drawn = NDArray[np.bool_]
_BROKEN = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)


@dataclass(frozen=True)
class CocoImage:
    """What is drawn on one image.

    name   : the file's name as the JSON has it
    shapes : category number and where it is drawn (H, W), in the order of the file: the last one lies on top
    """

    name: str
    shapes: list[tuple[int, Drawn]]


@dataclass(frozen=True)
class Coco:
    """A COCO JSON. ``categories`` are names by number."""

    categories: dict[int, str]
    _content: dict[str, Any]

    def images(self) -> Iterator[CocoImage]:
        """Every image of the file, with those shapes that fill an area. Raises UnreadableFile for broken ones."""
        drawn = defaultdict(list)
        try:
            for shape in self._content["annotations"]:
                drawn[shape["image_id"]].append(shape)
            for image in self._content["images"]:
                size = int(image["height"]), int(image["width"])
                if min(size) < 1 or size[0] * size[1] > MAX_PIXELS:
                    raise UnreadableFile("The COCO file names an image without a size.")
                shapes = [
                    (int(each["category_id"]), _drawn(each["segmentation"], size))
                    for each in drawn[image["id"]]
                    if each.get("segmentation")
                ]
                yield CocoImage(str(image["file_name"]), shapes)
        except _BROKEN as error:
            raise UnreadableFile("The COCO file is damaged: a shape or an image lacks what it needs.") from error


def read_coco(data: bytes) -> Coco | None:
    """The file's content; None for JSON of another kind, or no JSON at all."""
    try:
        content = json.loads(data)
        if not all(isinstance(content[key], list) for key in ("images", "annotations", "categories")):
            return None
        names = {int(category["id"]): str(category["name"]) for category in content["categories"]}
    except (*_BROKEN, RecursionError):
        return None
    return Coco(names, content)


def _drawn(segmentation: Any, size: tuple[int, int]) -> Drawn:
    if isinstance(segmentation, list):
        return _filled(segmentation, size)
    if [int(side) for side in segmentation["size"]] != list(size):
        raise ValueError
    counts = segmentation["counts"]
    return _from_runs(_runs(counts) if isinstance(counts, str) else [int(count) for count in counts], size)


def _filled(polygons: list[list[float]], size: tuple[int, int]) -> Drawn:
    """Polygons as lists of x, y; kept near the image, because the filling takes memory along their length."""
    kept = []
    for polygon in polygons:
        points = np.asarray(polygon, np.float64)
        if points.ndim != 1 or points.size % 2 or not np.isfinite(points).all():
            raise ValueError
        if points.size >= 6:
            near = np.clip(points.reshape(-1, 2), [-size[1], -size[0]], [2 * size[1], 2 * size[0]])
            kept.append(near.ravel().tolist())
    if not kept:
        return np.zeros(size, np.bool_)
    filled = coco.merge(coco.frPyObjects(kept, *size))
    return _from_runs(_runs(filled["counts"].decode()), size)  # its own decoder is not made for NumPy 2


def _runs(text: str) -> list[int]:
    """Compressed counts: five bits a character from 48 on, each run but the first three less the one before the last."""
    runs: list[int] = []
    value, shift = 0, 0
    for character in text:
        bits = ord(character) - 48
        value |= (bits & 0x1F) << shift
        shift += 5
        if not bits & 0x20:
            if bits & 0x10:
                value -= 1 << shift
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value, shift = 0, 0
    return runs


def _from_runs(runs: list[int], size: tuple[int, int]) -> Drawn:
    """Run lengths down the columns, of what is not drawn and what is in turn."""
    if min(runs, default=-1) < 0 or sum(runs) != size[0] * size[1]:
        raise ValueError
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return np.ascontiguousarray(flat.reshape(size[1], size[0]).T)


def label_map(image: CocoImage, values: dict[int, int]) -> NDArray[np.uint8] | None:
    """The mask (H, W) of class values; None where nothing is drawn, so that its size is not known.

    values : class value by category number
    raises : InvalidInput for a category without a value
    """
    mask: NDArray[np.uint8] | None = None
    for category, drawn in image.shapes:
        if category not in values:
            raise InvalidInput(f"The COCO category {category} is no class of this project.")
        mask = np.zeros(drawn.shape, np.uint8) if mask is None else mask
        mask[drawn] = values[category]
    return mask
