"""Looking: slices of a series are scrolled through and drawn on, windows, rulers, areas, and keys of one's own."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from e2e.desk import Desk, grey_picture
from e2e.hands import Hands
from e2e.installation import Installation
from playwright.sync_api import Browser, expect
from pydicom import dcmread, dcmwrite

from winnow.dicom.phantom import phantom_files

pytestmark = pytest.mark.browser

SIDE, SLICES, SPACING = 96, 6, (0.5, 2.0)
GREYS = [-900, -600, -300, 0, 200, 400]
FULL = {"centre": -250, "width": 1400}


def slices() -> dict[str, bytes]:
    """A CT series whose every slice has one value, with rows 0.5 mm and columns 2 mm apart and three windows."""
    files = {}
    for number, (_, data, _) in enumerate(phantom_files(patients=1, slices=SLICES, size=SIDE)):
        dataset = dcmread(io.BytesIO(data))
        pixels = np.full((SIDE, SIDE), GREYS[number] + 1024, "<u2")
        pixels[0, 0] = number  # no two slices are the same picture
        dataset.PixelData, dataset.PixelSpacing = pixels.tobytes(), [str(each) for each in SPACING]
        dataset.ImagePositionPatient = [-100, 20, 5 * number]
        dataset.WindowCenter, dataset.WindowWidth = ["-250", "40", "400"], ["1400", "400", "1800"]
        dataset.WindowCenterWidthExplanation = ["WIDE", "SOFT TISSUE", "BONE"]
        buffer = io.BytesIO()
        dcmwrite(buffer, dataset, enforce_file_format=True)
        files[f"{number}.dcm"] = buffer.getvalue()
    return files


@pytest.fixture(scope="module")
def series(browser: Browser, installation: Installation) -> Iterator[tuple[int, list[int]]]:
    """The project, and its slices from the first on; a PNG comes last."""
    context = browser.new_context()
    desk = Desk(context, installation)
    desk.sign_in()
    project = desk.project(slices() | {"alone.png": grey_picture(1)})
    found = sorted(desk.images(project), key=lambda image: (image["series"] is None, image["index"]))
    yield project, [image["id"] for image in found]
    context.close()


def open_slice(desk: Desk, series: tuple[int, list[int]], place: int) -> Hands:
    hands = desk.open(series[0], series[1][place])
    expect(hands.page.get_by_test_id("slices")).to_have_attribute("data-slice", str(place + 1))
    return hands


def wheel(hands: Hands, notches: int) -> None:
    hands.page.mouse.move(*hands.at((48, 48)))
    for _ in range(abs(notches)):
        hands.page.mouse.wheel(0, 100 if notches > 0 else -100)


def on_screen(hands: Hands, series: tuple[int, list[int]], place: int) -> None:
    """The slice at this place is on the screen, whichever is drawn on."""
    bar = hands.page.get_by_test_id("slices")
    expect(bar).to_have_attribute("data-slice", str(place + 1))
    expect(bar).to_have_attribute("data-waiting", "false")
    home = hands.image_id == series[1][place]
    if home:
        expect(hands.viewer).not_to_have_attribute("data-looks-at", str(series[1][place]))
    else:
        expect(hands.viewer).to_have_attribute("data-looks-at", str(series[1][place]))


def grey_of(value: int) -> int:
    return int(np.floor(((value - (FULL["centre"] - 0.5)) / (FULL["width"] - 1) + 0.5) * 255 + 0.5).clip(0, 255))


def test_the_wheel_looks_at_neighbours_and_the_open_image_stays(desk: Desk, series: tuple[int, list[int]]) -> None:
    hands = open_slice(desk, series, 2)
    hands.page.keyboard.press("m")
    for notches, place in ((1, 3), (2, 5), (1, 5), (-4, 1)):
        wheel(hands, notches)
        on_screen(hands, series, place)
        assert hands.seen([(30, 30)]) == [(grey_of(GREYS[place]),) * 3]
        assert hands.image_id == series[1][2]
    expect(hands.page.get_by_test_id("looking")).to_contain_text("Slice 2")
    hands.page.keyboard.press("Escape")
    on_screen(hands, series, 2)
    expect(hands.page.get_by_test_id("looking")).to_have_count(0)
    for key, place in (("ArrowDown", 3), ("End", 5), ("ArrowUp", 4), ("Home", 0)):
        hands.page.keyboard.press(key)
        on_screen(hands, series, place)
    assert hands.seen([(30, 30)]) == [(grey_of(GREYS[0]),) * 3]


def test_a_stroke_on_a_neighbour_opens_it_and_loses_nothing(desk: Desk, series: tuple[int, list[int]]) -> None:
    hands = open_slice(desk, series, 2)
    hands.stroke([(20, 20), (40, 20)])
    wheel(hands, 1)
    on_screen(hands, series, 3)
    hands.stroke([(20, 60), (40, 60)])
    assert hands.wait_ready(other_than=series[1][2]) == series[1][3]
    assert desk.mask(series[1][2])[20, 30] == 1
    assert not desk.mask(series[1][2])[60].any()
    # the press only opened it: the next stroke is the first
    hands.stroke([(20, 70), (40, 70)])
    drawn = hands.mask(series[1][3])
    assert drawn[70, 30] == 1
    assert not drawn[60].any()
    assert not drawn[20].any()
    # its neighbour shows what was drawn there, and Enter goes on with it, undo belongs to it
    hands.page.keyboard.press("ArrowUp")
    on_screen(hands, series, 2)
    (red, _, _), (_, _, plain) = hands.seen([(30, 20), (30, 40)])
    assert red > plain
    hands.page.keyboard.press("Enter")
    hands.wait_ready(other_than=series[1][3])
    assert hands.image_id == series[1][2]
    assert desk.get(f"/api/images/{series[1][3]}").json()["state"] == "draft"


def test_undo_shows_what_it_takes_back(desk: Desk, series: tuple[int, list[int]]) -> None:
    hands = open_slice(desk, series, 0)
    hands.stroke([(20, 20), (40, 20)])
    assert hands.mask().any()
    wheel(hands, 2)
    on_screen(hands, series, 2)
    hands.page.keyboard.press("Control+z")
    on_screen(hands, series, 0)
    assert not hands.mask().any()


def test_shift_zooms_control_sizes_the_brush_and_a_pinch_zooms(desk: Desk, series: tuple[int, list[int]]) -> None:
    hands = open_slice(desk, series, 2)
    page = hands.page
    scale = lambda: float(hands.viewer.get_attribute("data-view-scale") or 0)  # noqa: E731
    fitted, brush = scale(), int(page.get_by_test_id("brush-size").input_value())
    page.keyboard.down("Shift")
    wheel(hands, -1)
    page.keyboard.up("Shift")
    expect(hands.viewer).not_to_have_attribute("data-view-scale", str(fitted))
    assert scale() > fitted
    page.keyboard.down("Control")
    wheel(hands, -1)
    page.keyboard.up("Control")
    expect(page.get_by_test_id("brush-size")).not_to_have_value(str(brush))
    zoomed, larger = scale(), page.get_by_test_id("brush-size").input_value()
    x, y = hands.at((48, 48))
    session = desk.context.new_cdp_session(page)
    # a pinch as the browser reports it: a wheel that says Control, without the key
    pinch: dict[str, Any] = {"type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": -10, "modifiers": 2}
    session.send("Input.dispatchMouseEvent", pinch)
    expect(hands.viewer).not_to_have_attribute("data-view-scale", str(zoomed))
    assert scale() > zoomed
    assert page.get_by_test_id("brush-size").input_value() == larger
    on_screen(hands, series, 2)


def test_an_image_on_its_own_zooms_and_has_no_slices(desk: Desk, series: tuple[int, list[int]]) -> None:
    hands = desk.open(series[0], series[1][-1])
    fitted = hands.viewer.get_attribute("data-view-scale") or ""
    wheel(hands, -1)
    expect(hands.viewer).not_to_have_attribute("data-view-scale", fitted)
    expect(hands.page.get_by_test_id("slices")).to_have_count(0)


def test_windows_of_the_file_inversion_and_the_histogram(desk: Desk, series: tuple[int, list[int]]) -> None:
    hands = open_slice(desk, series, 3)
    page = hands.page
    page.keyboard.press("m")
    page.get_by_role("button", name="bone", exact=True).first.click()
    expect(page.get_by_test_id("window-width")).to_have_value("1800")
    page.get_by_test_id("preset-file-1").click()
    expect(page.get_by_test_id("preset-file-1")).to_have_text("soft tissue")
    expect(page.get_by_test_id("window-centre")).to_have_value("40")
    page.get_by_test_id("preset-file").click()
    expect(page.get_by_test_id("window-width")).to_have_value("1400")
    (plain, *_), (inverted, *_) = hands.seen([(30, 30)])[0], (page.keyboard.press("i"), hands.seen([(30, 30)])[0])[1]
    assert plain + inverted == 255
    box = page.get_by_test_id("histogram").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 40, box["y"] + 20, steps=4)
    page.mouse.up()
    expect(page.get_by_test_id("window-centre")).not_to_have_value("-250")
    expect(page.get_by_test_id("window-width")).to_have_value("1400")


def test_a_ruler_and_an_area_are_in_millimetres(desk: Desk, series: tuple[int, list[int]]) -> None:
    hands = open_slice(desk, series, 4)
    page = hands.page
    page.mouse.move(*hands.at((10, 20)))
    # the first pixel's centre is at -100, 20, 5 * slice
    expect(page.get_by_test_id("under-patient")).to_have_text("−80.0, 30.0, 20.0 mm")
    page.keyboard.press("r")
    hands.stroke([(10, 20), (20, 20)])
    expect(page.get_by_test_id("ruler")).to_contain_text("20.0 mm")
    hands.click((10, 20))
    hands.click((10, 40))
    expect(page.get_by_test_id("ruler")).to_contain_text("10.0 mm")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("ruler")).to_have_count(0)
    page.keyboard.press("p")
    hands.polygon([(9.5, 9.5), (29.5, 9.5), (29.5, 19.5), (9.5, 19.5)])
    pixels = int((hands.mask() == 1).sum())
    expect(page.get_by_test_id("area-1")).to_have_text(f"{pixels} mm²")


def test_changed_keys_follow_the_person(browser: Browser, desk: Desk, series: tuple[int, list[int]]) -> None:
    hands = open_slice(desk, series, 5)
    page = hands.page
    page.keyboard.press("?")
    page.get_by_test_id("shortcut-tool.eraser").get_by_role("button").first.click()
    page.keyboard.press("b")
    expect(page.get_by_text("This key means “Brush” now.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("shortcut-tool.eraser").locator("kbd").first).to_have_text("B")
    expect(page.get_by_test_id("shortcut-tool.brush")).to_contain_text("no key")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    page.keyboard.press("b")
    expect(page.get_by_test_id("tool-eraser")).to_have_attribute("aria-pressed", "true")
    # another browser of the same person
    context = browser.new_context()
    other = Desk(context, desk.installation)
    other.sign_in()
    there = Hands(context.new_page(), desk.installation.url)
    there.page.goto(f"{desk.installation.url}/profile")
    expect(there.page.get_by_test_id("shortcut-tool.eraser").locator("kbd").first).to_have_text("B")
    there.page.get_by_test_id("shortcut-reset").click()
    expect(there.page.get_by_test_id("shortcut-tool.brush").locator("kbd").first).to_have_text("B")
    there.page.reload()
    expect(there.page.get_by_test_id("shortcut-tool.brush").locator("kbd").first).to_have_text("B")
    context.close()
