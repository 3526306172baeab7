"""Stop advice: facts that hold for any curve, and curves whose future is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.active.advice import advise
from winnow.errors import InvalidInput

LABELS = [8, 16, 24, 32, 40]


def law(labels, *, limit=0.6, loss=1.0, rate=0.5):
    return limit - loss * np.asarray(labels, dtype=float) ** -rate


def curve(labels=LABELS, **shape):
    return list(zip(labels, law(labels, **shape), strict=True))


def test_a_curve_that_is_a_power_law_goes_on_as_one():
    advice = advise(curve(), batch=8, errors=[1e-4] * 5)
    assert (advice.labels_now, advice.labels) == (40, 48)
    assert advice.now == pytest.approx(law(40), abs=1e-3)
    assert advice.then == pytest.approx(law(48), abs=1e-3)
    assert advice.limit == pytest.approx(0.6, abs=0.01)
    assert advice.low <= law(48) - law(40) + 1e-4
    assert advice.high >= law(48) - law(40) - 1e-4


def test_a_flat_curve_promises_nothing():
    advice = advise([(labels, 0.4) for labels in LABELS], batch=8)
    assert advice.gain == pytest.approx(0, abs=1e-6)
    assert (advice.now, advice.limit) == pytest.approx((0.4, 0.4))
    assert advice.high > 0  # it may yet rise: the points are not exact


def test_a_falling_curve_promises_nothing_either():
    advice = advise([(8, 0.5), (16, 0.45), (24, 0.4)], batch=8)
    assert advice.gain == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("points", [[], [(8, 0.2)], [(8, 0.2), (16, 0.3)], [(8, 0.2), (16, 0.3), (16, 0.31)]])
def test_too_few_points_are_no_advice(points):
    assert advise(points, batch=8) is None


@given(
    values=st.lists(st.floats(0, 1), min_size=3, max_size=6),
    batch=st.integers(1, 100),
    seed=st.integers(0, 100),
)
@settings(max_examples=15)
def test_any_curve_gains_between_nothing_and_all_that_is_missing(values, batch, seed):
    advice = advise([(8 * (place + 1), value) for place, value in enumerate(values)], batch=batch, seed=seed)
    assert -1e-9 <= advice.low <= advice.gain <= advice.high + 1e-9 <= 1 - advice.now + 2e-9
    assert advice.now - 1e-9 <= advice.then <= advice.limit + 1e-9
    assert advice.limit <= 1 + 1e-9


def test_a_larger_batch_adds_more_and_each_next_one_less():
    gains = [advise(curve(), batch=batch).gain for batch in (8, 16, 24)]
    assert gains == sorted(gains)
    assert gains[1] - gains[0] < gains[0]


def test_surer_points_make_a_narrower_interval():
    loose, tight = (advise(curve(), batch=8, errors=[error] * 5) for error in (0.05, 0.005))
    assert tight.high - tight.low < loose.high - loose.low


def test_points_that_scatter_more_than_they_claim_widen_it():
    jumping = [(labels, value + 0.1 * (-1) ** place) for place, (labels, value) in enumerate(curve())]
    claimed = [0.005] * 5
    smooth, scattered = (advise(points, batch=8, errors=claimed) for points in (curve(), jumping))
    assert scattered.high - scattered.low > smooth.high - smooth.low


def test_a_point_that_is_hardly_known_hardly_counts():
    wild = [*curve(), (36, 0.05)]
    trusted = advise(wild, batch=8, errors=[0.01] * 5 + [10.0])
    assert trusted.then == pytest.approx(law(48), abs=0.01)


def test_the_order_of_the_points_does_not_matter_and_the_seed_decides_the_rest():
    forward, backward = advise(curve(), batch=8, seed=3), advise(curve()[::-1], batch=8, seed=3)
    assert forward.then == pytest.approx(backward.then)
    assert advise(curve(), batch=8, seed=3) == forward


@pytest.mark.parametrize(
    ("points", "options", "says"),
    [
        ([(8, 0.2), (16, np.nan), (24, 0.3)], {}, "learning curve"),
        ([(8, 0.2), (16, 1.2), (24, 0.3)], {}, "learning curve"),
        ([(0, 0.2), (16, 0.2), (24, 0.3)], {}, "learning curve"),
        (curve(), {"batch": 0}, "batch"),
        (curve(), {"seed": -1}, "seed"),
        (curve(), {"errors": [0.1]}, "error"),
        (curve(), {"errors": [0.1, 0.1, 0.0, 0.1, 0.1]}, "error"),
    ],
)
def test_what_is_no_curve_is_refused(points, options, says):
    with pytest.raises(InvalidInput, match=says):
        advise(points, **({"batch": 8} | options))
