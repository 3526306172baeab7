"""What images without labels could do for a training with few: the methods that ``few_labels.py`` compares."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Generator, Tensor
from torch.optim import AdamW

from winnow.active.resampling import bootstrap, holdings
from winnow.segmentation.augment import augment
from winnow.segmentation.data import BLACK, IGNORED
from winnow.segmentation.devices import best_device, mixed_precision
from winnow.segmentation.inference import predict
from winnow.segmentation.losses import class_weights, segmentation_loss
from winnow.segmentation.networks import NetworkConfig, SegmentationNetwork, build
from winnow.segmentation.training import BETAS, TrainingConfig, draw_batch, learning_rate

State = dict[str, Tensor]
Networks = list[SegmentationNetwork]
Guesses = tuple[Tensor, Tensor]
Draw = Callable[[np.random.Generator], tuple[Tensor, Tensor]]
Loss = Callable[[list[Tensor], Tensor, float], Tensor]

SQUARES = 8  # to a side: what pre-training blanks out at once is an eighth of the image high and wide
BLANKED = 0.5  # share of the squares
PASSES = 50  # of pre-training over the pool
SURE = (
    0.6  # probability from which a guess counts; at 0.9 three quarters of the lesions are gone, and little background
)
MEMBERS = 4
PRETRAINED: dict[str, State] = {}


@dataclass(eq=False)
class Cell:
    """One comparison: labelled images (N, channels, H, W) and masks (N, H, W), those without, and how to train."""

    images: Tensor
    masks: Tensor
    unlabelled: Tensor
    network: NetworkConfig
    training: TrainingConfig
    seed: int
    done: dict[str, Networks] = field(default_factory=dict)

    def train(self, method: str) -> Networks:
        """The networks that a method gives, whose mean is the answer; trained once."""
        if method not in self.done:
            self.done[method] = METHODS[method](self)
        return self.done[method]


def plain(cell: Cell) -> Networks:
    """Weight by weight the network of ``train_member``."""
    return [supervised(cell)]


def pretrained(cell: Cell) -> Networks:
    return [supervised(cell, initial=inpainting(cell))]


def selftrained(cell: Cell) -> Networks:
    return [supervised(cell, guesses=confident(cell.train("plain"), cell.unlabelled))]


def committee(cell: Cell) -> Networks:
    return [supervised(member) for member in resampled(cell)]


def selftrained_committee(cell: Cell) -> Networks:
    guesses = confident(cell.train("committee"), cell.unlabelled)
    return [supervised(member, guesses=guesses) for member in resampled(cell)]


METHODS = {method.__name__: method for method in (plain, pretrained, selftrained, committee, selftrained_committee)}


def resampled(cell: Cell) -> list[Cell]:
    """The cell as each member of a committee sees it: a bootstrap of the labels, chance of its own."""
    held = holdings([mask[mask != IGNORED].numpy() for mask in cell.masks], classes=cell.network.classes)
    draws = bootstrap(held, members=MEMBERS, seed=cell.seed)
    return [
        replace(cell, images=cell.images[draw], masks=cell.masks[draw], seed=cell.seed + 1000 * (member + 1))
        for member, draw in enumerate(draws)
    ]


def supervised(cell: Cell, *, initial: State | None = None, guesses: Guesses | None = None) -> SegmentationNetwork:
    """The recipe of ``train_member``; started from ``initial``, or with half of each batch from guessed masks."""
    batch = cell.training.batch
    classes = cell.network.classes
    weights = class_weights(cell.masks, classes=classes).to(best_device())
    holding = ((cell.masks == value).flatten(1).any(dim=1).nonzero().ravel().numpy() for value in range(1, classes))
    holders = [indices for indices in holding if len(indices)]

    def draw(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        own = draw_batch(len(cell.images), holders, batch=batch // 2 if guesses else batch, rng=rng)
        images, masks = cell.images[own], cell.masks[own]
        if guesses:
            others = rng.choice(len(guesses[0]), batch - len(own), replace=len(guesses[0]) < batch)
            images, masks = torch.cat([images, guesses[0][others]]), torch.cat([masks, guesses[1][others]])
        return augment(images, masks, generator=chance(rng))

    def loss(answers: list[Tensor], masks: Tensor, done: float) -> Tensor:
        losses = [segmentation_loss(logits, masks, weights=weights) for logits in answers]
        return losses[0] + sum(losses[1:]) * (1 - done)

    return fit(cell, cell.network, draw, loss, steps=cell.training.steps(len(cell.images)), initial=initial)


def inpainting(cell: Cell) -> State:
    """Weights that restore blanked squares of the pool's pictures (context encoders, Pathak et al. 2016).

    No mask is used, so the label counts of a fold and seed share them.
    """
    pool = torch.cat([cell.images, cell.unlabelled])
    key = hashlib.sha256(pool.numpy().tobytes()).hexdigest()
    if key not in PRETRAINED:
        PRETRAINED[key] = inpaint(cell, pool)
    return PRETRAINED[key]


def inpaint(cell: Cell, pool: Tensor) -> State:
    """``PASSES`` over the pool (N, channels, H, W). More answers than classes, so that the last layer stays behind."""
    inside = torch.zeros(len(pool), *pool.shape[2:], dtype=torch.int16)
    channels = cell.network.channels
    network = replace(cell.network, classes=cell.network.classes + channels)
    batch = cell.training.batch
    truth: list[Tensor] = []

    def draw(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        chosen = torch.from_numpy(rng.choice(len(pool), batch, replace=len(pool) < batch))
        generator = chance(rng)
        images, masks = augment(pool[chosen], inside[chosen], generator=generator)
        truth[:] = [images]
        return torch.where(blanks(images, generator), BLACK, images), masks

    def loss(answers: list[Tensor], masks: Tensor, _: float) -> Tensor:
        error = (answers[0][:, :channels] - truth[0].to(masks.device)).abs().mean(dim=1)
        return error[masks != IGNORED].mean()

    return fit(cell, network, draw, loss, steps=PASSES * math.ceil(len(pool) / batch)).state_dict()


def blanks(images: Tensor, generator: Generator) -> Tensor:
    """(N, 1, H, W) bool: half of the squares of a grid, others for each image."""
    height, width = images.shape[2:]
    grid = torch.rand(len(images), 1, SQUARES, SQUARES, generator=generator) < BLANKED
    tall, wide = math.ceil(height / SQUARES), math.ceil(width / SQUARES)
    return grid.repeat_interleave(tall, 2).repeat_interleave(wide, 3)[..., :height, :width]


def confident(teachers: Networks, images: Tensor) -> Guesses:
    """Images (N, channels, H, W) with the teachers' masks, (N, H, W) of class indices; ``IGNORED`` where unsure.

    Their mean over each image and its mirror image.
    """
    probabilities = (predict(teachers, images) + predict(teachers, images.flip(-1))[..., ::-1]).mean(axis=0) / 2
    masks = probabilities.argmax(axis=1).astype(np.int16)
    masks[probabilities.max(axis=1) < SURE] = IGNORED
    return images, torch.from_numpy(masks)


def fit(
    cell: Cell, network: NetworkConfig, draw: Draw, loss: Loss, *, steps: int, initial: State | None = None
) -> SegmentationNetwork:
    """``train_member``'s loop over any batches and loss; ``initial`` gives the weights whose shapes fit."""
    device, config = best_device(), cell.training
    with torch.random.fork_rng():
        torch.manual_seed(cell.seed)
        learner = build(network)
    own = learner.state_dict()
    fitting = {name: value for name, value in (initial or {}).items() if value.shape == own[name].shape}
    learner.load_state_dict({**own, **fitting})
    learner.to(device).train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = AdamW(learner.parameters(), betas=BETAS, weight_decay=config.weight_decay, fused=True)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = learning_rate(step, steps=steps, peak=config.learning_rate)
        rng = np.random.default_rng([cell.seed, step])
        images, masks = draw(rng)
        optimizer.zero_grad(set_to_none=True)
        with torch.random.fork_rng(), mixed_precision(device):
            torch.manual_seed(int(rng.integers(2**62)))  # what dropout draws from
            answers = learner.supervised(images.to(device, memory_format=torch.channels_last))
        loss(answers, masks.to(device), step / steps).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimizer.step()
    return learner.eval()


def chance(rng: np.random.Generator) -> Generator:
    return Generator().manual_seed(int(rng.integers(2**62)))
