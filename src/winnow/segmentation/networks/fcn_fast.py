"""A light relative of the paper's network, for machines without a GPU; the default.

The residual bottlenecks, the joint of all scales and the descriptor are the paper's (section 2.3). Unlike there: the
stem halves the resolution, the stages begin at a quarter of it and have half of the channels, the scales are joined at
a quarter, and only a last, narrow convolution works at half. Most of a convolution's cost lies in the finest maps.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from winnow.segmentation.networks.base import DROPOUT, NetworkConfig, SegmentationNetwork, conv, resize
from winnow.segmentation.networks.fcn import Bottleneck

FINE = 16  # channels at half of the resolution
STAGES = (64, 128, 256, 512)  # channels at 1/4 .. 1/32; the last is the descriptor's length
REDUCED = 16  # channels each scale brings to the joint
JOINT = 32


class FastFCN(SegmentationNetwork):
    """Stem at 1/2, residual stages at 1/4 to 1/32, joined at 1/4, refined with the stem's map at 1/2."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config, descriptor=STAGES[-1])
        self.stem = nn.Sequential(conv(config.channels, FINE, stride=2), conv(FINE, FINE))
        self.stages = nn.ModuleList(
            nn.Sequential(Bottleneck(before, width, stride=2), Bottleneck(width, width))
            for before, width in pairwise((FINE, *STAGES))
        )
        self.reduce = nn.ModuleList(conv(width, REDUCED, kernel=1) for width in STAGES)
        self.join = nn.Sequential(
            conv(REDUCED * len(STAGES), JOINT), nn.Dropout2d(DROPOUT), conv(JOINT, FINE, kernel=1)
        )
        self.refine = nn.Sequential(conv(2 * FINE, FINE + 8), nn.Conv2d(FINE + 8, config.classes, 1))

    def scales(self, x: Tensor) -> list[Tensor]:
        scales = [self.stem(x)]
        for stage in self.stages:
            scales.append(stage(scales[-1]))
        return scales

    def decode(self, scales: list[Tensor], size: torch.Size) -> list[Tensor]:
        fine, *coarse = scales
        maps = [resize(reduce(scale), coarse[0].shape[2:]) for reduce, scale in zip(self.reduce, coarse, strict=True)]
        joined = resize(self.join(torch.cat(maps, dim=1)), fine.shape[2:])
        return [resize(self.refine(torch.cat([joined, fine], dim=1)).float(), size)]


def fcn_fast(config: NetworkConfig) -> SegmentationNetwork:
    """0.9 million weights, descriptors of 512 numbers, a quarter of the arithmetic of the same design at 1/2."""
    return FastFCN(config)
