"""The networks that segment: one file for each, which makes it by a function of the same name, and its name in ``names``."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from winnow.errors import InvalidInput
from winnow.segmentation.names import NETWORK_NAMES
from winnow.segmentation.networks.base import NetworkConfig, SegmentationNetwork

__all__ = ["NETWORKS", "NetworkConfig", "SegmentationNetwork", "build"]

NETWORKS: dict[str, Callable[[NetworkConfig], SegmentationNetwork]] = {
    name: getattr(import_module(f"{__name__}.{name}"), name) for name in NETWORK_NAMES
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
