"""Edits of whole classes, locks, other slices, and undo across images, against the mask that the server has."""

from __future__ import annotations

import numpy as np
import pytest
from e2e.bench import Bench, bench, choose, expected, rectangle
from e2e.desk import Desk, grey_picture
from e2e.hands import Hands
from playwright.sync_api import expect

from winnow.dicom.phantom import phantom_files

pytestmark = pytest.mark.browser
__all__ = ["bench"]


def press(hands: Hands, *testids: str) -> None:
    for testid in testids:
        hands.page.get_by_test_id(testid).click()


def test_a_class_is_edited_by_the_menu_and_by_keys(desk: Desk, bench: Bench) -> None:
    hands = bench(desk)
    page = hands.page
    rectangle(hands, slice(20, 60), slice(20, 60))
    rectangle(hands, slice(30, 40), slice(30, 40), key="0")
    rectangle(hands, slice(80, 82), slice(80, 82))
    page.keyboard.press("1")
    block = (slice(20, 60), slice(20, 60), 1)
    hole = (slice(30, 40), slice(30, 40), 0)
    assert np.array_equal(hands.mask(), expected(block, hole, (slice(80, 82), slice(80, 82), 1)))
    press(hands, "edit-class", "edit-fillHoles")
    assert np.array_equal(hands.mask(), expected(block, (slice(80, 82), slice(80, 82), 1)))
    page.get_by_test_id("removeIslands-amount").fill("5")
    press(hands, "edit-removeIslands")
    assert np.array_equal(hands.mask(), expected(block))
    page.get_by_test_id("shrink-amount").fill("3")
    press(hands, "edit-shrink")
    assert np.array_equal(hands.mask(), expected((slice(23, 57), slice(23, 57), 1)))
    press(hands, "edit-grow")
    grown = hands.mask()
    assert (grown[20, 23:57] == 1).all()
    assert grown[20, 20] == 0, "corners are round"
    press(hands, "edit-smooth")
    assert hands.mask()[21, 21] == 0
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("edit-smooth")).not_to_be_visible()
    # by keys, and each is one step
    before = hands.mask()
    for key in ("Shift+K", "Shift+G", "Shift+S", "Shift+F", "Shift+I"):
        page.keyboard.press(key)
    page.keyboard.press("Shift+Delete")
    assert not hands.mask().any()
    steps = 0
    while not np.array_equal(hands.mask(), before):
        steps += 1
        assert steps <= 6
        page.keyboard.press("Control+z")
    for _ in range(20):
        page.keyboard.press("Control+z")
    assert not hands.mask().any()
    expect(page.get_by_test_id("undo")).to_be_disabled()


def test_what_is_locked_or_hidden_or_not_to_be_painted_over_stays(desk: Desk, bench: Bench) -> None:
    hands = bench(desk)
    page = hands.page
    rectangle(hands, slice(20, 40), slice(20, 40))
    press(hands, "lock-1")
    rectangle(hands, slice(10, 30), slice(10, 30), key="2")
    both = expected((slice(10, 30), slice(10, 30), 2), (slice(20, 40), slice(20, 40), 1))
    assert np.array_equal(hands.mask(), both)
    # a locked class cannot be drawn either, and the page says so
    rectangle(hands, slice(60, 70), slice(60, 70))
    expect(page.get_by_text("ground-glass is locked")).to_be_visible()
    press(hands, "more-2", "merge-2-1")
    assert np.array_equal(hands.mask(), both)
    press(hands, "lock-1", "show-1")
    rectangle(hands, slice(0, 50), slice(0, 50), key="0")
    assert np.array_equal(hands.mask(), expected((slice(20, 40), slice(20, 40), 1)))
    press(hands, "show-1")
    choose(hands, "b")
    page.get_by_test_id("paint-over").select_option("0")
    rectangle(hands, slice(30, 60), slice(30, 60), key="2")
    over = expected((slice(30, 60), slice(30, 60), 2), (slice(20, 40), slice(20, 40), 1))
    assert np.array_equal(hands.mask(), over)
    page.get_by_test_id("paint-over").select_option("1")
    rectangle(hands, slice(10, 25), slice(10, 25), key="2")
    over[20:25, 20:25] = 2
    assert np.array_equal(hands.mask(), over)


