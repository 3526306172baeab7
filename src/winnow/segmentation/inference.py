"""What a committee sees in a batch of images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from winnow.errors import InvalidInput
from winnow.segmentation.devices import best_device, memory_errors, mixed_precision
from winnow.segmentation.networks import SegmentationNetwork


def predict(networks: Sequence[SegmentationNetwork], batch: Tensor) -> NDArray[np.float32]:
    """Each member's class probabilities.

    batch   : (N, channels, H, W) float32 from ``data.to_tensor``
    returns : (M, N, C, H, W) float32, adding up to 1 over C
    raises  : InvalidInput without members, OutOfMemory when the batch does not fit
    """
    return predict_and_encode(networks, batch)[0]


def predict_and_encode(
    networks: Sequence[SegmentationNetwork], batch: Tensor
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """``predict``, and the first member's descriptors (N, F) from the same pass.

    Only one member describes: the members' feature spaces have nothing to do with each other, so a mean over them
    would mix up channels.
    """
    if not networks:
        raise InvalidInput("A committee needs at least one network.")
    passes = [_run(network, batch) for network in networks]
    return np.stack([probabilities for probabilities, _ in passes]), passes[0][1]


def encode(network: SegmentationNetwork, batch: Tensor) -> NDArray[np.float32]:
    """Descriptors (N, F) float32, F as the network has it (1024 for the paper's), of a batch (N, channels, H, W)."""
    return predict_and_encode([network], batch)[1]


def _run(network: SegmentationNetwork, batch: Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    device = best_device()
    network.eval().to(device)
    with (
        memory_errors("There is not enough memory to look at these images: choose a smaller size."),
        torch.inference_mode(),
        mixed_precision(device),
    ):
        logits, descriptors = network.segment_and_encode(batch.to(device, memory_format=torch.channels_last))
    return logits.float().softmax(dim=1).cpu().numpy(), descriptors.cpu().numpy()
