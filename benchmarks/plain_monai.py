"""The other side of throughput.py: a plain MONAI loop, and what both sides share. Needs benchmarks/requirements.txt."""

from __future__ import annotations

import argparse
import time
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch

from winnow.imaging.picture import Picture
from winnow.segmentation.data import Sample
from winnow.segmentation.devices import best_device, mixed_precision

WIDTHS = (16, 32, 64, 128, 256, 16)  # of BasicUNet's scales, and of its last map
CLASSES = 4
BATCH = 8
IMAGES = 48
WARM_UP = 5  # steps that are not counted


class Clock:
    """Images a second from the end of the warm-up to the last step."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.step = 0
        self.times: list[float] = []

    def __call__(self, *_: Any) -> None:
        """A step is done."""
        self.step += 1
        if self.step == WARM_UP or self.done:
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            self.times.append(time.perf_counter())

    @property
    def done(self) -> bool:
        """Whether that was the last."""
        return self.step == WARM_UP + self.steps

    def rate(self) -> dict[str, float]:
        return {"images_per_s": self.steps * BATCH / (self.times[1] - self.times[0])}


def samples() -> list[Sample]:
    """Bright shapes on noise; what is in an image does not change how long it takes."""
    rng = np.random.default_rng(0)
    drawn = []
    for number in range(IMAGES):
        mask = np.zeros((512, 512), np.uint8)
        for value in range(1, CLASSES):
            row, column = rng.integers(0, 400, 2)
            mask[row : row + 100, column : column + 100] = value
        pixels = (mask * 60 + rng.integers(0, 60, mask.shape)).astype(np.uint8)
        drawn.append(Sample(Picture(pixels, (127.5, 255.0)), mask, str(number)))
    return drawn


def basic_unet() -> torch.nn.Module:
    from monai.networks.nets import BasicUNet  # noqa: PLC0415  (not a part of the application)

    return BasicUNet(spatial_dims=2, in_channels=1, out_channels=CLASSES, features=WIDTHS)


def train_plainly(arguments: argparse.Namespace, *, autocast: bool = False) -> dict[str, float]:
    """The loop; ``autocast`` to bfloat16 is what a careful user of MONAI switches on."""
    from monai.losses import DiceCELoss  # noqa: PLC0415

    device = best_device()
    network = basic_unet().to(device)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    loss_of = DiceCELoss(to_onehot_y=True, softmax=True)
    clock = Clock(arguments.steps)
    loader = loader_of(arguments)
    while not clock.done:
        for batch in loader:
            optimizer.zero_grad()
            with mixed_precision(device) if autocast else nullcontext():
                loss = loss_of(network(batch["image"].to(device)), batch["label"].to(device))
            loss.backward()
            optimizer.step()
            clock()
            if clock.done:
                break
    return clock.rate()


def loader_of(arguments: argparse.Namespace) -> Any:
    """Cached after the fixed transforms; the random ones run for each image in each epoch."""
    from monai import data, transforms  # noqa: PLC0415

    both, modes = ["image", "label"], ("bilinear", "nearest")
    spatial = {"rotate_range": 0.4, "scale_range": 0.25, "translate_range": 20, "shear_range": 0.1}
    chain = [
        transforms.EnsureChannelFirstd(both, channel_dim="no_channel"),
        transforms.ScaleIntensityRanged("image", 0, 255, -1, 1, clip=True),
        transforms.Resized(both, (arguments.size, arguments.size), mode=("bilinear", "nearest-exact")),
        transforms.RandFlipd(both, prob=0.5, spatial_axis=1),
        transforms.RandAffined(both, prob=1.0, mode=modes, padding_mode="border", **spatial),
        transforms.RandScaleIntensityd("image", 0.1, prob=1.0),
        transforms.RandShiftIntensityd("image", 0.1, prob=1.0),
        transforms.RandGaussianNoised("image", prob=1.0, std=0.05),
    ]
    content = [{"image": one.picture.pixels.astype(np.float32), "label": one.mask} for one in samples()]
    cached = data.CacheDataset(content, transforms.Compose(chain), progress=False)
    workers = 0 if arguments.threads == 1 else arguments.threads
    return data.DataLoader(cached, batch_size=BATCH, shuffle=True, num_workers=workers, persistent_workers=workers > 0)
