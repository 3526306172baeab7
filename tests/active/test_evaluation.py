"""Masks in folders against masks in folders."""

from __future__ import annotations

import numpy as np
import pytest

from winnow.active.evaluation import evaluate
from winnow.errors import InvalidInput, InvalidMask
from winnow.imaging.mask import encode_mask_png

from .labelled import write_dataset


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "dataset").mkdir()
    return write_dataset(tmp_path / "dataset")


@pytest.fixture
def masks(tmp_path):
    """Writes masks into a folder by name."""

    def write(folder, **named):
        (tmp_path / folder).mkdir()
        for name, mask in named.items():
            (tmp_path / folder / f"{name}.png").write_bytes(encode_mask_png(np.array(mask, np.uint8)))
        return tmp_path / folder

    return write


def test_a_folder_against_itself_is_perfect(folder):
    result = evaluate(folder / "masks", folder / "masks")
    assert result["images"] == 15
    assert result["classes"] == [2, 4]
    assert result["iou"] == result["dice_per_class"] == [1.0, 1.0]
    assert result["mean_iou"] == result["f1"] == result["dice"] == 1.0


def test_evaluation_by_hand(masks):
    prediction = masks("prediction", a=[[1, 1, 0, 0]], b=[[0, 5, 0, 0]])
    reference = masks("reference", a=[[1, 0, 0, 0]], b=[[0, 5, 5, 0]])
    result = evaluate(prediction, reference)
    assert result["classes"] == [1, 5]
    assert result["iou"] == [0.5, 0.5]
    assert result["f1"] == result["dice"] == pytest.approx(2 / 3)


def test_exported_masks_are_found_under_their_longer_names(folder, tmp_path):
    exported = tmp_path / "exported"
    exported.mkdir()
    for path in (folder / "masks").iterdir():
        (exported / f"{path.name}.png").write_bytes(path.read_bytes())
    assert evaluate(exported, folder / "masks")["mean_iou"] == 1.0
    assert evaluate(folder / "masks", exported)["mean_iou"] == 1.0


def test_evaluation_refuses_what_is_missing_or_does_not_fit(masks, tmp_path):
    some, more = masks("some", a=[[1, 0]]), masks("more", a=[[1, 0]], b=[[1, 0]])
    other = masks("other", a=[[1, 0, 0]])
    with pytest.raises(InvalidInput, match=r"b\.png"):
        evaluate(some, more)
    with pytest.raises(InvalidInput, match="no masks"):
        evaluate(some, tmp_path / "nowhere")
    with pytest.raises(InvalidMask):
        evaluate(some, other)
