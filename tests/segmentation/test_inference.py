from __future__ import annotations

import numpy as np
import pytest
import torch

from winnow.errors import InvalidInput, OutOfMemory
from winnow.segmentation.inference import encode, predict, predict_and_encode
from winnow.segmentation.networks import NetworkConfig, SegmentationNetwork, build


@pytest.fixture(scope="module")
def committee() -> list[SegmentationNetwork]:
    return [build(NetworkConfig("fcn_fast", 1, 3)) for _ in range(2)]


def test_probabilities_of_every_member(committee):
    probabilities = predict(committee, torch.randn(3, 1, 32, 40))
    assert probabilities.shape == (2, 3, 3, 32, 40)
    assert probabilities.dtype == np.float32
    assert np.allclose(probabilities.sum(axis=2), 1, atol=1e-5)
    assert not np.allclose(probabilities[0], probabilities[1])


def test_the_first_member_describes(committee):
    batch = torch.randn(2, 1, 32, 32)
    probabilities, descriptors = predict_and_encode(committee, batch)
    assert descriptors.shape == (2, 1024)
    assert np.array_equal(descriptors, encode(committee[0], batch))
    assert np.array_equal(probabilities, predict(committee, batch))


def test_looking_changes_nothing(committee):
    batch = torch.randn(2, 1, 32, 32)
    committee[0].train()
    assert np.array_equal(predict(committee, batch), predict(committee, batch))


def test_nobody_sees_nothing():
    with pytest.raises(InvalidInput):
        predict([], torch.zeros(1, 1, 8, 8))


def test_memory_that_runs_out_is_told(committee, monkeypatch):
    def grab(*_args: object) -> None:
        torch.empty(2**60)

    monkeypatch.setattr(committee[0], "segment_and_encode", grab)
    with pytest.raises(OutOfMemory, match="smaller size"):
        predict(committee, torch.zeros(1, 1, 8, 8))
