from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from winnow.active.descriptors import FEATURES, describe, describe_many
from winnow.active.strategies import cold_start
from winnow.errors import InvalidInput
from winnow.imaging.picture import Picture


def grey(pixels):
    return Picture(pixels=np.asarray(pixels).clip(0, 255).astype(np.uint8), window=(128.0, 256.0))


def family(kind, rng, side=96):
    """A noisy picture of one of six families that differ in layout, brightness or texture."""
    y, x = np.mgrid[:side, :side] / side
    plain = {
        0: 40 + 0 * x,
        1: 200 + 0 * x,
        2: 255 * x,
        3: 127 + 100 * np.sin(40 * y),
        4: 127 + 100 * np.sin(40 * x),
        5: 220 * (np.hypot(x - 0.5, y - 0.5) < 0.3),
    }[kind]
    return grey(plain + rng.normal(scale=12, size=(side, side)))


def pictures(counts, seed=0):
    rng = np.random.default_rng(seed)
    kinds = np.repeat(np.arange(6), counts)
    rng.shuffle(kinds)
    return kinds, [family(kind, rng) for kind in kinds]


def test_one_row_of_finite_features_for_any_picture():
    rng = np.random.default_rng(0)
    shapes = [(64, 64), (300, 200), (1, 1), (5, 400), (120, 119, 3)]
    described = describe_many(grey(rng.integers(0, 256, shape)) for shape in shapes)
    assert described.shape == (5, FEATURES)
    assert described.dtype == np.float32
    assert np.isfinite(described).all()


def test_a_flat_picture_has_no_edges_and_no_colour():
    described = describe(grey(np.full((50, 60), 51)))
    assert described[:256] == pytest.approx(0.2 / 4)
    assert np.count_nonzero(described[256:288]) == 1
    assert not described[288:].any()


def test_the_window_decides_what_is_seen():
    hu = np.random.default_rng(0).integers(-1000, 400, (64, 64)).astype(np.int16)
    shifted = Picture(pixels=hu + np.int16(100), window=(-300.0, 1400.0))
    np.testing.assert_allclose(describe(shifted), describe(Picture(pixels=hu, window=(-400.0, 1400.0))))


def test_size_matters_little_and_grey_in_three_channels_is_grey():
    picture = family(5, np.random.default_rng(0))
    doubled = grey(np.kron(picture.pixels, np.ones((2, 2))))
    stacked = grey(np.repeat(picture.pixels[..., None], 3, axis=2))
    assert np.linalg.norm(describe(stacked) - describe(picture)) < 0.01
    another = family(4, np.random.default_rng(0))
    apart = np.linalg.norm(describe(another) - describe(picture))
    assert np.linalg.norm(describe(doubled) - describe(picture)) < apart / 4


def test_red_and_blue_differ_where_brightness_does_not():
    red, blue = np.zeros((2, 20, 20, 3))
    red[..., 0] = 114 * 0.5
    blue[..., 2] = 299 * 0.5
    assert np.linalg.norm(describe(grey(red)) - describe(grey(blue))) > 0.5


def test_no_pictures_is_refused():
    with pytest.raises(InvalidInput):
        describe_many([])


def test_diverse_finds_the_rare_kinds_that_random_misses():
    """96 of 100 pictures are of two kinds: the cold start must still show one of each kind."""
    kinds, images = pictures([48, 48, 1, 1, 1, 1])
    described = describe_many(images)
    diverse = {kinds[choice.index] for choice in cold_start("diverse", described, k=6, seed=0)}
    by_chance = [
        len({kinds[choice.index] for choice in cold_start("random", described, k=6, seed=seed)}) for seed in range(20)
    ]
    assert diverse == set(range(6))
    assert np.mean(by_chance) < 3


def test_the_spread_beats_random_measured_on_the_pixels_themselves():
    _, images = pictures([8] * 6, seed=1)
    described = describe_many(images)
    pixels = np.stack([image.pixels.astype(float).ravel() for image in images])

    def spread(strategy, seed):
        chosen = pixels[[choice.index for choice in cold_start(strategy, described, k=6, seed=seed)]]
        return min(np.linalg.norm(a - b) for a, b in combinations(chosen, 2))

    assert spread("diverse", 0) > max(spread("random", seed) for seed in range(20))
