"""Each tool that draws, by real pointer events, against the mask that the server has afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from e2e.bench import SIDE, SQUARE, Bench, bench, choose, expected, rectangle
from e2e.desk import Desk
from e2e.hands import Hands
from playwright.sync_api import expect
from scipy import ndimage

pytestmark = pytest.mark.browser
__all__ = ["bench"]


def held(hands: Hands, key: str, points: list[tuple[float, float]]) -> None:
    hands.page.keyboard.down(key)
    hands.stroke(points)
    hands.page.keyboard.up(key)


def test_a_square_brush_shows_and_paints_its_square_and_leaves_no_gap(desk: Desk, bench: Bench) -> None:
    hands = bench(desk)
    page = hands.page
    page.keyboard.press("q")
    choose(hands, "b", brush_size=5)
    hands.click((20, 20))
    assert np.array_equal(hands.mask(), expected((slice(18, 23), slice(18, 23), 1)))
    page.mouse.move(*hands.at((60, 20)))
    ring, inside, outside = hands.seen([(57.5, 17.5), (58.5, 20), (56, 16)])
    assert min(ring) > 150 > max(inside), "its corner is seen, where a round brush has none"
    assert outside == inside
    # one report of the pointer for the whole way
    hands.stroke([(10, 60), (80, 90)], steps=1)
    drawn = hands.mask() > 0
    assert ndimage.label(drawn)[1] == 2
    assert all(drawn[row].any() for row in range(60, 91))
    page.mouse.move(*hands.at((50, 50)))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    expect(page.get_by_test_id("brush-size")).to_have_value("6")


def test_the_threshold_brush_paints_only_values_in_its_range(desk: Desk, bench: Bench) -> None:
    hands = bench(desk)
    page = hands.page
    choose(hands, "t", brush_size=24)
    page.keyboard.down("Shift")
    hands.click((60, 44))
    page.keyboard.up("Shift")
    expect(hands.viewer).to_have_attribute("data-version", "0")
    low = float(page.get_by_test_id("range-low").input_value())
    assert low <= 255 <= float(page.get_by_test_id("range-high").input_value())
    assert low > 100
    tinted, plain = hands.seen([(58, 42), (30, 30)])
    assert len(set(tinted)) > 1, "what would be painted is tinted"
    assert len(set(plain)) == 1
    hands.stroke([(40, 44), (80, 44)])
    square = expected((*SQUARE, 1))
    assert np.array_equal(hands.mask(), square)
    # typed: the ground alone
    choose(hands, "t", range_low=0, range_high=200)
    page.keyboard.press("2")
    hands.stroke([(40, 44), (80, 44)])
    mask = hands.mask()
    assert np.array_equal(mask == 1, square == 1)
    assert (mask[44, 30:56] == 2).all()
    page.get_by_test_id("pick-range").click()
    hands.stroke([(10, 10), (60, 44)], steps=40)
    expect(page.get_by_test_id("pick-range")).to_have_attribute("aria-pressed", "false")
    assert float(page.get_by_test_id("range-high").input_value()) == 255
    assert np.array_equal(hands.mask(), mask)


def test_the_eraser_erases(desk: Desk, bench: Bench) -> None:
    hands = bench(desk)
    rectangle(hands, slice(10, 30), slice(10, 30))
    choose(hands, "e", brush_size=2)
    hands.stroke([(10, 20), (29, 20)])
    mask = hands.mask()
    assert (mask[10:18, 10:30] == 1).all()
    assert not mask[20, 10:30].any()


def test_the_lasso_adds_and_takes_away(desk: Desk, bench: Bench) -> None:
    hands = bench(desk)
    page = hands.page
    page.keyboard.press("l")
    hands.stroke([(9.5, 9.5), (49.5, 9.5), (49.5, 39.5), (9.5, 39.5)], steps=12)
    whole = expected((slice(10, 40), slice(10, 50), 1))
    assert (hands.mask() != whole).sum() < 40
    inner = [(19.5, 19.5), (29.5, 19.5), (29.5, 29.5), (19.5, 29.5)]
    held(hands, "Shift", inner)
    assert not hands.mask()[21:29, 21:29].any()
    page.keyboard.press("Control+z")
    assert hands.mask()[21:29, 21:29].all()
    page.get_by_test_id("mode-subtract").click()
    hands.stroke(inner, steps=12)
    assert not hands.mask()[21:29, 21:29].any()
    # another class is not taken away
    page.keyboard.press("2")
    hands.stroke([(4.5, 4.5), (60, 4.5), (60, 60), (4.5, 60)], steps=12)
    assert (hands.mask() == 1).sum() > 900
    assert not (hands.mask() == 2).any()


def test_the_live_wire_follows_the_edge_and_steps_back(desk: Desk, bench: Bench) -> None:
    hands = bench(desk)
    page = hands.page
    page.keyboard.press("c")
    for corner in [(56, 40), (63, 40), (63, 47)]:
        hands.click(corner)
    page.mouse.move(*hands.at((80, 80)))
    page.keyboard.press("Backspace")
    hands.click((63, 47))
    hands.click((56, 47))
    page.mouse.move(*hands.at((57, 44)))
    page.keyboard.press("Enter")
    square = expected((*SQUARE, 1))
    mask = hands.mask()
    assert (mask & square).sum() / (mask | square).sum() > 0.7
    page.keyboard.press("Control+z")
    assert not hands.mask().any()
    hands.click((56, 40))
    hands.click((63, 40))
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    assert not hands.mask().any()


def test_a_region_follows_the_image_and_its_tolerance(desk: Desk, bench: Bench) -> None:
    hands = bench(desk)
    page = hands.page
    page.keyboard.press("g")
    hands.click((60, 44))
    square = expected((*SQUARE, 1))
    assert np.array_equal(hands.mask(), square)
    # the same region with another tolerance, as the same step
    page.get_by_test_id("tolerance").fill("127")
    page.get_by_test_id("region-connected").uncheck()
    page.mouse.move(*hands.at((5, 5)))
    assert np.array_equal(hands.mask(), square)
    page.keyboard.press("Control+z")
    assert not hands.mask().any()
    expect(page.get_by_test_id("undo")).to_be_disabled()
    page.get_by_test_id("region-connected").check()
    page.get_by_test_id("region-compare").select_option("neighbour")
    page.get_by_test_id("tolerance").fill("1")
    # press and drag to the right: the whole image at last
    x, y = hands.at((5, 5))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 1, y)
    page.mouse.move(x + 400, y, steps=4)
    page.mouse.move(x + 1, y, steps=4)
    page.mouse.up()
    assert np.array_equal(hands.mask(), 1 - square)
    page.keyboard.press("Shift+Delete")
    assert not hands.mask().any()


def test_fill_paints_what_has_one_label_whatever_the_image_shows(desk: Desk, bench: Bench) -> None:
    hands = bench(desk)
    rectangle(hands, slice(30, 60), slice(30, 70))
    hands.page.keyboard.press("2")
    hands.page.keyboard.press("f")
    hands.click((60, 44))
    assert np.array_equal(hands.mask(), expected((slice(30, 60), slice(30, 70), 2)))


def test_a_pen_and_a_finger_draw_areas_too(desk: Desk, bench: Bench) -> None:
    hands = bench(desk)
    hands.page.keyboard.press("l")
    session = desk.context.new_cdp_session(hands.page)
    corners = [(9.5, 9.5), (39.5, 9.5), (39.5, 39.5), (9.5, 39.5)]

    def touch(kind: str, points: list[tuple[float, float]]) -> None:
        where = [{"x": x, "y": y} for x, y in map(hands.at, points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    touch("touchStart", corners[:1])
    for corner in corners[1:]:
        touch("touchMove", [corner])
    touch("touchEnd", [])
    assert (hands.mask()[12:38, 12:38] == 1).all()

    def pen(kind: str, point: tuple[float, float]) -> None:
        x, y = hands.at(point)
        event = {"type": kind, "x": x, "y": y, "pointerType": "pen", "clickCount": 1, "button": "left", "buttons": 1}
        session.send("Input.dispatchMouseEvent", event)

    hands.page.keyboard.press("2")
    shifted = [(column + 45, row) for column, row in corners]
    pen("mousePressed", shifted[0])
    for corner in shifted[1:]:
        pen("mouseMoved", corner)
    pen("mouseReleased", shifted[-1])
    mask = hands.mask()
    assert mask.shape == (SIDE, SIDE)
    assert (mask[12:38, 57:83] == 2).all()
