"""How far the members of a committee disagree about each pixel: measures on plain arrays.

All take the members' probabilities (M, C, H, W) and give one value per pixel (H, W); an image's
uncertainty is the mean over its pixels (paper 3.3).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winnow.errors import InvalidInput

Array = NDArray[np.floating]
Map = NDArray[np.float32]


def variance(probabilities: Array) -> Map:
    """Variance of the members' probabilities at each pixel, summed over the classes.

    probabilities : (M, C, H, W) float32, softmaxed over C
    returns       : (H, W) float32; 0 where all members say the same, 1 - 1/min(M, C) at most
    raises        : InvalidInput if M < 2 or a probability is not finite
    source        : Yang et al. 2017 "Suggestive Annotation" (one class), summed here over classes
    """
    return _map(variance_per_class(probabilities).sum(axis=0))


def variance_per_class(probabilities: Array) -> Map:
    """Variance of the members' probabilities at each pixel, one map for each class.

    probabilities : (M, C, H, W) float32, softmaxed over C
    returns       : (C, H, W) float32, each value between 0 and 1/4 (Popoviciu's inequality)
    raises        : InvalidInput if M < 2 or a probability is not finite
    """
    _check(probabilities, members=2)
    return _map(probabilities.var(axis=0))


def vote_entropy(probabilities: Array) -> Map:
    """Entropy of the members' votes (argmax over C) at each pixel.

    probabilities : (M, C, H, W) float32, softmaxed over C
    returns       : (H, W) float32, nats; 0 where all members vote alike, ln(min(M, C)) at most
    raises        : InvalidInput if M < 2 or a probability is not finite
    source        : Engelson & Dagan 1996
    """
    _check(probabilities, members=2)
    votes = probabilities.argmax(axis=1)
    shares = np.stack([(votes == c).mean(axis=0) for c in range(probabilities.shape[1])])
    return _map(_entropy(shares, axis=0))


def predictive_entropy(probabilities: Array) -> Map:
    """Entropy of the members' mean probability at each pixel; with one member, its softmax entropy.

    probabilities : (M, C, H, W) float32, softmaxed over C
    returns       : (H, W) float32, nats; 0 where one class is certain, ln(C) where all are alike
    raises        : InvalidInput if M < 1 or a probability is not finite
    source        : Shannon 1948; as a query Settles 2009, 3.1
    """
    _check(probabilities, members=1)
    return _map(_entropy(probabilities.mean(axis=0), axis=0))


def margin(probabilities: Array) -> Map:
    """Lead of the likeliest class over the second at each pixel, in the members' mean probability.

    The smaller, the less sure: the other way round than all other measures here.

    probabilities : (M, C, H, W) float32, softmaxed over C, C >= 2
    returns       : (H, W) float32; 0 where two classes are equally likely, 1 where one is certain
    raises        : InvalidInput if M < 1 or a probability is not finite
    source        : Scheffer et al. 2001
    """
    _check(probabilities, members=1)
    ranked = np.sort(probabilities.mean(axis=0), axis=0)
    return _map(ranked[-1] - ranked[-2])


def mutual_information(probabilities: Array) -> Map:
    """What knowing the right member would tell about a pixel: entropy of the mean minus mean entropy.

    Unlike the predictive entropy it is 0 where all members are unsure in the same way (noise in the
    image that no label will take away).

    probabilities : (M, C, H, W) float32, softmaxed over C
    returns       : (H, W) float32, nats, between 0 and ln(min(M, C))
    raises        : InvalidInput if M < 2 or a probability is not finite
    source        : Houlsby et al. 2011 "BALD"
    """
    _check(probabilities, members=2)
    gain = _entropy(probabilities.mean(axis=0), axis=0) - _entropy(probabilities, axis=1).mean(axis=0)
    return _map(np.maximum(gain, 0.0))  # never negative (Jensen) but for rounding


def _check(probabilities: Array, *, members: int) -> None:
    if probabilities.ndim != 4:
        raise InvalidInput(f"probabilities have {probabilities.ndim} axes, need (M, C, H, W)")
    if probabilities.shape[0] < members:
        raise InvalidInput(f"{probabilities.shape[0]} members, need {members} at least to measure disagreement")
    if not np.isfinite(probabilities).all():
        raise InvalidInput("a probability is not finite")


def _entropy(shares: Array, *, axis: int) -> Array:
    """Entropy in nats along an axis, where 0 ln 0 = 0."""
    logarithms = np.log(shares, where=shares > 0, out=np.zeros_like(shares))
    total: Array = -(shares * logarithms).sum(axis=axis)
    return total


def _map(values: Array) -> Map:
    return values.astype(np.float32, copy=False)
