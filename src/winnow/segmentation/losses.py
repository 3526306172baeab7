"""What training minimises: Dice and cross-entropy, balanced so that rare classes are not drowned."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from winnow.segmentation.data import IGNORED

HEAVIEST = 10.0  # times the lightest class: more makes training restless without finding more


def class_weights(masks: Tensor, *, classes: int) -> Tensor:
    """Weights of the cross-entropy: one over the fourth root of each class's share of the pixels.

    The best mask by Dice takes a pixel for a class from a probability of half the Dice that can be reached: odds of
    2 to 4, not of 30, in favour of a class with 0.1 % of the pixels. The full or square root finds it everywhere.
    masks   : (N, H, W) class indices, ``IGNORED`` left out
    returns : (C,) float32, mean 1 over the classes that occur; a class that never occurs weighs nothing
    """
    counts = torch.bincount(masks[masks != IGNORED].long().ravel(), minlength=classes).float()
    present = counts > 0
    if not present.any():
        return torch.ones(classes)
    weights = torch.where(present, (counts.sum() / counts.clamp(min=1)) ** 0.25, 0.0)
    weights = weights.clamp(max=HEAVIEST * float(weights[present].min()))
    return weights / weights[present].mean()


def soft_dice_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """One minus the soft Dice of the foreground classes present, pooled over the batch.

    Pooling keeps images without a class from counting as a full miss at a single wrong pixel; classes absent from
    the whole batch are left to the cross-entropy.
    logits  : (N, C, H, W)
    masks   : (N, H, W) class indices or ``IGNORED``
    returns : scalar in 0..1; 0 where the batch holds background only
    """
    classes = logits.shape[1]
    known = masks != IGNORED
    truth = one_hot(masks.long().clamp(min=0), classes).permute(0, 3, 1, 2) * known[:, None]
    guess = logits.softmax(dim=1) * known[:, None]
    hits = (guess * truth).sum(dim=(0, 2, 3))[1:]
    total = (guess.sum(dim=(0, 2, 3)) + truth.sum(dim=(0, 2, 3)))[1:]
    present = truth.sum(dim=(0, 2, 3))[1:] > 0
    scores = (2 * hits + 1) / (total + 1)
    return (1 - scores)[present].mean() if bool(present.any()) else logits.sum() * 0


def segmentation_loss(logits: Tensor, masks: Tensor, *, weights: Tensor) -> Tensor:
    """Dice plus class-weighted cross-entropy; scalar. Shapes as in ``soft_dice_loss``; weights (C,)."""
    if not bool((masks != IGNORED).any()):
        return logits.sum() * 0
    entropy = cross_entropy(logits, masks.long(), weight=weights, ignore_index=IGNORED)
    return entropy + soft_dice_loss(logits, masks)
