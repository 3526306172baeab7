"""Which labelled images each member of a committee learns from. Numpy only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]

ATTEMPTS = 100  # at a draw that misses no class


def holdings(masks: Sequence[NDArray[np.uint8]], *, classes: int) -> NDArray[np.bool_]:
    """Whether each mask of class indices (H, W) holds each of the classes, (N, C)."""
    return np.stack([np.bincount(mask.ravel(), minlength=classes) > 0 for mask in masks])


def bootstrap(held: NDArray[np.bool_], *, members: int, seed: int) -> list[Places]:
    """For each member the places of N samples, drawn with replacement from N.

    A draw that misses a class which the labels hold is drawn again (100 times at most): a member that never
    saw a class would veto it for want of knowledge, not for what the image shows.

    held    : (N, C) whether a sample holds a class
    returns : M arrays (N,)
    source  : Efron 1979
    """
    wanted = held.any(axis=0)
    draws = []
    for member in range(members):
        rng = np.random.default_rng([seed, member])
        for _ in range(ATTEMPTS):
            draw = rng.integers(len(held), size=len(held))
            if (held[draw].any(axis=0) == wanted).all():
                break
        draws.append(draw)
    return draws
