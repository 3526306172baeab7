"""COCO: polygons and run lengths, as pycocotools itself draws them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco

from winnow.errors import InvalidInput, UnreadableFile
from winnow.imaging.coco import label_map, read_coco

SIZE = (20, 30)


def content(*segmentations: Any, categories: tuple[int, ...] = (7, 8)) -> bytes:
    return json.dumps(
        {
            "images": [{"id": 1, "file_name": "a/000.png", "height": SIZE[0], "width": SIZE[1]}],
            "categories": [{"id": number, "name": f"class {number}"} for number in categories],
            "annotations": [
                {"id": n, "image_id": 1, "category_id": categories[n % len(categories)], "segmentation": each}
                for n, each in enumerate(segmentations)
            ],
        }
    ).encode()


def drawn(*segmentations: Any) -> np.ndarray | None:
    file = read_coco(content(*segmentations))
    assert file is not None
    (image,) = file.images()
    assert image.name == "a/000.png"
    return label_map(image, {7: 1, 8: 2})


def test_run_lengths_packed_or_not_say_the_same():
    wanted = np.random.default_rng(0).random(SIZE) > 0.6
    packed = coco.encode(np.asfortranarray(wanted.astype(np.uint8)))
    flat = wanted.T.ravel()
    changes = np.flatnonzero(np.diff(flat)) + 1
    counts = np.diff([0, *changes, flat.size]).tolist()
    plain = {"size": list(SIZE), "counts": counts if not flat[0] else [0, *counts]}
    for segmentation in (plain, {"size": list(SIZE), "counts": packed["counts"].decode()}):
        assert np.array_equal(drawn(segmentation), wanted)


def test_polygons_are_filled_and_the_last_one_lies_on_top():
    mask = drawn([[2, 2, 12, 2, 12, 12, 2, 12]], [[8, 8, 20, 8, 20, 16, 8, 16]])
    assert mask is not None
    assert (mask[5, 5], mask[10, 10], mask[14, 18], mask[0, 0]) == (1, 2, 2, 0)
    assert int((mask > 0).sum()) == pytest.approx(100 + 96 - 16, abs=3)


def test_far_away_points_take_no_memory():
    mask = drawn([[0, 0, 1e12, 0, 1e12, 1e12, 0, 1e12]])
    assert mask is not None
    assert mask.all()


def test_an_image_without_shapes_has_no_mask():
    assert drawn() is None


def test_a_category_that_is_no_class_is_told():
    file = read_coco(content([[2, 2, 12, 2, 12, 12]]))
    assert file is not None
    with pytest.raises(InvalidInput, match="category 7"):
        label_map(next(file.images()), {8: 1})


@pytest.mark.parametrize(
    "segmentation",
    [
        {"size": [20, 31], "counts": [620]},
        {"size": list(SIZE), "counts": [599]},
        {"size": list(SIZE), "counts": [-5, 605]},
        {"size": list(SIZE), "counts": "0000~~~"},
        {"size": list(SIZE), "counts": None},
        [[1, 2, 3]],
        [["a", "b"]],
        [[1, 2, float("nan"), 4, 5, 6]],
        7,
    ],
)
def test_broken_shapes_are_unreadable(segmentation: Any):
    with pytest.raises(UnreadableFile, match="COCO"):
        drawn(segmentation)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"images": 3}', b"\xff\xfe", b"[" * 100_000])
def test_other_json_is_no_coco(data: bytes):
    assert read_coco(data) is None
