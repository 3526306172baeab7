from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from winnow.imaging.strokes import connected, shapes_in, top_hat

GREY = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=24))
MASK = arrays.arrays(np.bool_, arrays.array_shapes(min_dims=2, max_dims=2, max_side=24))


@given(GREY, st.sampled_from([1, 3, 5, 9]))
def test_the_top_hat_is_scipys(grey: np.ndarray, size: int) -> None:
    around = np.pad(grey, 2 * size, mode="edge")
    opened = ndimage.grey_opening(around, size=(size, size))[2 * size : -2 * size, 2 * size : -2 * size]
    found = top_hat(grey, size=size)
    # near the edge scipy sees what lies beyond it, the edge repeated, and we see the edge repeated after each step
    assert (found <= grey).all()
    inner = (slice(size, -size), slice(size, -size))
    assert np.array_equal(found[inner], (grey - opened)[inner])


@given(MASK)
def test_shapes_are_scipys(mask: np.ndarray) -> None:
    grey = np.arange(mask.size, dtype=np.uint64).reshape(mask.shape).astype(np.uint8)
    labels, count = ndimage.label(mask, structure=np.ones((3, 3)))
    shapes = shapes_in(mask, grey)
    expected = sorted(
        (
            rows.start,
            columns.start,
            rows.stop,
            columns.stop,
            int((labels == number).sum()),
            int(grey[labels == number].max()),
        )
        for number, (rows, columns) in enumerate(ndimage.find_objects(labels), 1)
    )
    assert len(shapes) == count
    found = zip(shapes.boxes.tolist(), shapes.area.tolist(), shapes.level.tolist(), strict=True)
    assert sorted((*box, area, level) for box, area, level in found) == expected


def test_runs_count_the_strokes_of_each_row() -> None:
    mask = np.zeros((5, 9), np.bool_)
    mask[0, 1:8] = True  # a comb: its back, then four teeth
    mask[1:4, 1:8:2] = True
    (runs,) = shapes_in(mask, mask.astype(np.uint8)).runs
    assert runs == 1 + 3 * 4


@pytest.mark.parametrize("count", [0, 1, 5])
def test_things_without_pairs_stay_apart(count: int) -> None:
    none = np.empty(0, np.int64)
    assert connected(count, none, none).tolist() == list(range(count))


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=40))
def test_what_pairs_connect_has_one_label(pairs: list[tuple[int, int]]) -> None:
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    expected = {number: {number} for number in range(20)}
    for one, other in pairs:
        both = expected[one] | expected[other]
        expected |= dict.fromkeys(both, both)
    labels = connected(20, left, right)
    for number, group in expected.items():
        assert {other for other in range(20) if labels[other] == labels[number]} == group
