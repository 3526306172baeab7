"""From pictures to tensors of one size and back, without distortion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from winnow.errors import InvalidInput, InvalidMask
from winnow.imaging.picture import Picture

IGNORED = -1  # in mask tensors: pixels outside the picture, which teach nothing
BLACK = -1.0  # normalised intensity of what lies outside the picture


@dataclass(frozen=True, eq=False)
class Sample:
    """A picture with its mask, (H, W) uint8 of class indices 0..C-1; the name says which image it is."""

    picture: Picture
    mask: NDArray[np.uint8]
    name: str


def channels_of(pictures: Sequence[Picture]) -> int:
    """3 if any picture is RGB, else 1: what the networks of a project with these pictures take."""
    return max((picture.channels for picture in pictures), default=1)


def fitted(picture: Picture, size: int) -> tuple[int, int]:
    """Height and width of a picture inside the square of ``size``: the longer side fills it, the ratio is kept."""
    if size < 1:
        raise InvalidInput(f"The size in pixels is at least 1, not {size}.")
    scale = size / max(picture.height, picture.width)
    return max(1, round(picture.height * scale)), max(1, round(picture.width * scale))


def to_tensor(picture: Picture, size: int, *, channels: int) -> Tensor:
    """The picture as a network sees it.

    size    : pixels, side of the square the picture is fitted into (top left; the rest is black)
    channels: 1 or 3; grey is repeated for 3
    returns : (channels, size, size) float32; the window's range becomes -1..1, what lies outside is clipped
    raises  : InvalidInput for an RGB picture where the network takes grey
    """
    if picture.channels > channels:
        raise InvalidInput("The network in use has learned from grey images; this image is in colour.")
    centre, width = picture.window
    values = (picture.pixels.astype(np.float32) - np.float32(centre - 0.5)) / np.float32(max(width - 1, 1)) * 2
    planes = torch.from_numpy(np.clip(values, -1, 1)).reshape(picture.height, picture.width, -1).permute(2, 0, 1)
    height, breadth = fitted(picture, size)
    small = interpolate(planes[None], size=(height, breadth), mode="bilinear", antialias=True)[0]
    tensor = torch.full((channels, size, size), BLACK)
    tensor[:, :height, :breadth] = small
    return tensor


def mask_tensor(mask: NDArray[np.uint8], picture: Picture, size: int, *, classes: int) -> Tensor:
    """The mask in the same square as its picture.

    returns : (size, size) int16, ``IGNORED`` outside the picture; nearest pixels, so thin classes keep their share
    raises  : InvalidMask for another shape than the picture's or values that are no class index
    """
    if mask.shape != (picture.height, picture.width):
        raise InvalidMask(f"The mask is {mask.shape}, its image {(picture.height, picture.width)}: they must be alike.")
    if int(mask.max()) >= classes:
        raise InvalidMask(f"The mask holds the class index {mask.max()}; the network has the classes 0..{classes - 1}.")
    small = interpolate(
        torch.from_numpy(mask.astype(np.uint8))[None, None], size=fitted(picture, size), mode="nearest-exact"
    )
    tensor = torch.full((size, size), IGNORED, dtype=torch.int16)
    tensor[: small.shape[2], : small.shape[3]] = small[0, 0]
    return tensor


def restore(array: NDArray[Any], picture: Picture) -> NDArray[np.float32]:
    """Maps over the square back to the picture's own pixels: the inverse of ``to_tensor``.

    array   : (..., size, size) numbers, such as probabilities (M, C, size, size)
    returns : (..., H, W) float32, bilinear; probabilities still add up to 1
    """
    size = array.shape[-1]
    height, breadth = fitted(picture, size)
    leading = array.shape[:-2]
    inside = torch.from_numpy(np.ascontiguousarray(array[..., :height, :breadth], dtype=np.float32))
    own = interpolate(
        inside.reshape(1, -1, height, breadth), size=(picture.height, picture.width), mode="bilinear", antialias=True
    )
    restored: NDArray[np.float32] = own.numpy().reshape(*leading, picture.height, picture.width)
    return restored


def to_tensors(samples: Sequence[Sample], *, size: int, channels: int, classes: int) -> tuple[Tensor, Tensor]:
    """All samples at once: (N, channels, size, size) float32 and (N, size, size) int16."""
    images = torch.stack([to_tensor(sample.picture, size, channels=channels) for sample in samples])
    masks = torch.stack([mask_tensor(sample.mask, sample.picture, size, classes=classes) for sample in samples])
    return images, masks
