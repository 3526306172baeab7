"""Weights averaged over the last steps, with batch-norm statistics that belong to them.

Source: Polyak & Juditsky 1992; for networks Izmailov et al., "Averaging Weights Leads to Wider Optima", UAI 2018.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from winnow.segmentation.devices import best_device, mixed_precision

SETTLING = 128  # images at most that the statistics are measured on


def begin(network: nn.Module) -> dict[str, Tensor]:
    """The average before the first step: a copy of the weights, by name. Statistics are no weights and stay out."""
    return {name: weight.detach().clone() for name, weight in network.named_parameters()}


@torch.no_grad()
def follow(average: dict[str, Tensor], network: nn.Module, *, decay: float, step: int) -> None:
    """Moves the average, in place, towards the weights as they are after ``step`` (0, 1, ...).

    decay : 0..1, how much of the average stays. In the first steps less of it does, so that the weights of the very
            start, which are chance, are soon forgotten however short the training is
    """
    share = 1 - min(decay, (1 + step) / (10 + step))
    weights = dict(network.named_parameters())
    for name, mean in average.items():
        mean.lerp_(weights[name], share)


@torch.no_grad()
def settle(network: nn.Module, images: Tensor, *, batch: int, rng: np.random.Generator) -> None:
    """Measures all batch-norm statistics anew, on images as they are, and leaves the network ready for inference.

    The statistics that training leaves behind are of other weights: of the last steps', not of the average, and in a
    training of less than about 40 steps still half of the empty start, which shows as masks of background only.

    images : (N, channels, H, W); 128 of them at most are used
    batch  : images at once
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over the batches
    chosen = rng.permutation(len(images))[:SETTLING]
    network.train()
    for places in np.array_split(chosen, -(-len(chosen) // batch)):
        with mixed_precision(best_device()):
            network(images[places].to(best_device(), memory_format=torch.channels_last))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.eval()
