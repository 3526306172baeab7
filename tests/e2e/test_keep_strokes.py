"""Strokes are kept from their end on: a killed tab, no network, no session, no room in the browser, leaving."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from e2e.desk import Desk, grey_picture
from e2e.hands import Hands
from e2e.installation import Installation
from playwright.sync_api import Browser, BrowserContext, Error, Page, Request, expect

pytestmark = pytest.mark.browser

TOP, MIDDLE, BOTTOM = ([(20, row), (60, row)] for row in (20, 50, 80))
PASSWORD = "staple of four words"

KEPT_HERE = """() => new Promise((resolve) => {
  const opening = indexedDB.open("winnow");
  opening.onsuccess = () => {
    const asking = opening.result.transaction("strokes").objectStore("strokes").count();
    asking.onsuccess = () => { opening.result.close(); resolve(asking.result); };
  };
})"""


def is_drawn(mask: np.ndarray, stroke: list[tuple[int, int]]) -> bool:
    (left, row), (right, _) = stroke
    return bool((mask[row, left : right + 1] == 1).all())


def saves(page: Page) -> list[Request]:
    """The saves that the page sends from now on."""
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method in ("PUT", "PATCH") else None)
    return sent


@pytest.fixture(scope="module")
def images(browser: Browser, installation: Installation) -> Iterator[tuple[int, list[int]]]:
    """A project and its images, one for each test; kim draws in it, too."""
    context = browser.new_context()
    desk = Desk(context, installation)
    desk.sign_in()
    project = desk.project({f"{number}.png": grey_picture(number) for number in range(9)})
    desk.colleague("kim", PASSWORD, project)
    yield project, [image["id"] for image in desk.images(project)]
    context.close()


@pytest.fixture
def opened(desk: Desk, images: tuple[int, list[int]]) -> Callable[..., Hands]:
    project, ids = images
    return lambda number, **options: desk.open(project, ids[number], **options)


def test_a_save_holds_what_changed_and_strokes_go_together(opened: Callable[..., Hands]) -> None:
    hands = opened(0)
    sent = saves(hands.page)
    for stroke in (TOP, MIDDLE, BOTTOM):
        hands.stroke(stroke, steps=2)
    mask = hands.mask()
    assert all(is_drawn(mask, stroke) for stroke in (TOP, MIDDLE, BOTTOM))
    patches = [request for request in sent if request.method == "PATCH"]
    assert len(patches) == len([request for request in sent if "/mask" in request.url]) <= 2
    assert sum(len(request.post_data_buffer or b"") for request in patches) < mask.size / 4


def test_a_tab_killed_in_mid_stroke_loses_that_stroke_alone(opened: Callable[..., Hands]) -> None:
    hands = opened(1)
    # no save of this tab ever arrives
    hands.page.route("**/api/images/*/mask", lambda _: None)
    hands.stroke(TOP)
    hands.stroke(MIDDLE)
    mouse = hands.page.mouse
    mouse.move(*hands.at(BOTTOM[0]))
    mouse.down()
    mouse.move(*hands.at(BOTTOM[1]), steps=5)
    with hands.page.expect_event("crash"), pytest.raises(Error):
        hands.page.goto("chrome://crash")
    after = opened(1)
    mask = after.mask()
    assert is_drawn(mask, TOP)
    assert is_drawn(mask, MIDDLE)
    assert not is_drawn(mask, BOTTOM)
    assert after.page.evaluate(KEPT_HERE) == 0


def test_a_save_whose_answer_was_lost_with_the_tab_is_no_conflict(opened: Callable[..., Hands]) -> None:
    """The server has the first stroke, the browser both; nobody else has drawn anything."""
    hands = opened(2)
    # it arrives, and its answer never comes back
    hands.page.route("**/api/images/*/mask", lambda route: route.fetch() and None, times=1)
    with hands.page.expect_request(lambda request: request.method == "PATCH"):
        hands.stroke(TOP)
    hands.stroke(BOTTOM)
    with hands.page.expect_event("crash"), pytest.raises(Error):
        hands.page.goto("chrome://crash")
    after = opened(2)
    assert after.viewer.get_attribute("data-version") in ("1", "2")
    mask = after.mask()
    assert is_drawn(mask, TOP)
    assert is_drawn(mask, BOTTOM)
    expect(after.page.get_by_test_id("conflict-dialog")).to_have_count(0)


def test_that_there_is_no_network_is_said(opened: Callable[..., Hands], context: BrowserContext) -> None:
    hands = opened(3)
    mark = hands.page.get_by_test_id("save-mark")
    context.set_offline(True)
    expect(mark).to_have_attribute("data-online", "false")
    hands.stroke(TOP)
    expect(mark).to_contain_text("Kept in this browser")
    assert hands.page.evaluate(KEPT_HERE) == 1
    context.set_offline(False)
    hands.wait_saved()
    expect(mark).to_have_text("Saved ✓")
    assert is_drawn(hands.mask(), TOP)


def test_an_ended_session_is_begun_again_on_the_page(
    opened: Callable[..., Hands], desk: Desk, installation: Installation
) -> None:
    hands = opened(4)
    image = hands.image_id
    with sqlite3.connect(installation.root / "winnow.sqlite3", timeout=20) as database:
        database.execute("delete from django_session")
    hands.stroke(TOP)
    expect(hands.page.get_by_test_id("sign-in-again")).to_be_visible()
    expect(hands.viewer).to_have_attribute("data-saved", "false")
    hands.page.get_by_test_id("again-password").fill("not the password")
    hands.page.get_by_test_id("again-enter").click()
    expect(hands.page.get_by_test_id("again-refusal")).to_be_visible()
    hands.page.get_by_test_id("again-password").fill(installation.password)
    hands.page.keyboard.press("Enter")
    hands.wait_saved()
    expect(hands.page.get_by_test_id("sign-in-again")).to_be_hidden()
    assert hands.image_id == image
    hands.stroke(BOTTOM)
    hands.wait_saved()
    assert is_drawn(desk.mask(image), TOP)
    assert is_drawn(desk.mask(image), BOTTOM)


def test_who_signs_in_instead_gets_nothing_of_it(
    opened: Callable[..., Hands], desk: Desk, images: tuple[int, list[int]], installation: Installation
) -> None:
    hands = opened(5)
    image = hands.image_id
    desk.sign_in("kim", PASSWORD)  # in another tab of this browser
    hands.stroke(TOP)
    expect(hands.page.get_by_test_id("sign-in-again")).to_be_visible()
    assert desk.get(f"/api/images/{image}").json()["version"] == 0
    theirs = desk.open(images[0], image)
    expect(theirs.page.get_by_test_id("account")).to_contain_text("kim")
    expect(theirs.viewer).to_have_attribute("data-saved", "true")
    assert desk.get(f"/api/images/{image}").json()["version"] == 0
    hands.page.bring_to_front()
    hands.page.get_by_test_id("again-password").fill(installation.password)
    hands.page.keyboard.press("Enter")
    hands.wait_saved()
    assert is_drawn(desk.mask(image), TOP)
    assert desk.get(f"/api/images/{image}").json()["annotation"]["author"] == "admin"


def test_a_browser_without_room_is_told_of_and_the_server_has_all(
    opened: Callable[..., Hands], context: BrowserContext, installation: Installation
) -> None:
    page = context.new_page()
    quota = {"origin": installation.url, "quotaSize": 1}
    context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", quota)
    hands = opened(6, page=page)
    hands.stroke(TOP)
    expect(page.get_by_test_id("save-mark")).to_have_attribute("data-trouble", "full")
    assert is_drawn(hands.mask(), TOP)
    context.set_offline(True)
    hands.stroke(BOTTOM)
    expect(page.get_by_test_id("save-mark")).to_contain_text("leave this page open")
    context.set_offline(False)
    assert is_drawn(hands.mask(), BOTTOM)


def test_a_browser_that_keeps_nothing_is_told_of(opened: Callable[..., Hands], context: BrowserContext) -> None:
    page = context.new_page()
    page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }")
    hands = opened(7, page=page)
    hands.stroke(TOP)
    expect(page.get_by_test_id("save-mark")).to_have_attribute("data-trouble", "none")
    assert is_drawn(hands.mask(), TOP)


@pytest.mark.parametrize("way", ["home", "logout"])
def test_leaving_with_unsaved_work_asks(
    opened: Callable[..., Hands], context: BrowserContext, installation: Installation, way: str
) -> None:
    hands = opened(8)
    page = hands.page
    context.set_offline(True)
    hands.stroke(TOP if way == "home" else BOTTOM)
    expect(hands.viewer).to_have_attribute("data-saved", "false")
    if way == "home":
        page.get_by_role("link", name=re.compile("^Winnow")).click()
    else:
        page.get_by_test_id("account").click()
        page.get_by_test_id("logout").click()
    expect(page.get_by_role("dialog").get_by_text("Not everything is saved")).to_be_visible()
    page.get_by_role("button", name="Stay").click()
    assert "/annotation" in page.url
    context.set_offline(False)
    hands.wait_saved()
    assert context.request.get(f"{installation.url}/api/me").ok
