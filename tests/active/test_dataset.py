from __future__ import annotations

import json

import numpy as np
import pytest

from winnow.active.dataset import image_names, mask_path, read_dataset
from winnow.errors import InvalidInput, InvalidMask, UnreadableFile
from winnow.imaging.files import encode_png
from winnow.imaging.mask import encode_mask_png


@pytest.fixture
def folder(tmp_path):
    """Seven images of different sizes, the last in colour; classes 3 and 9."""
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    rng = np.random.default_rng(0)
    for i in range(7):
        shape = (8 + i, 10)
        pixels = rng.integers(0, 256, (*shape, 3) if i == 6 else shape).astype(np.uint8)
        (tmp_path / "images" / f"{i}.png").write_bytes(encode_png(pixels))
        mask = np.zeros(shape, np.uint8)
        mask[0, 0] = 3 if i % 2 else 9
        (tmp_path / "masks" / f"{i}.png").write_bytes(encode_mask_png(mask))
    return tmp_path


def test_images_come_with_their_masks_in_the_order_of_names(folder):
    data = read_dataset(folder)
    assert [sample.name for sample in data.samples] == [f"{i}.png" for i in range(7)]
    assert data.classes == [3, 9]
    assert [sample.mask[0, 0] for sample in data.samples] == [9, 3, 9, 3, 9, 3, 9]
    assert data.samples[6].picture.channels == 3


def test_without_a_file_five_folds_hold_every_image_once(folder):
    folds = read_dataset(folder).folds
    assert len(folds) == 5
    assert sorted(place for fold in folds for place in fold) == list(range(7))
    assert folds == read_dataset(folder).folds


def test_folds_of_the_file_are_taken(folder):
    folds = [[0, 2, 4], [1, 3], [5, 6]]
    (folder / "folds.json").write_text(json.dumps({"folds": folds, "unit": "image index"}))
    assert read_dataset(folder).folds == folds


@pytest.mark.parametrize("text", ['{"folds": [[0, 1], [1, 2]]}', '{"folds": 3}', "[]", "no json", '{"folds": [["x"]]}'])
def test_folds_that_do_not_fit_are_refused(folder, text):
    (folder / "folds.json").write_text(text)
    with pytest.raises(InvalidInput, match=r"folds\.json"):
        read_dataset(folder)


@pytest.mark.parametrize(
    ("name", "mask"),
    [("0.png", "0.png"), ("0.png", "0.png.png"), ("0.jpg", "0.png"), ("0.jpg", "0.jpg.png"), ("0.png.png", "0.png")],
)
def test_a_mask_is_found_under_each_name_it_may_have(tmp_path, name, mask):
    (tmp_path / mask).touch()
    assert mask_path(tmp_path, name) == tmp_path / mask


def test_an_image_without_mask_is_named(folder):
    (folder / "masks" / "3.png").unlink()
    with pytest.raises(InvalidInput, match=r"3\.png"):
        read_dataset(folder)


def test_a_mask_of_another_size_is_named(folder):
    (folder / "masks" / "2.png").write_bytes(encode_mask_png(np.zeros((3, 3), np.uint8)))
    with pytest.raises(InvalidMask, match=r"2\.png"):
        read_dataset(folder)


def test_a_damaged_image_or_mask_is_named(folder):
    (folder / "images" / "2.png").write_bytes(b"not a picture")
    with pytest.raises(UnreadableFile, match=r"2\.png"):
        read_dataset(folder)
    (folder / "masks" / "1.png").write_bytes(b"not a mask")
    with pytest.raises(InvalidMask, match=r"1\.png"):
        read_dataset(folder)


def test_empty_folders_and_empty_masks_are_refused(folder, tmp_path):
    with pytest.raises(InvalidInput, match="no images"):
        read_dataset(tmp_path / "nowhere")
    for i in range(7):
        (folder / "masks" / f"{i}.png").write_bytes(encode_mask_png(np.zeros((8 + i, 10), np.uint8)))
    with pytest.raises(InvalidInput, match="empty"):
        read_dataset(folder)


def test_other_files_are_no_images(folder):
    (folder / "images" / "notes.txt").touch()
    assert len(image_names(folder / "images")) == 7


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "images", "classes", "channels"),
    [("ct100", 100, [1, 2, 3], {1}), ("wbc", 300, [1, 2], {3}), ("dsb2018", 100, [1], {1, 3}), ("em", 20, [1], {1})],
)
def test_real_images_are_read_whatever_their_sizes_and_colours(shared_data, name, images, classes, channels):
    data = read_dataset(shared_data / name)
    assert len(data.samples) == images
    assert data.classes == classes
    assert {sample.picture.channels for sample in data.samples} == channels
    assert [len(fold) for fold in data.folds] == [images // 5] * 5
