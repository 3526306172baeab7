"""What a trained committee sees in a picture: its mask, where the members differ, and the numbers strategies use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray

from winnow.active.calibration import Calibration, calibration_of
from winnow.active.look import Look, look_of
from winnow.active.quality import agreement
from winnow.active.uncertainty import variance_per_class
from winnow.errors import InvalidInput
from winnow.imaging.picture import Picture
from winnow.segmentation.checkpoint import load_committee
from winnow.segmentation.data import fitted, restore, to_tensor
from winnow.segmentation.devices import best_device
from winnow.segmentation.inference import predict_and_encode, predict_dropping
from winnow.segmentation.networks import SegmentationNetwork

Mask = NDArray[np.uint8]
Floats = NDArray[np.float32]

BATCH = 8  # pictures examined at once
GPU_BATCH = 16  # pictures looked at at once
PASSES = 16  # of MC dropout


@dataclass(frozen=True, eq=False, kw_only=True)
class Examination(Look):
    """What the committee sees in one picture: beside the numbers of a look, what a person is shown.

    mask          : (H, W) uint8 of class values, from the members' mean probability
    uncertainty   : (H, W) float32, variance of the members at each pixel, summed over the classes
    quality       : 0..1, predicted mean Dice: how far the members agree, corrected as far as they were wrong about
                    images they had not learned from (``quality.agreement``, ``calibration``)
    probabilities : (C-1, H, W) uint8, the members' mean of each class without background, in 255ths
    """

    mask: Mask
    uncertainty: Floats
    quality: float
    probabilities: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Committee:
    """Trained networks, the class values in the order of their outputs, the size they see, and how far to trust them."""

    networks: list[SegmentationNetwork]
    classes: list[int]
    size: int
    calibration: Calibration = field(default_factory=Calibration)

    @classmethod
    def load(cls, weights: bytes) -> Committee:
        """From the bytes of ``TrainedCommittee.weights``. Raises CorruptData for damaged ones."""
        stored = load_committee(weights)
        config = stored.config
        calibration = calibration_of(config.get("calibration"))
        return cls(stored.build(), classes=config["classes"], size=config["size"], calibration=calibration)

    def examine(self, picture: Picture) -> Examination:
        """One picture. Raises InvalidInput for a colour picture where the networks know only grey ones."""
        return next(self.examine_many([picture]))

    def examine_many(self, pictures: Iterable[Picture], *, batch: int = BATCH) -> Iterator[Examination]:
        """Examines pictures as they come, in their order; no more than ``batch`` (>= 1) of them are in memory."""
        if batch < 1:
            raise InvalidInput(f"A batch has 1 picture at least, not {batch}.")
        waiting = iter(pictures)
        while group := list(islice(waiting, batch)):
            probabilities, descriptors = predict_and_encode(self.networks, self.tensor(group))
            for i, picture in enumerate(group):
                yield self._judge(picture, probabilities[:, i], descriptors[i])

    def look_many(self, pictures: Iterable[Picture], *, dropout: bool = False) -> Iterator[Look]:
        """The numbers alone of pictures as they come, without masks and maps: what a query asks of a whole pool.

        dropout : with ``mc_mutual_information``, which costs ``PASSES`` decodings of one member
        raises  : InvalidInput as ``examine`` does, and for networks without dropout where it is asked for

        On a CPU each picture is seen alone, so what is said about it does not depend on its company.
        """
        waiting = iter(pictures)
        while group := list(islice(waiting, GPU_BATCH if best_device().type == "cuda" else 1)):
            batch = self.tensor(group)
            probabilities, descriptors = predict_and_encode(self.networks, batch)
            drawn = predict_dropping(self.networks[0], batch, passes=PASSES) if dropout else None
            for i, picture in enumerate(group):
                dropping = None if drawn is None else self._inside(picture, drawn[:, i])
                inside = self._inside(picture, probabilities[:, i])
                yield look_of(inside, descriptors[i], classes=self.classes, dropping=dropping)

    def tensor(self, pictures: Sequence[Picture]) -> torch.Tensor:
        """The pictures as the networks see them, (N, channels, size, size)."""
        channels = self.networks[0].config.channels
        return torch.stack([to_tensor(picture, self.size, channels=channels) for picture in pictures])

    def _judge(self, picture: Picture, probabilities: Floats, descriptor: Floats) -> Examination:
        """probabilities: (M, C, size, size). Means are taken over the picture alone, not over the black beside it."""
        inside = self._inside(picture, probabilities)
        uncertainty = variance_per_class(probabilities).sum(axis=0)
        mean = restore(probabilities.mean(axis=0), picture)
        return Examination(
            **vars(look_of(inside, descriptor, classes=self.classes)),
            mask=self._values()[mean.argmax(axis=0)],
            uncertainty=restore(uncertainty, picture),
            quality=self.calibration.quality(*agreement(inside)),
            probabilities=np.rint(np.clip(mean[1:], 0, 1) * 255).astype(np.uint8),
        )

    def _inside(self, picture: Picture, maps: Floats) -> Floats:
        height, width = fitted(picture, self.size)
        return np.ascontiguousarray(maps[..., :height, :width])

    def _values(self) -> Mask:
        return np.array([0, *self.classes], dtype=np.uint8)
