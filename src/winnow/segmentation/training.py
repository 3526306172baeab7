"""One committee member learns: a short one-cycle schedule that can be broken off and resumed at any step."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import AdamW

from winnow.errors import InvalidInput, OutOfMemory, TooFewLabels
from winnow.segmentation.augment import augment
from winnow.segmentation.checkpoint import State, load_checkpoint, save_checkpoint
from winnow.segmentation.data import Sample, to_tensors
from winnow.segmentation.devices import best_device, fast_bfloat16, memory_errors, mixed_precision
from winnow.segmentation.losses import class_weights, segmentation_loss
from winnow.segmentation.networks import NetworkConfig, SegmentationNetwork, build

CHECKPOINT_SECONDS = 15.0
# below, oneDNN's weight gradient in bfloat16 reads memory that nobody wrote: NaN came out at 16 pixels
SMALLEST = 48  # pixels
BETAS = (0.9, 0.99)  # some hundred steps are too few for a memory of a thousand, AdamW's usual 0.999
WARM_UP = 0.25  # share of the steps in which the learning rate rises
ADVICE = "The training does not fit into memory: choose a smaller size or fewer members, or close other programs."
TOO_LARGE = (
    "Not even {batch} images of {size} pixels fit into memory to learn from: at {half} pixels a quarter is needed."
)


@dataclass(frozen=True)
class TrainingConfig:
    """How a member is trained.

    size          : pixels, the longer side of the images as the network sees them
    epochs        : passes over the labelled images; with few an epoch has ``least_steps`` steps all the same
    batch         : images a step, at least 2 (batch norm); halved while training when memory runs out
    learning_rate : the peak of the one-cycle schedule
    halved        : share of the steps, the first ones, that see the images at half of the size (``SMALLEST`` at least): a
                    quarter of the time. Source: progressive resizing, Tan & Le 2021 (EfficientNetV2)
    """

    size: int = 256
    epochs: int = 120
    batch: int = 8
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    least_steps: int = 2
    halved: float = 2 / 3

    def steps(self, images: int) -> int:
        """Optimiser steps for so many labelled images."""
        return self.epochs * max(self.least_steps, math.ceil(images / self.batch))

    def small_steps(self, images: int) -> int:
        """How many of these, the first ones, see the images at half of the size."""
        return round(self.halved * self.steps(images)) if self.size // 2 >= SMALLEST else 0


@dataclass
class _Run:
    """A training under way: all that changes from step to step, and so all that a checkpoint holds."""

    network: SegmentationNetwork
    optimizer: AdamW
    batch: int
    steps: int
    small_steps: int
    step: int = 0

    @property
    def share(self) -> float:
        """Of the work done, 0..1: a step at half of the size is a quarter of one at the full size."""
        small = min(self.step, self.small_steps)
        return (4 * self.step - 3 * small) / (4 * self.steps - 3 * self.small_steps)

    def content(self, fingerprint: str) -> dict[str, Any]:
        return {
            "fingerprint": fingerprint,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "batch": self.batch,
            "step": self.step,
        }


def train_member(
    samples: Sequence[Sample],
    *,
    network: NetworkConfig,
    training: TrainingConfig,
    seed: int,
    checkpoint: Path | None,
    report: Callable[[float], None],
    on_smaller_batch: Callable[[int], None] = lambda _batch: None,
) -> State:
    """Trains one network from fresh weights and returns them.

    samples    : pictures with masks of class indices
    seed       : all chance comes from it: on one CPU the same seed gives the same weights
    checkpoint : file written about every fifteen seconds and at the end. One left by an earlier, equal call is taken up,
                 and the result is the same as if that call had never been interrupted
    report     : called with the share of the work done, 0..1, after each step; what it raises ends the training
    on_smaller_batch : called with the images a step takes from now on, each time that memory was short
    raises     : TooFewLabels without samples, InvalidInput for settings that cannot work, InvalidMask,
                 OutOfMemory when not even two images at once fit; its message says which size would
    """
    _check(samples, training)
    run = _start(network, training, seed, images=len(samples))
    sizes = [training.size // 2, training.size] if run.small_steps else [training.size]
    with memory_errors(ADVICE):
        seen = [to_tensors(samples, size=size, channels=network.channels, classes=network.classes) for size in sizes]
    masks, fingerprint = seen[-1][1], _fingerprint(*seen[-1], network, training, seed)
    weights = class_weights(masks, classes=network.classes).to(best_device())
    holders = _holders(masks, classes=network.classes)
    _resume(run, checkpoint, fingerprint)
    saved, batch = time.monotonic(), training.batch
    while run.step < run.steps:
        _set_learning_rate(run.optimizer, learning_rate(run.step, steps=run.steps, peak=training.learning_rate))
        _step(run, *seen[0 if run.step < run.small_steps else -1], weights=weights, holders=holders, seed=seed)
        run.step += 1
        if run.batch < batch:
            batch = run.batch
            on_smaller_batch(batch)
        if checkpoint and (run.step == run.steps or time.monotonic() - saved >= CHECKPOINT_SECONDS):
            save_checkpoint(checkpoint, run.content(fingerprint))
            saved = time.monotonic()
        report(run.share)
    return {name: tensor.detach().cpu().contiguous() for name, tensor in run.network.state_dict().items()}


def learning_rate(step: int, *, steps: int, peak: float) -> float:
    """One cycle: from peak/25 up to the peak, then down to nearly nothing, both along a cosine."""
    rise = max(1, round(WARM_UP * steps))
    if step < rise:
        return peak * (1 / 25 + (1 - 1 / 25) * (1 - math.cos(math.pi * step / rise)) / 2)
    return peak * (1e-3 + (1 - 1e-3) * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise))) / 2)


def draw_batch(
    images: int, holders: Sequence[NDArray[np.intp]], *, batch: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Which images a step sees.

    images  : N, how many there are
    holders : for each foreground class that occurs, the indices of the images that hold it
    returns : (batch,) indices: two thirds drawn from all images alike, one third by first drawing a class and then
              one of its images, so that a class on few images still comes up in nearly every batch
    """
    by_class = batch // 3 if holders else 0
    plain = rng.choice(images, batch - by_class, replace=images < batch - by_class)
    rare = [rng.choice(holders[int(rng.integers(len(holders)))]) for _ in range(by_class)]
    return np.concatenate([plain, np.array(rare, dtype=np.intp)])


