"""What training minimises: Dice and cross-entropy, balanced so that rare classes are not drowned."""

from __future__ import annotations

import torch
from torch import Tensor

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
    return _dice(_Pixels(logits, masks))


def segmentation_loss(logits: Tensor, masks: Tensor, *, weights: Tensor) -> Tensor:
    """Dice plus class-weighted cross-entropy; scalar. Shapes as in ``soft_dice_loss``; weights (C,)."""
    pixels = _Pixels(logits, masks)
    heavy = weights[pixels.masks] * pixels.known
    entropy = -(heavy * pixels.logs_of_truth).sum() / heavy.sum().clamp(min=torch.finfo(heavy.dtype).tiny)
    return entropy + _dice(pixels)


class _Pixels:
    """The batch as a list of P pixels. Both losses need the same two passes over the logits, and those are what costs.

    logs          : (C, P) log-probabilities, in this order because a softmax over four neighbours in memory is slow
    masks         : (P,) class indices, 0 where ignored;  known : (P,) 1, or 0 where ignored
    logs_of_truth : (P,) those of the classes in ``masks``
    """

    def __init__(self, logits: Tensor, masks: Tensor) -> None:
        self.logs = logits.transpose(0, 1).reshape(logits.shape[1], -1).log_softmax(dim=0)
        given = masks.reshape(-1).long()
        self.masks = given.clamp(min=0)
        self.known = (given != IGNORED).to(logits.dtype)
        self.logs_of_truth = self.logs.gather(0, self.masks[None])[0]


def _dice(pixels: _Pixels) -> Tensor:
    zeros = torch.zeros_like(pixels.logs[:, 0])
    hits = zeros.index_add(0, pixels.masks, pixels.logs_of_truth.exp() * pixels.known)[1:]
    truth = zeros.index_add(0, pixels.masks, pixels.known)[1:]
    guess = (pixels.logs.exp() @ pixels.known)[1:]
    present = truth > 0
    scores = (2 * hits + 1) / (guess + truth + 1)
    return (1 - scores)[present].mean() if bool(present.any()) else zeros.sum()
