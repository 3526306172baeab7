"""Augmentation of whole batches as tensors: a few milliseconds, where per-image transforms cost as much as the network."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate

from winnow.segmentation.data import BLACK, IGNORED

TURN = math.radians(15)
ZOOM = 0.2  # in the logarithm: 0.82 to 1.22 times
SHIFT = 0.1  # of the image's side, times two (coordinates run from -1 to 1)
SHEAR = 0.1
BEND = 0.02  # standard deviation of the elastic map at its knots, in coordinates from -1 to 1: 1 % of the side
KNOTS, SMOOTH = 6, 32  # points a side: drawn, and enlarged smoothly


def augment(images: Tensor, masks: Tensor, *, generator: Generator) -> tuple[Tensor, Tensor]:
    """Left-right flips, an affine and an elastic map, brightness, contrast, gamma and noise, for each image alone.

    Never upside down: fluid sinks and patients lie on their backs, so up and down tell classes apart. Intensities
    change little for the same reason: in CT they are what a tissue is known by.

    images    : (N, channels, H, W) float32 in -1..1
    masks     : (N, H, W) int16 class indices
    generator : the only source of chance
    returns   : the same shapes and dtypes; what comes from outside the frame is black and ``IGNORED``
    """
    maps = _affine(len(images), generator)
    bends = BEND * torch.randn(len(images), 2, KNOTS, KNOTS, generator=generator)
    images, masks = warp(images, masks, maps, bends)
    return shade(images, generator=generator), masks


def warp(images: Tensor, masks: Tensor, maps: Tensor, bends: Tensor) -> tuple[Tensor, Tensor]:
    """Moves images (bilinear) and masks (nearest) through the same grid.

    maps  : (N, 2, 3) affine
    bends : (N, 2, knots, knots) elastic: shifts in x and y at knots over the image, smooth between them; coordinates
            run from -1 to 1. Source: Simard, Steinkraus, Platt 2003; knots as in Ronneberger et al. 2015
    """
    grid = affine_grid(maps, [len(images), 1, *images.shape[2:]], align_corners=False)
    # smooth at a coarse grid, then straight between its points: a tenth of the time, and nobody sees the difference
    smooth = interpolate(bends, size=[SMOOTH, SMOOTH], mode="bicubic", align_corners=True)
    grid = grid + interpolate(smooth, size=images.shape[2:], mode="bilinear", align_corners=True).permute(0, 2, 3, 1)
    # shifted so that grid_sample's zeros outside the frame mean "black" and "ignored"
    moved = grid_sample(images - BLACK, grid, align_corners=False) + BLACK
    labels = grid_sample((masks - IGNORED).float()[:, None], grid, mode="nearest", align_corners=False)
    return moved, (labels[:, 0].round() + IGNORED).to(masks.dtype)


def shade(images: Tensor, *, generator: Generator) -> Tensor:
    """Changes intensities only: gamma, contrast, brightness, then Gaussian noise of a strength of its own."""
    count = (len(images), 1, 1, 1)
    gamma = (_uniform(count, generator) * 0.15).exp()
    contrast = 1 + 0.1 * _uniform(count, generator)
    brightness = 0.1 * _uniform(count, generator)
    noise = 0.05 * torch.rand(count, generator=generator)
    bent = ((images - BLACK) / 2).clamp(0, 1) ** gamma * 2 + BLACK
    return bent * contrast + brightness + noise * torch.randn(images.shape, generator=generator)


def _uniform(shape: tuple[int, ...], generator: Generator) -> Tensor:
    return torch.rand(shape, generator=generator) * 2 - 1


def _affine(count: int, generator: Generator) -> Tensor:
    turn = TURN * _uniform((count,), generator)
    zoom = (ZOOM * _uniform((count,), generator)).exp()
    shear = SHEAR * _uniform((count,), generator)
    shift = 2 * SHIFT * _uniform((count, 2), generator)
    mirror = torch.randint(0, 2, (count,), generator=generator) * 2 - 1
    flip = torch.stack([mirror, torch.ones_like(mirror)], dim=1)
    rotation = torch.stack([turn.cos(), -turn.sin(), turn.sin(), turn.cos()], dim=1).reshape(count, 2, 2)
    slant = torch.eye(2).repeat(count, 1, 1)
    slant[:, 0, 1] = shear
    linear = rotation @ slant * (zoom[:, None] * flip)[:, None, :]
    return torch.cat([linear, shift[:, :, None]], dim=2)
