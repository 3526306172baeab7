"""Which labelled images each member of a committee learns from. Numpy only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]

LEAST_PATIENTS = 4  # below that, images are resampled one by one
ATTEMPTS = 100  # at a draw that misses no class


def holdings(masks: Sequence[NDArray[np.uint8]], *, classes: int) -> NDArray[np.bool_]:
    """Whether each mask of class indices (H, W) holds each of the classes, (N, C)."""
    return np.stack([np.bincount(mask.ravel(), minlength=classes) > 0 for mask in masks])


def patients_apart(patients: Sequence[str] | None) -> list[Places] | None:
    """The places of each patient's images, to be drawn together; None where images are drawn one by one.

    That is so where no patients are given, where each has one image only, and with fewer than 4 patients:
    members would hardly differ, and some patients would be in every resample.
    """
    if patients is None:
        return None
    names, of = np.unique(np.asarray(patients), return_inverse=True)
    if not LEAST_PATIENTS <= len(names) < len(patients):
        return None
    return [np.flatnonzero(of == name) for name in range(len(names))]


def bootstrap(
    held: NDArray[np.bool_], *, members: int, seed: int, groups: Sequence[Places] | None = None
) -> list[Places]:
    """For each member the places of the samples it learns from, drawn with replacement.

    A draw that misses a class which the labels hold is drawn again (100 times at most): a member that never
    saw a class would veto it for want of knowledge, not for what the image shows.

    held    : (N, C) whether a sample holds a class
    groups  : places of samples that are drawn together or not at all, as many draws as groups; None for N draws of one
    returns : M arrays of places, N each without groups
    source  : Efron 1979; of whole groups, the cluster bootstrap of Davison & Hinkley 1997, 3.8
    """
    units = groups if groups is not None else [np.array([place]) for place in range(len(held))]
    wanted = held.any(axis=0)
    draws = []
    for member in range(members):
        rng = np.random.default_rng([seed, member])
        for _ in range(ATTEMPTS):
            draw = np.concatenate([units[unit] for unit in rng.integers(len(units), size=len(units))])
            if (held[draw].any(axis=0) == wanted).all():
                break
        draws.append(draw)
    return draws