def _check(samples: Sequence[Sample], training: TrainingConfig) -> None:
    if not samples:
        raise TooFewLabels("There is no labelled image to learn from.")
    if training.batch < 2 or training.epochs < 1 or training.least_steps < 1:
        raise InvalidInput("Training takes at least one epoch of at least one step with at least two images each.")
    if training.size < SMALLEST:
        raise InvalidInput(f"Images of {training.size} pixels are too small to segment; choose at least {SMALLEST}.")


def _start(network: NetworkConfig, training: TrainingConfig, seed: int, *, images: int) -> _Run:
    with _own_chance(torch.device("cpu"), seed):
        fresh = build(network)
    fresh.to(best_device()).train()
    fresh.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's own stub lacks it
    optimizer = AdamW(fresh.parameters(), betas=BETAS, weight_decay=training.weight_decay, fused=True)
    steps, small = training.steps(images), training.small_steps(images)
    return _Run(network=fresh, optimizer=optimizer, batch=training.batch, steps=steps, small_steps=small)


def _resume(run: _Run, checkpoint: Path | None, fingerprint: str) -> None:
    """Takes up an equal training's checkpoint; one of other samples or settings is of no use and is left aside."""
    content = load_checkpoint(checkpoint) if checkpoint else None
    if content is None or content.get("fingerprint") != fingerprint:
        return
    run.network.load_state_dict(content["network"])
    run.optimizer.load_state_dict(content["optimizer"])
    run.batch, run.step = content["batch"], content["step"]


def _step(
    run: _Run, images: Tensor, masks: Tensor, *, weights: Tensor, holders: Sequence[NDArray[np.intp]], seed: int
) -> None:
    """One optimiser step; when memory runs out it is tried again with half the images, down to two."""
    while True:
        # chance depends on seed and step alone, so a resumed training draws what the unbroken one would have
        rng = np.random.default_rng([seed, run.step])
        chosen = torch.from_numpy(draw_batch(len(images), holders, batch=run.batch, rng=rng))
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        try:
            with memory_errors(ADVICE), _own_chance(weights.device, int(rng.integers(2**62))):
                _learn(run, *augment(images[chosen], masks[chosen], generator=generator), weights=weights)
        except OutOfMemory:
            if run.batch < 4:
                size = images.shape[-1]
                raise OutOfMemory(TOO_LARGE.format(batch=run.batch, size=size, half=size // 2)) from None
            run.batch //= 2
        else:
            return


def _learn(run: _Run, images: Tensor, masks: Tensor, *, weights: Tensor) -> None:
    device = weights.device
    run.optimizer.zero_grad(set_to_none=True)
    with mixed_precision(device):
        answers = run.network.supervised(images.to(device, memory_format=torch.channels_last))
    masks = masks.to(device)
    losses = [segmentation_loss(logits, masks, weights=weights) for logits in answers]
    # auxiliary classifiers lead the way at first and have no say in the end (Chen et al. 2016)
    total = losses[0] + sum(losses[1:]) * (1 - run.step / run.steps)
    total.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), 1.0)
    run.optimizer.step()


@contextmanager
def _own_chance(device: torch.device, seed: int) -> Iterator[None]:
    """Fresh weights and dropout draw from torch's one generator: seeded here, and put back as it was."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def _set_learning_rate(optimizer: AdamW, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


def _holders(masks: Tensor, *, classes: int) -> list[NDArray[np.intp]]:
    holding = ((masks == value).flatten(1).any(dim=1).nonzero().ravel().numpy() for value in range(1, classes))
    return [indices for indices in holding if len(indices)]


def _fingerprint(images: Tensor, masks: Tensor, network: NetworkConfig, training: TrainingConfig, seed: int) -> str:
    digest = hashlib.sha256(repr((network, training, seed, fast_bfloat16(best_device()))).encode())
    digest.update(images.numpy().tobytes())
    digest.update(masks.numpy().tobytes())
    return digest.hexdigest()
