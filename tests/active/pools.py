"""Pools drawn by chance, for the tests of strategies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from winnow.active.pool import Pool


def make_pool(count=20, *, labelled=3, features=6, seed=0):
    rng = np.random.default_rng(seed)
    return Pool(
        uncertainty=rng.random(count),
        entropy=rng.random(count),
        descriptors=rng.random((count, features)),
        labelled_descriptors=rng.random((labelled, features)),
        margin=rng.random(count),
        mutual_information=rng.random(count),
        mc_mutual_information=rng.random(count),
        class_scores=rng.random((count, 3)),
        driving_class=rng.integers(0, 3, count),
        holds=rng.random((count, 3)) < 0.4,
        classes=np.array([2, 5, 9]),
        labelled_pixels=np.array([300, 20, 100]),
    )


SCORES = ["uncertainty", "entropy", "margin", "mutual_information", "mc_mutual_information", "class_scores"]
PER_IMAGE = [*SCORES, "descriptors", "driving_class", "holds"]


def places(choices):
    return [choice.index for choice in choices]


def rows(pool, keep):
    """The pool with only some of its images."""
    return replace(pool, **{name: getattr(pool, name)[keep] for name in PER_IMAGE})