def test_classes_are_swapped_merged_and_cleared_and_shown_by_their_borders(desk: Desk, bench: Bench) -> None:
    hands = bench(desk)
    rectangle(hands, slice(20, 40), slice(20, 40))
    rectangle(hands, slice(20, 40), slice(50, 80), key="2")
    press(hands, "more-1", "swap-1-2")
    swapped = expected((slice(20, 40), slice(20, 40), 2), (slice(20, 40), slice(50, 80), 1))
    assert np.array_equal(hands.mask(), swapped)
    hands.page.mouse.move(*hands.at((5, 5)))
    inner, border, ground = [(30, 30)], [(20, 30)], [(5, 60)]
    assert hands.seen(inner) != hands.seen(ground)
    press(hands, "style-outline")
    assert hands.seen(inner) == hands.seen(ground)
    assert hands.seen(border) != hands.seen(ground)
    press(hands, "more-2", "merge-2-1")
    assert np.array_equal(hands.mask(), (swapped > 0).astype(np.uint8))
    press(hands, "more-1", "clear-1")
    assert not hands.mask().any()
    for _ in range(3):
        hands.page.keyboard.press("Control+z")
    original = expected((slice(20, 40), slice(20, 40), 1), (slice(20, 40), slice(50, 80), 2))
    assert np.array_equal(hands.mask(), original)


def test_undo_goes_on_where_an_image_was_left_unless_somebody_else_drew(desk: Desk) -> None:
    project = desk.project({f"{number}.png": grey_picture(number) for number in range(3)}, name="Undo")
    job = desk.post(f"/api/projects/{project}/rounds", data={"K": 2, "k": 2})["id"]
    desk.get(f"/api/jobs/{job}/events").body()
    picks = desk.get(f"/api/projects/{project}/rounds").json()["items"][0]["picks"]
    first = picks[0]["image"]
    hands = desk.open(project, first)
    page = hands.page
    rectangle(hands, slice(10, 20), slice(10, 20))
    rectangle(hands, slice(30, 40), slice(30, 40))
    page.keyboard.press("Control+z")
    page.keyboard.press("PageDown")
    second = hands.wait_ready(other_than=first)
    expect(page.get_by_test_id("undo")).to_be_disabled()
    rectangle(hands, slice(50, 60), slice(50, 60))
    assert np.array_equal(hands.mask(), expected((slice(50, 60), slice(50, 60), 1)))
    page.keyboard.press("PageUp")
    hands.wait_ready(other_than=second)
    page.keyboard.press("Control+y")
    both = expected((slice(10, 20), slice(10, 20), 1), (slice(30, 40), slice(30, 40), 1))
    assert np.array_equal(hands.mask(), both)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert not hands.mask().any()
    # while the second is not open, its mask changes on the server
    version = desk.get(f"/api/images/{second}").json()["version"]
    other = desk.open(project, second, page=desk.context.new_page())
    rectangle(other, slice(0, 9), slice(0, 9))
    other.wait_saved()
    assert desk.get(f"/api/images/{second}").json()["version"] > version
    page.keyboard.press("PageDown")
    hands.wait_ready(other_than=first)
    expect(page.get_by_test_id("undo")).to_be_disabled()


def test_masks_of_other_slices_are_copied_and_interpolated(desk: Desk) -> None:
    files = {path: data for path, data, _ in phantom_files(patients=1, slices=5, size=96)}
    project = desk.project(files, name="Slices")
    slices = [image["id"] for image in sorted(desk.images(project), key=lambda image: image["index"])]
    assert len(slices) == 5
    for place, left in ((0, 20), (4, 40)):
        hands = desk.open(project, slices[place])
        rectangle(hands, slice(20, 40), slice(left, left + 20))
        hands.wait_saved()
        hands.page.close()
    hands = desk.open(project, slices[1])
    press(hands, "edit-class")
    expect(hands.page.get_by_test_id("copy-after")).to_be_disabled()
    press(hands, "copy-before")
    drawn = expected((slice(20, 40), slice(20, 40), 1))
    expect(hands.viewer).not_to_have_attribute("data-version", "0")
    assert np.array_equal(hands.mask(), drawn)
    hands.page.keyboard.press("Escape")
    hands.page.keyboard.press("Control+z")
    assert not hands.mask().any()
    # the slice in the middle lies half of the way
    hands.page.close()
    hands = desk.open(project, slices[2])
    hands.page.keyboard.press("Shift+M")
    expect(hands.viewer).not_to_have_attribute("data-version", "0")
    assert np.array_equal(hands.mask(), expected((slice(20, 40), slice(30, 50), 1)))
    # one class of the slice after it only, and the other class stays
    hands.page.close()
    hands = desk.open(project, slices[3])
    rectangle(hands, slice(60, 70), slice(60, 70), key="2")
    rectangle(hands, slice(70, 80), slice(70, 80))
    press(hands, "edit-class")
    hands.page.get_by_test_id("slices-part").check()
    press(hands, "copy-after")
    expect(hands.page.get_by_test_id("class-1")).to_contain_text("4.3")
    part = expected((slice(20, 40), slice(40, 60), 1), (slice(60, 70), slice(60, 70), 2))
    assert np.array_equal(hands.mask(), part)
