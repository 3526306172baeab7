"""What every network has in common: the interface that training, inference and choosing know, and small parts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from winnow.errors import InvalidInput
from winnow.segmentation.names import DEFAULT

DROPOUT = 0.1  # of whole channels before the last convolutions: what MC dropout draws from (Gal & Ghahramani 2016)


@dataclass(frozen=True)
class NetworkConfig:
    """What a network is built from: its name in ``NETWORKS``, input channels, classes with the background."""

    name: str = DEFAULT
    channels: int = 1
    classes: int = 2


class SegmentationNetwork(nn.Module, ABC):
    """Maps of falling resolution, and logits made from them; a network defines these two halves.

    descriptor : F, the channels of the deepest map and so the length of a descriptor
    """

    def __init__(self, config: NetworkConfig, *, descriptor: int) -> None:
        super().__init__()
        self.config = config
        self.descriptor = descriptor

    @abstractmethod
    def scales(self, x: Tensor) -> list[Tensor]:
        """(N, channels, H, W) → the maps that ``decode`` needs, finest first; the last one is (N, F, h, w)."""

    @abstractmethod
    def decode(self, scales: list[Tensor], size: torch.Size) -> list[Tensor]:
        """Logits (N, C, *size), the network's answer first; behind it those of auxiliary classifiers, if it has any.

        Auxiliary classifiers exist for training alone: each is held to the masks too, with a weight that fades.
        """

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) float32 → logits (N, C, H, W) float32; any H and W."""
        return self.segment_and_encode(x)[0]

    def encode(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) → descriptors (N, F): per-channel mean of the deepest map.

        Averaging over the places removes translation and, nearly, rotation.
        """
        return self._checked_scales(x)[-1].float().mean(dim=(2, 3))

    def segment_and_encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (N, C, H, W) and descriptors (N, F) from one pass through the backbone."""
        scales = self._checked_scales(x)
        return self.decode(scales, x.shape[2:])[0].float(), scales[-1].float().mean(dim=(2, 3))

    def supervised(self, x: Tensor) -> list[Tensor]:
        """All logits of ``decode``: what training compares with the masks."""
        return [logits.float() for logits in self.decode(self._checked_scales(x), x.shape[2:])]

    def _checked_scales(self, x: Tensor) -> list[Tensor]:
        if x.ndim != 4 or x.shape[1] != self.config.channels:
            raise InvalidInput(f"The network takes (N, {self.config.channels}, H, W); it was given {tuple(x.shape)}.")
        return self.scales(x)


def conv(inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution, batch norm, ReLU; padded so that stride 1 keeps the size and stride 2 gives ceil(size / 2)."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def resize(x: Tensor, size: torch.Size) -> Tensor:
    """Bilinear, to (H, W) of ``size``."""
    if x.shape[2:] == size:
        return x
    return interpolate(x, size=list(size), mode="bilinear", align_corners=False)


def crop(x: Tensor, size: torch.Size) -> Tensor:
    """The top left part of ``size``: what enlarging by two adds to a map whose size was odd goes away again."""
    return x[:, :, : size[0], : size[1]]
