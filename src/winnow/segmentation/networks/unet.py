"""The U-Net, narrow and with batch norm.

Source: Ronneberger, Fischer, Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation", MICCAI 2015.
Unlike there: a quarter of the channels (16 .. 256, not 64 .. 1024), batch norm after each convolution, and padded
convolutions, so that the answer is as large as the image.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from winnow.segmentation.networks.base import DROPOUT, NetworkConfig, SegmentationNetwork, conv, crop

WIDTHS = (16, 32, 64, 128, 256)  # channels at 1, 1/2 .. 1/16 of the resolution; the last is the descriptor's length


class UNet(SegmentationNetwork):
    """Two convolutions a scale, down and up again; each scale's map is handed across to the way up."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config, descriptor=WIDTHS[-1])
        before = (config.channels, *WIDTHS[:-1])
        self.down = nn.ModuleList(_double(inputs, width) for inputs, width in zip(before, WIDTHS, strict=True))
        pairs = list(pairwise(WIDTHS[::-1]))
        self.enlarge = nn.ModuleList(nn.ConvTranspose2d(deep, width, 2, stride=2) for deep, width in pairs)
        self.up = nn.ModuleList(_double(2 * width, width) for _, width in pairs)
        self.classify = nn.Sequential(nn.Dropout2d(DROPOUT), nn.Conv2d(WIDTHS[0], config.classes, 1))

    def scales(self, x: Tensor) -> list[Tensor]:
        scales: list[Tensor] = []
        for stage in self.down:
            x = stage(max_pool2d(scales[-1], 2, ceil_mode=True) if scales else x)
            scales.append(x)
        return scales

    def decode(self, scales: list[Tensor], size: torch.Size) -> list[Tensor]:  # noqa: ARG002  (the first scale has it)
        *across, x = scales
        for enlarge, merge, scale in zip(self.enlarge, self.up, reversed(across), strict=True):
            x = merge(torch.cat([scale, crop(enlarge(x), scale.shape[2:])], dim=1))
        return [self.classify(x)]


def _double(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(conv(inputs, outputs), conv(outputs, outputs))


def unet(config: NetworkConfig) -> SegmentationNetwork:
    """The U-Net with 16 .. 256 channels; 1.9 million weights, descriptors of 256 numbers."""
    return UNet(config)
