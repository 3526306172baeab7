"""Invented chest CT slices with lesions of two classes: for the example project, tests and pictures.

No patient stands behind them. Coordinates run from -1 to 1 over the picture, x to the patient's left
(the right of the picture), y to the back; ``level`` from 0 (top of the lungs) to 1 (their base).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw

GROUND_GLASS, CONSOLIDATION = 1, 2
FIELD_OF_VIEW_MM = 380.0

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Lesion:
    """An irregular ball: ``centre`` (x, y, level), ``radius`` in picture units, ``kind`` a class value."""

    kind: int
    centre: tuple[float, float, float]
    radius: float
    flatness: float
    seed: int


@dataclass(frozen=True)
class Patient:
    """One invented body: its slices at neighbouring levels look alike."""

    breadth: float
    depth: float
    fat: float
    heart: float
    tilt: float
    seed: int
    lesions: tuple[Lesion, ...]


def phantom_patient(*, rng: np.random.Generator) -> Patient:
    """A body with up to seven lesions; about one patient in ten has none."""
    count = 0 if rng.random() < 0.1 else int(rng.integers(3, 8))
    return Patient(
        breadth=rng.uniform(0.84, 0.93),
        depth=rng.uniform(0.60, 0.69),
        fat=rng.uniform(0.02, 0.06),
        heart=rng.uniform(0.9, 1.15),
        tilt=rng.uniform(-0.05, 0.05),
        seed=int(rng.integers(1 << 31)),
        lesions=tuple(_lesion(rng) for _ in range(count)),
    )


def _lesion(rng: np.random.Generator) -> Lesion:
    """Dense lesions are smaller and lie at the back, hazy ones anywhere near the rim, as in pneumonia."""
    kind = CONSOLIDATION if rng.random() < 0.4 else GROUND_GLASS
    side = rng.choice([-1.0, 1.0])
    low, high = (-0.1, 0.3) if kind == CONSOLIDATION else (-0.3, 0.3)
    return Lesion(
        kind=kind,
        centre=(side * rng.uniform(0.34, 0.58), rng.uniform(low, high), rng.uniform(0.15, 0.9)),
        radius=rng.uniform(0.08, 0.17) if kind == CONSOLIDATION else rng.uniform(0.12, 0.24),
        flatness=rng.uniform(1.0, 1.7),
        seed=int(rng.integers(1 << 31)),
    )


def phantom_slice(
    *, rng: np.random.Generator, size: int = 256, patient: Patient | None = None, level: float | None = None
) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """One axial slice and its true mask.

    rng     : decides the noise, and the patient and level where they are not given
    size    : H = W in pixels
    returns : HU (H, W) int16; mask (H, W) uint8, 1 ground glass (about -700..-400 HU), 2 consolidation
              (about -100..50 HU)
    """
    patient = patient or phantom_patient(rng=rng)
    level = float(rng.uniform(0.1, 0.9)) if level is None else level
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    tilt = patient.tilt
    slice_ = _Slice(x=x * np.cos(tilt) - y * np.sin(tilt), y=x * np.sin(tilt) + y * np.cos(tilt), pixel=2 / size)
    hu, lungs = _body(slice_, patient, level)
    hu = _draw_vessels(hu, lungs, patient, level)
    mask = np.zeros((size, size), np.uint8)
    for lesion in sorted(patient.lesions, key=lambda lesion: lesion.kind):
        hu, mask = _draw_lesion(slice_, hu, mask, lungs=lungs, lesion=lesion, level=level)
    hu += 16 * smooth_noise(rng, size, 0.7) + 9 * smooth_noise(rng, size, 2.2)
    return np.clip(np.round(hu), -1024, 3071).astype(np.int16), mask


def smooth_noise(rng: np.random.Generator, size: int, sigma: float) -> Array:
    """(size, size) Gaussian noise of deviation 1, smoothed over ``sigma`` pixels, periodic."""
    frequency = np.fft.fftfreq(size)
    decay = np.exp(-2 * (np.pi * sigma) ** 2 * (frequency[:, None] ** 2 + frequency[None, :] ** 2))
    noise: Array = np.fft.ifft2(np.fft.fft2(rng.standard_normal((size, size))) * decay).real
    return noise / max(float(noise.std()), 1e-12)


@dataclass(frozen=True)
class _Slice:
    """The grid of one slice: coordinates (H, W) and the side of a pixel."""

    x: Array
    y: Array
    pixel: float

    def ellipse(self, x: float, y: float, a: float, b: float, *, turn: float = 0.0, power: float = 2.0) -> Array:
        """Coverage (H, W) from 0 to 1 of a (super-)ellipse with an edge one pixel soft."""
        u = (self.x - x) * np.cos(turn) + (self.y - y) * np.sin(turn)
        v = (self.y - y) * np.cos(turn) - (self.x - x) * np.sin(turn)
        distance = ((np.abs(u) / a) ** power + (np.abs(v) / b) ** power) ** (1 / power) - 1
        return np.asarray(np.clip(0.5 - distance * min(a, b) / self.pixel, 0, 1), np.float64)


def _lay(hu: Array, coverage: Array, value: float) -> Array:
    return hu + coverage * (value - hu)


def _body(grid: _Slice, patient: Patient, level: float) -> tuple[Array, Array]:
    """HU of everything but vessels and lesions, and the coverage of the lungs."""
    rng = np.random.default_rng(patient.seed)
    size = grid.x.shape[0]
    a, b, fat = patient.breadth, patient.depth, patient.fat
    hu = np.full(grid.x.shape, -1000.0)
    table = grid.ellipse(0, b - 1.35, 1.6, 1.4) - grid.ellipse(0, b - 1.37, 1.6, 1.395)
    hu = _lay(hu, np.clip(table, 0, 1) * (np.abs(grid.x) < 0.75) * (grid.y > 0), -350)
    hu = _lay(hu, grid.ellipse(0, 0, a, b, power=2.3), -95)
    hu = _lay(hu, grid.ellipse(0, 0, a - 0.6 * fat - 0.012, b - fat - 0.012, power=2.3), 48)
    narrow = 0.72 + 0.28 * np.sin(np.pi * min(level + 0.12, 0.6))
    chest = grid.ellipse(0, -0.02, (a - 0.6 * fat - 0.09) * narrow, (b - fat - 0.085) * narrow, power=2.25)
    inner = _mediastinum(grid, patient, level)
    lungs = chest * (1 - inner)
    texture = 18 * smooth_noise(rng, size, size / 40) + 12 * smooth_noise(rng, size, size / 160)
    hu = hu + lungs * (-865 + 70 * np.clip(grid.y + 0.1, -0.3, 0.5) + texture - hu)
    hu = _lay(hu, inner * chest, 42)
    fat_lines = np.clip(smooth_noise(rng, size, size / 45) - 1.1, 0, 1) * inner * chest
    hu = _lay(hu, fat_lines * 0.8, -80)
    hu = _draw_bones(grid, hu, patient, narrow)
    return _draw_tubes(grid, hu, patient, level), lungs


def _mediastinum(grid: _Slice, patient: Patient, level: float) -> Array:
    """What lies between and under the lungs: heart, spine, great vessels, the domes of the diaphragm."""
    spine_y = patient.depth - 0.24
    parts = [
        grid.ellipse(0.0, -0.14, 0.13 + 0.02 * patient.heart, 0.3),
        grid.ellipse(0.0, 0.1, 0.1, 0.3),
        grid.ellipse(0, spine_y, 0.145, 0.19),
        grid.ellipse(0.14, spine_y - 0.09, 0.085, 0.085),
    ]
    heart = np.clip((level - 0.3) / 0.4, 0, 1) * patient.heart
    if heart > 0.05:
        parts.append(grid.ellipse(0.11, -0.13, 0.05 + 0.27 * heart, 0.08 + 0.17 * heart, turn=0.6))
    for side, x, start in ((-1, -0.38, 0.72), (1, 0.36, 0.8)):  # the liver's dome is the higher one
        dome = np.clip((level - start) * 1.5, 0, 0.3)
        if dome > 0.02:
            parts.append(grid.ellipse(x, -0.02 * side, dome, dome * 0.85))
    return np.asarray(np.max(parts, axis=0), np.float64)


def _draw_bones(grid: _Slice, hu: Array, patient: Patient, narrow: float) -> Array:
    """Vertebra, sternum and ribs: a dense rim around marrow."""
    spine_y = patient.depth - 0.22
    for x, y, a, b in ((0.0, spine_y, 0.12, 0.095), (0.0, -patient.depth + 0.1, 0.1, 0.025)):
        hu = _lay(hu, grid.ellipse(x, y, a, b), 520)
        hu = _lay(hu, grid.ellipse(x, y, a - 0.016, b - 0.012), 190)
    for side in (-1, 1):
        hu = _lay(hu, grid.ellipse(side * 0.085, spine_y + 0.12, 0.09, 0.026, turn=side * 0.45), 420)
    hu = _lay(hu, grid.ellipse(0, spine_y + 0.16, 0.02, 0.07), 450)
    hu = _lay(hu, grid.ellipse(0, spine_y + 0.085, 0.05, 0.038), 25)
    rng = np.random.default_rng(patient.seed + 1)
    a, b = (patient.breadth - 0.6 * patient.fat - 0.055) * narrow, (patient.depth - patient.fat - 0.05) * narrow
    for angle in np.concatenate([np.linspace(-65, 65, 6), np.linspace(115, 245, 6)]) + rng.uniform(-6, 6, 12):
        t = np.deg2rad(angle)
        x, y = a * np.cos(t), -0.02 + b * np.sin(t)
        turn = np.arctan2(b * np.cos(t), -a * np.sin(t))
        long = rng.uniform(0.06, 0.11)
        hu = _lay(hu, grid.ellipse(x, y, long, 0.024, turn=turn), 480)
        hu = _lay(hu, grid.ellipse(x, y, long - 0.014, 0.012, turn=turn), 210)
    return hu


def _draw_tubes(grid: _Slice, hu: Array, patient: Patient, level: float) -> Array:
    """Contrast-filled aorta and heart chambers; trachea above, the two main bronchi below."""
    hu = _lay(hu, grid.ellipse(0.14, patient.depth - 0.33, 0.06, 0.06), 135)
    if level < 0.55:
        hu = _lay(hu, grid.ellipse(-0.055, -0.2, 0.07, 0.07), 140)
        hu = _lay(hu, grid.ellipse(-0.1, -0.08, 0.035, 0.04), 150)
    else:
        hu = _lay(hu, grid.ellipse(0.2, -0.08, 0.12, 0.085, turn=0.6) * 0.6, 120)
        hu = _lay(hu, grid.ellipse(0.03, -0.24, 0.1, 0.08, turn=0.6) * 0.5, 110)
    openings = ((0.0, 0.05),) if level < 0.38 else ((-0.09, 0.036), (0.08, 0.033))
    for x, radius in openings:
        hu = _lay(hu, grid.ellipse(x, 0.03, radius + 0.008, radius + 0.008), 30)
        hu = _lay(hu, grid.ellipse(x, 0.03, radius, radius), -990)
    return hu


def _draw_vessels(hu: Array, lungs: Array, patient: Patient, level: float) -> Array:
    """Branching vessels from both hila, cut by the slice here and there."""
    size = hu.shape[0]
    scale = 2  # drawn twice as large, then averaged: soft edges
    image = Pillow.new("L", (size * scale, size * scale))
    draw = ImageDraw.Draw(image)
    # two sets of branches cross-fade along the body, so that neighbouring slices resemble each other
    step = int(level * 12)
    for offset in (0, 1):
        rng = np.random.default_rng((patient.seed, step + offset))
        strength = 1 - abs(level * 12 - step - offset)
        for side in (-1, 1):
            for angle in rng.uniform(-1.35, 1.35, 8):
                start = (side * 0.14, 0.02 + 0.1 * np.sin(angle))
                direction = angle if side > 0 else np.pi - angle
                _branch(draw, rng, start, direction, 0.021 * strength**0.5, size * scale)
    vessels = np.asarray(image.resize((size, size), Pillow.Resampling.BOX), np.float64) / 255
    return hu + vessels * lungs * np.clip(lungs * 2 - 1, 0, 1) * (20 - hu) * 0.9


def _branch(
    draw: ImageDraw.ImageDraw, rng: np.random.Generator, at: tuple[float, float], angle: float, radius: float, size: int
) -> None:
    while radius > 0.0035:
        length = rng.uniform(0.045, 0.085)
        end = (at[0] + length * np.cos(angle), at[1] + length * np.sin(angle))
        # a vessel lies in the slice for a while, or crosses it as a dot; thin ones mostly cross
        if rng.random() < 0.25 + radius / 0.02:
            points = [((x + 1) * size / 2, (y + 1) * size / 2) for x, y in (at, end)]
            draw.line(points, fill=int(255 * min(1, radius / 0.008)), width=max(1, round(radius * size / 2)))
        else:
            x, y, r = (end[0] + 1) * size / 2, (end[1] + 1) * size / 2, max(1.0, radius * size * 0.35)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=int(255 * min(1, radius / 0.006)))
        if rng.random() < 0.6:
            _branch(draw, rng, end, angle + rng.choice([-1, 1]) * rng.uniform(0.4, 0.9), radius * 0.62, size)
        at, angle, radius = end, angle + rng.normal(0, 0.24), radius * rng.uniform(0.72, 0.88)


def _draw_lesion(
    grid: _Slice, hu: Array, mask: NDArray[np.uint8], *, lungs: Array, lesion: Lesion, level: float
) -> tuple[Array, NDArray[np.uint8]]:
    """The lesion's cut through this level, its border frayed by noise that changes slowly with the level."""
    x, y, z = lesion.centre
    radius = lesion.radius * np.sqrt(max(0.0, 1 - ((level - z) / (lesion.radius * 1.3)) ** 2))
    if radius < 0.04:
        return hu, mask
    size = hu.shape[0]
    rng = np.random.default_rng(lesion.seed)
    fray, other = (smooth_noise(rng, size, size / 24) for _ in range(2))
    turn = level * 6
    fray = fray * np.cos(turn) + other * np.sin(turn) + 0.5 * smooth_noise(rng, size, size / 70)
    distance = np.hypot((grid.x - x) * lesion.flatness, grid.y - y) / radius - 1 + 0.28 * fray
    hazy = lesion.kind == GROUND_GLASS
    softness = 0.35 if hazy else 0.12
    strength = np.clip(0.5 - distance / softness, 0, 1) * lungs
    clouds = smooth_noise(rng, size, size / 60)
    # ground glass veils the lung and lets its vessels show; consolidation replaces it, but for its airways
    veil = rng.uniform(-620, -500) + 45 * clouds
    dense = -20 + 28 * clouds - 500 * np.clip(smooth_noise(rng, size, size / 90) - 2.2, 0, 1)
    target = np.maximum(hu, veil) if hazy else np.maximum(hu, dense)
    inside = (strength >= 0.5) & (lungs > 0.5)
    return hu + strength * (target - hu), np.where(inside, np.uint8(lesion.kind), mask)
