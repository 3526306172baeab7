from __future__ import annotations

import pytest
import torch

from winnow.segmentation.data import IGNORED
from winnow.segmentation.losses import HEAVIEST, class_weights, segmentation_loss, soft_dice_loss


def perfect(masks: torch.Tensor, classes: int) -> torch.Tensor:
    return torch.nn.functional.one_hot(masks.long(), classes).permute(0, 3, 1, 2) * 40.0


def test_rare_classes_weigh_more_by_the_fourth_root_of_their_share():
    masks = torch.tensor([[[0] * 80 + [1] * 5]])
    weights = class_weights(masks, classes=3)
    assert weights[1] / weights[0] == pytest.approx(2)
    assert weights[2] == 0
    assert weights[:2].mean() == pytest.approx(1)


def test_no_class_outweighs_another_without_bound():
    masks = torch.zeros(1, 1000, 1000, dtype=torch.int16)
    masks[0, 0, 0] = 1
    weights = class_weights(masks, classes=2)
    assert weights[1] / weights[0] == pytest.approx(HEAVIEST)


def test_what_is_outside_the_picture_does_not_count():
    masks = torch.tensor([[[0, 1, IGNORED, IGNORED]]])
    assert class_weights(masks, classes=2).tolist() == [1, 1]
    logits = torch.randn(1, 2, 1, 4)
    other = logits.clone()
    other[..., 2:] = torch.randn(1, 2, 1, 2)
    weights = torch.ones(2)
    first, second = (segmentation_loss(each, masks, weights=weights) for each in (logits, other))
    assert first == pytest.approx(float(second))


def test_the_loss_is_nothing_when_all_is_right_and_much_when_all_is_wrong():
    masks = torch.randint(0, 3, (2, 8, 8))
    logits = perfect(masks, 3)
    assert segmentation_loss(logits, masks, weights=torch.ones(3)) < 1e-3
    assert soft_dice_loss(perfect((masks + 1) % 3, 3), masks) > 0.9


def test_batches_of_background_only_or_of_nothing_known_still_have_a_gradient():
    for value in (0, IGNORED):
        logits = torch.randn(2, 3, 4, 4, requires_grad=True)
        loss = segmentation_loss(logits, torch.full((2, 4, 4), value), weights=torch.ones(3))
        loss.backward()
        assert logits.grad.isfinite().all()


def test_dice_follows_its_definition():
    masks = torch.tensor([[[1, 1, 0, 0]]])
    logits = perfect(torch.tensor([[[1, 0, 1, 0]]]), 2)
    assert soft_dice_loss(logits, masks) == pytest.approx(1 - (2 * 1 + 1) / (2 + 2 + 1))
