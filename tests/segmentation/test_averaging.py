from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from winnow.segmentation.averaging import begin, follow, settle
from winnow.segmentation.data import to_tensors
from winnow.segmentation.networks import NetworkConfig, build
from winnow.segmentation.training import TrainingConfig, train_member


def weight(value: float) -> nn.Linear:
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, value)
    return layer


def test_weights_that_stand_still_are_their_own_average():
    layer = weight(3)
    average = begin(layer)
    for step in range(5):
        follow(average, layer, decay=0.9, step=step)
    assert float(average["weight"]) == pytest.approx(3)


def test_the_start_is_forgotten_quickly_and_later_weights_slowly():
    average = begin(weight(0))
    follow(average, weight(1), decay=0.9, step=0)
    assert float(average["weight"]) == pytest.approx(0.9)
    average = begin(weight(0))
    follow(average, weight(1), decay=0.9, step=10_000)
    assert float(average["weight"]) == pytest.approx(0.1)


def test_the_average_is_a_copy():
    layer = weight(1)
    average = begin(layer)
    nn.init.constant_(layer.weight, 7)
    assert float(average["weight"]) == 1


def test_statistics_are_those_of_the_images():
    network = nn.Sequential(nn.BatchNorm2d(1))
    network[0].running_mean.fill_(99)
    images = 5 + 2 * torch.randn(8, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    settle(network, images, batch=4, rng=np.random.default_rng(0))
    assert float(network[0].running_mean) == pytest.approx(float(images.mean()), abs=0.02)
    assert float(network[0].running_var) == pytest.approx(float(images.var()), abs=0.1)
    assert network[0].momentum == 0.1
    assert not network.training


def test_a_short_training_is_not_spoiled_by_statistics_of_the_start(samples):
    """Ten steps: seen through their own statistics the images look as they did in training, else not."""
    network = NetworkConfig("fcn_fast", 1, 3)
    images, _ = to_tensors(samples, size=48, channels=1, classes=3)
    strange = []
    for averaging in (0.0, 0.5):
        config = TrainingConfig(size=48, epochs=2, batch=4, averaging=averaging)
        state = train_member(
            samples, network=network, training=config, seed=0, checkpoint=None, report=lambda _share: None
        )
        trained = build(network)
        trained.load_state_dict(state)
        with torch.inference_mode():
            alone = trained.eval()(images).softmax(dim=1)
            together = trained.train()(images).softmax(dim=1)
        strange.append(float((alone - together).abs().mean()))
    assert strange[1] < 0.5 * strange[0]
