from __future__ import annotations

import numpy as np
import pytest
import torch

from winnow.errors import InvalidInput, OutOfMemory
from winnow.segmentation.inference import encode, predict, predict_and_encode, predict_dropping
from winnow.segmentation.networks import NETWORKS, NetworkConfig, SegmentationNetwork, build


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
    assert descriptors.shape == (2, 512)
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


@pytest.mark.parametrize("name", NETWORKS)
def test_dropout_draws_several_answers_of_one_network(name):
    """The backbone runs once for all passes: were there dropout in it, MC dropout would miss it."""
    network = build(NetworkConfig(name, 1, 3))
    batch = torch.randn(2, 1, 32, 48)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    drawn = predict_dropping(network, batch, passes=4)
    assert drawn.shape == (4, 2, 3, 32, 48)
    assert np.allclose(drawn.sum(axis=2), 1, atol=1e-5)
    assert len({one.tobytes() for one in drawn}) == 4
    assert np.array_equal(drawn, predict_dropping(network, batch, passes=4))
    assert not np.array_equal(drawn, predict_dropping(network, batch, passes=4, seed=1))
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())  # batch norm too
    with torch.inference_mode():
        first, second = (network.train().scales(batch)[-1] for _ in range(2))
    assert torch.equal(first, second)


def test_chance_elsewhere_is_left_alone_by_dropping(committee):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    predict_dropping(committee[0], torch.randn(1, 1, 32, 32, generator=torch.Generator()), passes=2)
    assert torch.equal(torch.rand(1), expected)


def test_what_cannot_drop_is_refused(committee):
    with pytest.raises(InvalidInput, match="2 passes"):
        predict_dropping(committee[0], torch.zeros(1, 1, 32, 32), passes=1)
    rigid = build(NetworkConfig("unet"))
    rigid.classify = rigid.classify[-1]
    with pytest.raises(InvalidInput, match="no dropout"):
        predict_dropping(rigid, torch.zeros(1, 1, 32, 32), passes=2)
