"""The paper's residual fully convolutional network (section 2.3), as written.

Origin: Yang, Zhang, Chen, Zhang, Chen, "Suggestive Annotation", MICCAI 2017.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from winnow.segmentation.networks.base import DROPOUT, NetworkConfig, SegmentationNetwork, conv, resize

STAGES = (32, 64, 128, 256, 512, 1024)  # channels at 1 .. 1/32 of the resolution; the last is the descriptor's length
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
    """One scale's way to the joint: reduced to 16 channels, then ``steps`` times doubled with a convolution after."""

    def __init__(self, width: int, *, steps: int) -> None:
        super().__init__()
        self.reduce = conv(width, REDUCED, kernel=1)
        self.steps = nn.ModuleList(conv(REDUCED, REDUCED) for _ in range(steps))

    def forward(self, scale: Tensor, larger: list[torch.Size]) -> Tensor:
        """``larger`` are the sizes of this scale and all above it, up to the joint's: (N, 16, *larger[-1])."""
        x: Tensor = self.reduce(scale)
        for step, size in zip(self.steps, larger[1:], strict=True):
            x = step(resize(x, size))
        return x


class FCN(SegmentationNetwork):
    """Six scales from full resolution to 1/32, each enlarged step by step; joined by 3x3 and 1x1 at full resolution."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config, descriptor=STAGES[-1])
        self.stem = conv(config.channels, STAGES[0] // 2)
        inputs = (STAGES[0] // 2, *STAGES[:-1])
        self.stages = nn.ModuleList(
            nn.Sequential(Bottleneck(before, width, stride=1 if index == 0 else 2), Bottleneck(width, width))
            for index, (before, width) in enumerate(zip(inputs, STAGES, strict=True))
        )
        self.branches = nn.ModuleList(Branch(width, steps=index) for index, width in enumerate(STAGES))
        self.join = nn.Sequential(
            conv(REDUCED * len(STAGES), 64), nn.Dropout2d(DROPOUT), nn.Conv2d(64, config.classes, 1)
        )

    def scales(self, x: Tensor) -> list[Tensor]:
        scales = []
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
            scales.append(x)
        return scales

    def decode(self, scales: list[Tensor], size: torch.Size) -> list[Tensor]:  # noqa: ARG002  (the first scale has it)
        sizes = [scale.shape[2:] for scale in scales]
        maps = [
            branch(scale, larger=sizes[index::-1])
            for index, (branch, scale) in enumerate(zip(self.branches, scales, strict=True))
        ]
        return [self.join(torch.cat(maps, dim=1))]


def fcn(config: NetworkConfig) -> SegmentationNetwork:
    """The paper's network: 3.5 million weights, descriptors of 1024 numbers."""
    return FCN(config)
