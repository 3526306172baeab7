"""Residual fully convolutional networks after the paper (section 2.3).

Origin: Yang, Zhang, Chen, Zhang, Chen, "Suggestive Annotation", MICCAI 2017.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from winnow.segmentation.networks.base import NetworkConfig, SegmentationNetwork, conv, resize

DESCRIPTOR = 1024  # F: channels of the last backbone map
REDUCED = 16  # channels each scale brings to the joint


class Bottleneck(nn.Module):
    """Residual module: 1x1 to a quarter of the channels, 3x3, 1x1 back; batch norm after each. (N, C, H, W)."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1) -> None:
        super().__init__()
        narrow = outputs // 4
        self.body = nn.Sequential(
            conv(inputs, narrow, kernel=1),
            conv(narrow, narrow, stride=stride),
            nn.Conv2d(narrow, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                nn.BatchNorm2d(outputs),
            )

    def forward(self, x: Tensor) -> Tensor:
        return relu(self.body(x) + self.shortcut(x), inplace=True)


class Branch(nn.Module):
    """One scale's way to the joint: reduced to 16 channels, then enlarged, ``steps`` times with a convolution after."""

    def __init__(self, width: int, *, steps: int) -> None:
        super().__init__()
        self.reduce = conv(width, REDUCED, kernel=1)
        self.steps = nn.ModuleList(conv(REDUCED, REDUCED) for _ in range(steps))

    def forward(self, scale: Tensor, larger: list[torch.Size]) -> Tensor:
        """``larger`` are the sizes of this scale and all above it, up to the joint's: (N, 16, *larger[-1])."""
        x: Tensor = self.reduce(scale)
        for step, size in zip(self.steps, larger[1:], strict=False):
            x = step(resize(x, size))
        return resize(x, larger[-1])


class FCN(SegmentationNetwork):
    """A backbone of stages at halving resolution; the maps of all scales are enlarged and joined by 3x3 and 1x1.

    stages      : channels at the end of every residual module of a stage; the last one is the descriptor's length
    stem_stride : 1 joins the scales at full resolution, 2 at half of it (the logits are then enlarged)
    step_by_step: enlarge each map by factors of two with a convolution after each, else at once
    """

    def __init__(self, config: NetworkConfig, *, stages: tuple[int, ...], stem_stride: int, step_by_step: bool) -> None:
        super().__init__(config, descriptor=stages[-1])
        self.stem = conv(config.channels, stages[0] // 2, stride=stem_stride)
        inputs = (stages[0] // 2, *stages[:-1])
        self.stages = nn.ModuleList(
            nn.Sequential(Bottleneck(before, width, stride=1 if index == 0 else 2), Bottleneck(width, width))
            for index, (before, width) in enumerate(zip(inputs, stages, strict=True))
        )
        self.branches = nn.ModuleList(
            Branch(width, steps=index if step_by_step else 0) for index, width in enumerate(stages)
        )
        self.join = nn.Sequential(conv(REDUCED * len(stages), 64), nn.Conv2d(64, config.classes, 1))

    def scales(self, x: Tensor) -> list[Tensor]:
        scales = []
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
            scales.append(x)
        return scales

    def decode(self, scales: list[Tensor], size: torch.Size) -> list[Tensor]:
        sizes = [scale.shape[2:] for scale in scales]
        maps = [
            branch(scale, larger=sizes[index::-1])
            for index, (branch, scale) in enumerate(zip(self.branches, scales, strict=True))
        ]
        return [resize(self.join(torch.cat(maps, dim=1)).float(), size)]


def fcn(config: NetworkConfig) -> SegmentationNetwork:
    """The paper's network: full-resolution stem, six scales down to 1/32, each enlarged step by step."""
    return FCN(config, stages=(32, 64, 128, 256, 512, DESCRIPTOR), stem_stride=1, step_by_step=True)


def fcn_fast(config: NetworkConfig) -> SegmentationNetwork:
    """Its relative for machines without a GPU: stride-2 stem, scales 1/2 .. 1/32 joined at 1/2."""
    return FCN(config, stages=(64, 128, 256, 512, DESCRIPTOR), stem_stride=2, step_by_step=False)
