"""What a committee sees in a batch of images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.modules.dropout import _DropoutNd

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


def predict_dropping(network: SegmentationNetwork, batch: Tensor, *, passes: int, seed: int = 0) -> NDArray[np.float32]:
    """One network's class probabilities, each pass with other channels dropped (MC dropout).

    Dropout alone is as in training; batch norm keeps its statistics. Networks drop in ``decode`` only, so the backbone
    runs once.

    batch   : (N, channels, H, W) float32;  passes : T >= 2;  seed : the same one drops the same channels
    returns : (T, N, C, H, W) float32
    raises  : InvalidInput for a network without dropout or for too few passes; OutOfMemory
    source  : Gal & Ghahramani 2016
    """
    if passes < 2:
        raise InvalidInput(f"MC dropout compares 2 passes at least, not {passes}.")
    device = best_device()
    with _looking(network, device), _dropping(network), torch.random.fork_rng(devices=_generators(device)):
        torch.manual_seed(seed)
        x = batch.to(device, memory_format=torch.channels_last)
        scales = network.scales(x)
        drawn = [network.decode(scales, x.shape[2:])[0].float().softmax(dim=1).cpu().numpy() for _ in range(passes)]
    return np.stack(drawn)


def _run(network: SegmentationNetwork, batch: Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    device = best_device()
    with _looking(network, device):
        logits, descriptors = network.segment_and_encode(batch.to(device, memory_format=torch.channels_last))
    return logits.float().softmax(dim=1).cpu().numpy(), descriptors.cpu().numpy()


@contextmanager
def _looking(network: SegmentationNetwork, device: torch.device) -> Iterator[None]:
    network.eval().to(device)
    with (
        memory_errors("There is not enough memory to look at these images: choose a smaller size."),
        torch.inference_mode(),
        mixed_precision(device),
    ):
        yield


@contextmanager
def _dropping(network: SegmentationNetwork) -> Iterator[None]:
    layers = [module for module in network.modules() if isinstance(module, _DropoutNd)]
    if not layers:
        raise InvalidInput("This network has no dropout: train it again to choose by MC dropout.")
    for layer in layers:
        layer.train()
    try:
        yield
    finally:
        network.eval()


def _generators(device: torch.device) -> list[torch.device]:
    """The generators that are put back as they were; the CPU's always is."""
    return [device] if device.type == "cuda" else []
