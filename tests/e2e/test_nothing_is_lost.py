"""What a person has drawn outlives reloads, crashes, a lost network, a second tab and a killed server."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from e2e.desk import Desk, grey_picture
from e2e.hands import Hands
from e2e.installation import Installation
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

pytestmark = pytest.mark.browser

TOP = [(20, 20), (60, 20)]
BOTTOM = [(20, 80), (60, 80)]

KEPT_HERE = """() => new Promise((resolve) => {
  const opening = indexedDB.open("winnow");
  opening.onsuccess = () => {
    const asking = opening.result.transaction("unsaved").objectStore("unsaved").count();
    asking.onsuccess = () => resolve(asking.result);
  };
})"""


def is_drawn(mask: np.ndarray, stroke: list[tuple[int, int]]) -> bool:
    (left, row), (right, _) = stroke
    return bool((mask[row, left : right + 1] == 1).all())


def hold_next_save(page: Page) -> None:
    """The next save never gets to the server, those after it do. (A mask is fetched only where there is one.)"""
    page.route("**/api/images/*/mask", lambda _: None, times=1)


@pytest.fixture(scope="module")
def images(browser: Browser, installation: Installation) -> Iterator[tuple[int, list[int]]]:
    """A project and its images, one for each test."""
    context = browser.new_context()
    desk = Desk(context, installation)
    desk.sign_in()
    project = desk.project({f"{number}.png": grey_picture(number) for number in range(6)})
    yield project, [image["id"] for image in desk.images(project)]
    context.close()


@pytest.fixture
def opened(desk: Desk, images: tuple[int, list[int]]) -> Callable[..., Hands]:
    project, ids = images
    return lambda number, **options: desk.open(project, ids[number], **options)


def agree_to_leave(page: Page) -> None:
    """The browser asks whether to leave a page with unsaved work."""
    page.on("dialog", lambda dialog: dialog.accept())


def test_a_stroke_survives_a_reload_right_after_it(opened: Callable[..., Hands]) -> None:
    hands = opened(0)
    agree_to_leave(hands.page)
    hold_next_save(hands.page)
    with hands.page.expect_request(lambda request: request.method == "PATCH"):
        hands.stroke(TOP)
    expect(hands.viewer).to_have_attribute("data-saved", "false")
    hands.page.reload()
    hands.wait_ready()
    expect(hands.page.get_by_test_id("notice")).to_be_visible()
    assert is_drawn(hands.mask(), TOP)


def test_a_stroke_survives_a_crash_of_the_tab(opened: Callable[..., Hands]) -> None:
    hands = opened(1)
    hold_next_save(hands.page)
    hands.stroke(TOP)
    assert hands.page.evaluate(KEPT_HERE) == 1
    with hands.page.expect_event("crash"), pytest.raises(Error):
        hands.page.goto("chrome://crash")
    after = opened(1)
    expect(after.page.get_by_test_id("notice")).to_be_visible()
    assert is_drawn(after.mask(), TOP)
    assert after.page.evaluate(KEPT_HERE) == 0


def test_drawing_goes_on_without_a_network(opened: Callable[..., Hands], context: BrowserContext) -> None:
    hands = opened(2)
    context.set_offline(True)
    hands.stroke(TOP)
    expect(hands.page.get_by_test_id("save-mark")).to_have_attribute("data-status", "retrying")
    hands.stroke(BOTTOM)
    expect(hands.viewer).to_have_attribute("data-saved", "false")
    context.set_offline(False)
    hands.wait_saved()
    mask = hands.mask()
    assert is_drawn(mask, TOP)
    assert is_drawn(mask, BOTTOM)


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_two_tabs_on_one_image_overwrite_nothing(desk: Desk, opened: Callable[..., Hands], choice: str) -> None:
    number = 3 if choice == "mine" else 4
    mine, theirs = opened(number), opened(number)
    image = mine.image_id
    theirs.stroke(BOTTOM)
    theirs.wait_saved()
    mine.page.bring_to_front()
    mine.stroke(TOP)
    dialog = mine.page.get_by_test_id(f"conflict-{choice}")
    expect(dialog).to_be_visible()
    assert is_drawn(desk.mask(image), BOTTOM)
    assert not is_drawn(desk.mask(image), TOP)
    assert is_drawn(desk.mask(image, "conflict"), TOP)
    dialog.click()
    mine.wait_saved()
    assert is_drawn(desk.mask(image), TOP if choice == "mine" else BOTTOM)
    assert not is_drawn(desk.mask(image), BOTTOM if choice == "mine" else TOP)


def test_a_killed_server_costs_nothing(desk: Desk, opened: Callable[..., Hands], installation: Installation) -> None:
    hands = opened(5)
    hands.stroke(TOP)
    hands.wait_saved()
    installation.stop(signal.SIGKILL)
    hands.stroke(BOTTOM)
    expect(hands.page.get_by_test_id("save-mark")).to_have_attribute("data-status", "retrying")
    installation.start()
    assert is_drawn(desk.mask(hands.image_id), TOP)
    hands.wait_saved()
    mask = hands.mask()
    assert is_drawn(mask, TOP)
    assert is_drawn(mask, BOTTOM)
