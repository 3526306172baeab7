from __future__ import annotations

import torch

from winnow.segmentation.augment import augment, shade, warp
from winnow.segmentation.data import BLACK, IGNORED


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


STRAIGHT = torch.zeros(4, 2, 6, 6)


def batch(size: int = 32) -> tuple[torch.Tensor, torch.Tensor]:
    masks = torch.zeros(4, size, size, dtype=torch.int16)
    masks[:, 4:20, 8:16] = 2
    return (masks[:, None] / 2 * 2 - 1).float(), masks


def test_image_and_mask_move_together():
    images, masks = batch()
    maps = torch.tensor([[[0.9, 0.3, 0.1], [-0.3, 0.9, 0.0]]]).repeat(4, 1, 1)
    moved, labels = warp(images, masks, maps, STRAIGHT)
    bright = moved[:, 0] > 0
    assert (bright == (labels == 2)).float().mean() > 0.98
    assert not torch.equal(labels, masks)


def test_a_bend_moves_image_and_mask_together_and_leaves_far_places_alone():
    images, masks = batch(64)
    bends = STRAIGHT.clone()
    bends[:, 0, 1, 1] = 0.2  # one knot, near the upper left corner, looks to the right
    moved, labels = warp(images, masks, torch.eye(2, 3).repeat(4, 1, 1), bends)
    assert ((moved[:, 0] > 0) == (labels == 2)).float().mean() > 0.98
    assert not torch.equal(labels[:, :32, :32], masks[:, :32, :32])
    assert torch.equal(labels[:, 56:, 56:], masks[:, 56:, 56:])


def test_the_identity_changes_nothing():
    images, masks = batch()
    moved, labels = warp(images, masks, torch.eye(2, 3).repeat(4, 1, 1), STRAIGHT)
    assert torch.allclose(moved, images, atol=1e-5)
    assert torch.equal(labels, masks)


def test_what_comes_from_outside_is_black_and_ignored():
    images, masks = batch()
    away = torch.tensor([[1.0, 0, 5.0], [0, 1.0, 0]]).repeat(4, 1, 1)
    moved, labels = warp(images + 1, masks, away, STRAIGHT)
    assert (moved == BLACK).all()
    assert (labels == IGNORED).all()


def test_shapes_dtypes_and_classes_stay():
    images, masks = batch()
    changed, labels = augment(images, masks, generator=generator())
    assert changed.shape == images.shape
    assert changed.dtype == torch.float32
    assert changed.isfinite().all()
    assert labels.dtype == masks.dtype
    assert set(labels.unique().tolist()) <= {IGNORED, 0, 2}


def test_the_generator_is_the_only_chance():
    images, masks = batch()
    first, again, other = (augment(images, masks, generator=generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], other[0])


def test_each_image_has_its_own_chance():
    images, masks = batch()
    changed = shade(images, generator=generator())
    assert len({float(image.mean()) for image in changed}) == len(masks)


def test_left_and_right_change_places_but_up_stays_up():
    masks = torch.zeros(64, 32, 32, dtype=torch.int16)
    masks[:, 6:10, 20:26] = 1
    images = torch.zeros(64, 1, 32, 32)
    _, moved = augment(images, masks, generator=generator())
    halves = torch.tensor([[(each == 1)[:16].sum(), (each == 1)[:, :16].sum(), (each == 1).sum()] for each in moved])
    assert (halves[:, 0] > halves[:, 2] / 2).all()
    mirrored = (halves[:, 1] > halves[:, 2] / 2).float().mean()
    assert 0.3 < mirrored < 0.7
