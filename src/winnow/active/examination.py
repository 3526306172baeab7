"""What a trained committee sees in a picture: its mask, where the members differ, and the numbers strategies use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from winnow.active.calibration import Calibration, calibration_of
from winnow.active.quality import agreement
from winnow.active.uncertainty import margin, mutual_information, predictive_entropy, variance_per_class
from winnow.errors import InvalidInput
from winnow.imaging.picture import Picture
from winnow.segmentation.checkpoint import load_committee
from winnow.segmentation.data import fitted, restore, to_tensor
from winnow.segmentation.inference import predict_and_encode
from winnow.segmentation.networks import SegmentationNetwork

Mask = NDArray[np.uint8]
Floats = NDArray[np.float32]

BATCH = 8  # pictures examined at once


@dataclass(frozen=True, eq=False)
class Examination:
    """What the committee sees in one picture.

    mask          : (H, W) uint8 of class values, from the members' mean probability
    uncertainty   : (H, W) float32, variance of the members at each pixel, summed over the classes
    score         : mean of the variance over the pixels; entropy: mean predictive entropy, nats
    margin        : mean lead of the likeliest class; mutual_information: mean, nats
    class_scores  : (C,) float32, mean of entropy x probability of each class, without background
    descriptor    : (1024,) float32, the first member's, to be compared within this committee only
    quality       : 0..1, predicted mean Dice: how far the members agree, corrected as far as they were wrong about
                    images they had not learned from (``quality.agreement``, ``calibration``)
    driving_class : value of the class whose variance is largest, None where the members do not differ
    """

    mask: Mask
    uncertainty: Floats
    score: float
    entropy: float
    margin: float
    mutual_information: float
    class_scores: Floats
    descriptor: Floats
    quality: float
    driving_class: int | None

    def signals(self) -> dict[str, Any]:
        """The numbers of one image, under the names of the ``pool.Pool`` arrays they become rows of."""
        return {
            "uncertainty": self.score,
            "entropy": self.entropy,
            "margin": self.margin,
            "mutual_information": self.mutual_information,
            "class_scores": self.class_scores,
            "driving_class": self.driving_class or 0,
            "descriptors": self.descriptor,
        }


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

    def tensor(self, pictures: Sequence[Picture]) -> torch.Tensor:
        """The pictures as the networks see them, (N, channels, size, size)."""
        channels = self.networks[0].config.channels
        return torch.stack([to_tensor(picture, self.size, channels=channels) for picture in pictures])

    def _judge(self, picture: Picture, probabilities: Floats, descriptor: Floats) -> Examination:
        """probabilities: (M, C, size, size). Means are taken over the picture alone, not over the black beside it."""
        height, width = fitted(picture, self.size)
        inside = np.ascontiguousarray(probabilities[..., :height, :width])
        mean = probabilities.mean(axis=0)
        variances = variance_per_class(probabilities)
        by_class = variances[1:, :height, :width].mean(axis=(1, 2))
        uncertainty = variances.sum(axis=0)
        entropy = predictive_entropy(inside)
        return Examination(
            mask=self._values()[restore(mean, picture).argmax(axis=0)],
            uncertainty=restore(uncertainty, picture),
            score=float(uncertainty[:height, :width].mean()),
            entropy=float(entropy.mean()),
            margin=float(margin(inside).mean()),
            mutual_information=float(mutual_information(inside).mean()),
            class_scores=(entropy * mean[1:, :height, :width]).mean(axis=(1, 2), dtype=np.float32),
            descriptor=descriptor,
            quality=self.calibration.quality(*agreement(inside)),
            driving_class=self.classes[int(by_class.argmax())] if by_class.max() > 0 else None,
        )

    def _values(self) -> Mask:
        return np.array([0, *self.classes], dtype=np.uint8)
