"""Whether a new network may take the place of the one in use: both on the same images, which neither has learned from."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winnow.active.advice import TRAINING_SPREAD
from winnow.active.committee import Committee, indexed
from winnow.active.quality import Tally, redrawn_iou
from winnow.errors import InvalidInput, JobCancelled
from winnow.segmentation.data import Sample, restore
from winnow.segmentation.inference import predict

LEAST = 5  # images on which two networks are compared at all
WIDE = 1.96  # standard errors on either side of a 95 % interval
TRAINING = TRAINING_SPREAD * math.sqrt(2)  # two trainings with other seeds differ by this much, whatever the images


@dataclass(frozen=True)
class Verdict:
    """New minus old mean IoU with its 95 % interval, over so many images."""

    difference: float
    low: float
    high: float
    images: int

    @property
    def passed(self) -> bool:
        """The new one is not worse beyond the interval."""
        return self.high >= 0


def measure(committee: Committee, samples: Sequence[Sample], *, should_stop: Callable[[], bool]) -> Tally:
    """The committee's mean mask against each sample's: for images that no member has learned from.

    samples : pictures with masks of class values, as ``train_committee`` takes them
    raises  : JobCancelled; InvalidMask for a value that is no class of the committee; InvalidInput for colour
              pictures where it knows only grey ones
    """
    tally = Tally(classes=len(committee.classes) + 1)
    for sample in samples:
        if should_stop():
            raise JobCancelled("The job was cancelled.")
        seen = predict(committee.networks, committee.tensor([sample.picture]))[:, 0].mean(axis=0)
        tally.add(restore(seen, sample.picture).argmax(axis=0), indexed(sample, committee.classes).mask)
    return tally


def compare(new: Sequence[NDArray[np.int64]], old: Sequence[NDArray[np.int64]]) -> Verdict | None:
    """New against old on the same images in the same order; None for fewer than ``LEAST`` or no class to compare.

    new, old : (N, 2, C - 1), the counts of ``Tally.counts``

    Pooled IoU over the classes that both have an IoU for. The interval covers that other images would have been drawn
    (paired bootstrap), and what another seed of the training alone would change.
    raises : InvalidInput where the two are not of the same images and classes
    source : Efron & Tibshirani 1993, 6.2
    """
    if len(new) != len(old) or any(a.shape != b.shape for a, b in zip(new, old, strict=True)):
        raise InvalidInput("Two networks are compared on the same images and classes.")
    if len(new) < LEAST:
        return None
    difference = _difference(*(_pooled(np.stack(counts)) for counts in (new, old)))
    if np.isnan(difference).all():
        return None
    drawn = _difference(*(redrawn_iou(np.stack(counts)) for counts in (new, old)))
    error = WIDE * math.hypot(float(np.nanstd(drawn)), TRAINING)
    mean = float(difference[0])
    return Verdict(mean, mean - error, mean + error, len(new))


Iou = tuple[NDArray[np.float64], NDArray[np.bool_]]


def _pooled(counts: NDArray[np.int64]) -> Iou:
    hits, union = counts.sum(axis=0)[:, None]
    return np.divide(hits, union, where=union > 0, out=np.zeros_like(hits, dtype=np.float64)), union > 0


def _difference(new: Iou, old: Iou) -> NDArray[np.float64]:
    """(R,) new minus old, mean over the classes that both have in a draw; NaN where there is none."""
    both = new[1] & old[1]
    number = both.sum(axis=1)
    total: NDArray[np.float64] = np.where(both, new[0] - old[0], 0.0).sum(axis=1)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)
