"""A tiny training that the processes of test_cluster.py run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from winnow.imaging.picture import Picture
from winnow.segmentation.data import Sample
from winnow.segmentation.networks import NetworkConfig
from winnow.segmentation.training import TrainingConfig, train_member

TRAINING = TrainingConfig(size=48, epochs=1, batch=2, least_steps=3)


def train(seed: int, report: Callable[[float], None]) -> dict[str, Any]:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 48, 48)).astype(np.uint8)
    samples = [Sample(Picture(image, (128.0, 256.0)), (image > 200).astype(np.uint8), "") for image in pixels]
    state = train_member(
        samples, network=NetworkConfig("unet"), training=TRAINING, seed=seed, checkpoint=None, report=report
    )
    return {name: tensor.numpy() for name, tensor in state.items()}
