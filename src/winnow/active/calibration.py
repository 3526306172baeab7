"""From how far the members agree to the Dice a mask is likely to have: a correction fitted on out-of-bag images.

Numpy; scipy only where an interval is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winnow.errors import InvalidInput

Floats = NDArray[np.float64]

LEAST_IMAGES = 10  # below, the figures that say how good the estimate is would be guesses themselves
STEEPEST_CUT = -0.8  # the slope stays above 0: the order of the images by agreement is kept
# what is believed before any image: agreement is right, give or take these (shift at 0.5, slope), and one image
# scatters by NOISE about it; so the correction of few images is a small one
PRIOR = (0.1, 0.5)
NOISE = 0.2
PRIOR_IMAGES = 2  # that the scatter is worth, beside the images'


@dataclass(frozen=True)
class Calibration:
    """quality = agreement + shift + slope * (agreement - 0.5), and how far the truth lies from it.

    precision   : of the Beta distribution about the quality, 0 = anything
    nothing     : chance that a mask where nothing was found is right
    images      : number it was fitted on
    error       : mean absolute error, each image left out once; correlation: Pearson's, likewise. None below 10 images,
                  and the correlation where nothing varies
    """

    shift: float = 0.0
    slope: float = 0.0
    precision: float = 0.25 / NOISE**2 - 1
    nothing: float = 0.5
    images: int = 0
    error: float | None = None
    correlation: float | None = None

    def quality(self, agreement: float, empty: bool = False) -> float:
        """The expected mean Dice, 0..1, of a mask whose members agree so far; ``empty``: it holds no class."""
        if empty:
            return agreement * self.nothing
        return float(_corrected(np.array([agreement]), self.shift, self.slope)[0])

    def interval(self, quality: float) -> tuple[float, float] | None:
        """Where nine of ten true values lie, of images like those it was fitted on; None below 10 of these.

        source : Beta regression, Ferrari & Cribari-Neto 2004: a variance of quality * (1 - quality) / (1 + precision)
        """
        if self.images < LEAST_IMAGES:
            return None
        from scipy.special import betaincinv  # noqa: PLC0415  few ask, and it takes a while to load

        mean = min(max(quality, 0.01), 0.99)
        ends = betaincinv(mean * self.precision, (1 - mean) * self.precision, [0.05, 0.95])
        return min(float(ends[0]), quality), max(float(ends[1]), quality)

    def record(self) -> dict[str, Any]:
        """Plain JSON, for ``calibration_of``."""
        return asdict(self)


def calibration_of(record: Mapping[str, Any] | None) -> Calibration:
    """The inverse of ``Calibration.record``; of None, as in networks from before there was one: no correction."""
    return Calibration(**record) if record else Calibration()


class Evidence:
    """Gathers what members said about images they had not learned from, and what turned out to be true."""

    def __init__(self) -> None:
        self._pairs: list[tuple[float, float]] = []
        self._found_nothing = 0
        self._rightly = 0

    def add(self, agreement: float, empty: bool, *, dice: float | None) -> None:
        """One image, by ``quality.agreement`` and its true mean Dice, None where there is nothing and nothing was found."""
        if empty:
            self._found_nothing += 1
            self._rightly += dice is None
        elif dice is not None:
            self._pairs.append((agreement, dice))

    def calibration(self) -> Calibration:
        """Fitted to all that was added."""
        pairs = np.array(self._pairs).reshape(-1, 2)
        return calibrate(pairs[:, 0], pairs[:, 1], found_nothing=self._found_nothing, rightly=self._rightly)


def calibrate(
    agreement: Sequence[float] | Floats, dice: Sequence[float] | Floats, *, found_nothing: int = 0, rightly: int = 0
) -> Calibration:
    """Fit the correction to images that the members had not learned from.

    agreement     : of each image, as ``quality.agreement`` says
    dice          : its true mean Dice, 0..1
    found_nothing : images beside these where the members found nothing; rightly: how many of those hold nothing
    raises        : InvalidInput for numbers that are not finite or not 0..1, of different length, or counts that cannot be
    source        : ridge towards "agreement is right": Bayesian linear regression, Bishop 2006, 3.3
    """
    signal, truth = np.array(agreement, dtype=np.float64), np.array(dice, dtype=np.float64)
    _check(signal, truth, found_nothing, rightly)
    places = np.arange(len(signal))
    held_out = np.array([_corrected(signal[[i]], *_fit(signal, truth, places != i))[0] for i in places])
    square = ((held_out - truth) ** 2).sum() + PRIOR_IMAGES * NOISE**2
    spread = (held_out * (1 - held_out)).sum() + PRIOR_IMAGES * 0.25
    shift, slope = _fit(signal, truth, places >= 0)
    enough = len(signal) >= LEAST_IMAGES
    varies = enough and held_out.std() > 1e-9 and truth.std() > 1e-9
    return Calibration(
        shift=shift,
        slope=slope,
        precision=max(float(spread / square) - 1, 0.1),
        nothing=(rightly + 1) / (found_nothing + 2),  # rule of succession, Laplace 1814
        images=len(signal),
        error=float(np.abs(held_out - truth).mean()) if enough else None,
        correlation=float(np.corrcoef(held_out, truth)[0, 1]) if varies else None,
    )


def _fit(signal: Floats, truth: Floats, used: NDArray[np.bool_]) -> tuple[float, float]:
    """Shift and slope: the mean of their posterior, the slope cut where the order would turn."""
    design = np.column_stack([np.ones(used.sum()), signal[used] - 0.5])
    wanted = truth[used] - signal[used]
    gram = design.T @ design / NOISE**2 + np.diag(1 / np.array(PRIOR) ** 2)
    shift, slope = np.linalg.solve(gram, design.T @ wanted / NOISE**2)
    if slope < STEEPEST_CUT:
        slope = STEEPEST_CUT
        shift = (wanted - slope * design[:, 1]).sum() / NOISE**2 / gram[0, 0]
    return float(shift), float(slope)


def _corrected(agreement: Floats, shift: float, slope: float) -> Floats:
    return np.clip(agreement + shift + slope * (agreement - 0.5), 0.0, 1.0)


def _check(signal: Floats, truth: Floats, found_nothing: int, rightly: int) -> None:
    if signal.shape != truth.shape or signal.ndim != 1:
        raise InvalidInput(f"There are {signal.size} agreements for {truth.size} true values.")
    both = np.concatenate([signal, truth])
    if not np.isfinite(both).all() or (both < 0).any() or (both > 1).any():
        raise InvalidInput("Agreement and Dice are between 0 and 1.")
    if not 0 <= rightly <= found_nothing:
        raise InvalidInput(f"Of {found_nothing} images where nothing was found, {rightly} cannot be right.")
