"""CUMedNet: a contextual network whose three deeper levels each give an answer; the answers are added up.

Source: Chen, Qi, Cheng, Heng, "Deep Contextual Networks for Neuronal Structure Segmentation", AAAI 2016.
Unlike there: half of the channels, and batch norm after each convolution, as in all networks here.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from winnow.segmentation.networks.base import DROPOUT, NetworkConfig, SegmentationNetwork, conv, crop

WIDTHS = (32, 64, 128, 256)  # channels at 1, 1/2, 1/4, 1/8 of the resolution; the last is the descriptor's length
DEPTHS = (2, 2, 3, 3)  # convolutions at each
SIDE = 16  # channels of a level's map once it is enlarged


class Side(nn.Module):
    """One level's way to an answer at full resolution: enlarged by a learned (transposed) convolution, classified."""

    def __init__(self, width: int, classes: int, *, times: int) -> None:
        super().__init__()
        enlarge = nn.ConvTranspose2d(width, SIDE, 2 * times, stride=times, padding=times // 2, bias=False)
        self.enlarge = nn.Sequential(enlarge, nn.BatchNorm2d(SIDE), nn.ReLU(inplace=True))
        self.classify = nn.Sequential(nn.Dropout2d(DROPOUT), nn.Conv2d(SIDE, classes, 1))

    def forward(self, scale: Tensor, size: torch.Size) -> Tensor:
        logits: Tensor = self.classify(crop(self.enlarge(scale), size))
        return logits


class CUMedNet(SegmentationNetwork):
    """A plain backbone; sides at 1/2, 1/4 and 1/8 see ever larger surroundings. Their sum is the network's answer."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config, descriptor=WIDTHS[-1])
        before = (config.channels, *WIDTHS[:-1])
        self.stages = nn.ModuleList(
            nn.Sequential(conv(inputs, width), *(conv(width, width) for _ in range(depth - 1)))
            for inputs, width, depth in zip(before, WIDTHS, DEPTHS, strict=True)
        )
        self.sides = nn.ModuleList(
            Side(width, config.classes, times=2**level) for level, width in enumerate(WIDTHS[1:], start=1)
        )

    def scales(self, x: Tensor) -> list[Tensor]:
        scales: list[Tensor] = []
        for stage in self.stages:
            x = stage(max_pool2d(scales[-1], 2, ceil_mode=True) if scales else x)
            scales.append(x)
        return scales[1:]

    def decode(self, scales: list[Tensor], size: torch.Size) -> list[Tensor]:
        answers = [side(scale, size).float() for side, scale in zip(self.sides, scales, strict=True)]
        return [torch.stack(answers).sum(dim=0), *answers]


def cumednet(config: NetworkConfig) -> SegmentationNetwork:
    """CUMedNet with 32 .. 256 channels and three auxiliary classifiers; 3.1 million weights, descriptors of 256."""
    return CUMedNet(config)
