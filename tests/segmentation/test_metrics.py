from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from winnow.errors import InvalidInput, InvalidMask
from winnow.segmentation.metrics import confusion, dice, iou, mean, summary

CLASSES = 4
masks = hnp.arrays(np.uint8, (5, 6), elements=st.integers(0, CLASSES - 1))


def test_known_case():
    reference = np.array([[0, 1, 1, 1], [0, 0, 2, 2]])
    prediction = np.array([[0, 1, 1, 0], [1, 0, 2, 1]])
    matrix = confusion(prediction, reference, classes=4)
    assert matrix.tolist() == [[2, 1, 0, 0], [1, 2, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
    assert iou(matrix) == [pytest.approx(2 / 5), pytest.approx(1 / 2), None]
    assert dice(matrix) == [pytest.approx(4 / 7), pytest.approx(2 / 3), None]


def test_a_class_seen_by_nobody_is_unknown_and_one_invented_is_zero():
    background = np.zeros((3, 3), np.uint8)
    assert summary(confusion(background, background, classes=2))["mean_iou"] is None
    assert iou(confusion(background + 1, background, classes=2)) == [0.0]


@given(masks, masks)
def test_facts_of_overlap(first, second):
    matrix = confusion(first, second, classes=CLASSES)
    assert matrix.sum() == first.size
    assert iou(matrix) == iou(matrix.T)
    for overlap, coefficient in zip(iou(matrix), dice(matrix), strict=True):
        if overlap is None:
            assert coefficient is None
        else:
            assert coefficient == pytest.approx(2 * overlap / (1 + overlap))


@given(masks)
def test_a_mask_agrees_with_itself(mask):
    scores = iou(confusion(mask, mask, classes=CLASSES))
    assert scores == [1.0 if (mask == value).any() else None for value in range(1, CLASSES)]


@given(masks, masks, masks, masks)
def test_matrices_add_up_to_the_pooled_one(a, b, c, d):
    pooled = confusion(np.stack([a, c]), np.stack([b, d]), classes=CLASSES)
    assert (confusion(a, b, classes=CLASSES) + confusion(c, d, classes=CLASSES) == pooled).all()


def test_the_summary_is_json_and_f1_is_the_mean_dice():
    matrix = confusion(np.array([0, 1, 2]), np.array([0, 1, 1]), classes=4)
    figures = json.loads(json.dumps(summary(matrix), allow_nan=False))
    assert figures["f1"] == figures["mean_dice"] == pytest.approx((2 / 3 + 0) / 2)
    assert mean([]) is None


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(InvalidMask):
        confusion(np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8), classes=2)
    with pytest.raises(InvalidMask, match=r"0\.\.1"):
        confusion(np.full((2, 2), 2), np.zeros((2, 2), np.uint8), classes=2)
    with pytest.raises(InvalidInput):
        iou(np.zeros((2, 3), np.int64))


def test_scoring_does_not_load_torch():
    check = "import sys, winnow.segmentation.metrics; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
