"""The networks that segment: one file for each, one line in ``NETWORKS``, and its name in ``segmentation.names``."""

from __future__ import annotations

from collections.abc import Callable

from winnow.errors import InvalidInput
from winnow.segmentation.networks.base import NetworkConfig, SegmentationNetwork
from winnow.segmentation.networks.cumednet import cumednet
from winnow.segmentation.networks.fcn import fcn
from winnow.segmentation.networks.fcn_fast import fcn_fast
from winnow.segmentation.networks.unet import unet

__all__ = ["NETWORKS", "NetworkConfig", "SegmentationNetwork", "build"]

NETWORKS: dict[str, Callable[[NetworkConfig], SegmentationNetwork]] = {
    "fcn": fcn,
    "fcn_fast": fcn_fast,
    "unet": unet,
    "cumednet": cumednet,
}


def build(config: NetworkConfig) -> SegmentationNetwork:
    """A network with fresh weights from torch's current seed. Raises InvalidInput for what cannot be built."""
    if config.name not in NETWORKS:
        raise InvalidInput(f"There is no network named {config.name!r}; there are {', '.join(NETWORKS)}.")
    if config.channels not in (1, 3):
        raise InvalidInput(f"Images have 1 channel (grey) or 3 (RGB), not {config.channels}.")
    if config.classes < 2:
        raise InvalidInput("A network needs at least two classes: the background and one more.")
    return NETWORKS[config.name](config)
