"""Two people on one image, what they say to each other, the next pick ahead of time, and the tour."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from e2e.desk import Desk, grey_picture
from e2e.hands import Hands
from e2e.installation import Installation
from playwright.sync_api import Browser, Error, expect

pytestmark = pytest.mark.browser

TOP, BOTTOM = [(20, 20), (60, 20)], [(20, 80), (60, 80)]
PASSWORD = "staple of four words"


def is_drawn(mask: np.ndarray, stroke: list[tuple[int, int]]) -> bool:
    (left, row), (right, _) = stroke
    return bool((mask[row, left : right + 1] == 1).all())


@pytest.fixture(scope="module")
def images(browser: Browser, installation: Installation) -> Iterator[tuple[int, list[int]]]:
    """A project of eight images, all of them picked, in rank order; kim reviews in it."""
    context = browser.new_context()
    desk = Desk(context, installation)
    desk.sign_in()
    project = desk.project({f"{number}.png": grey_picture(number) for number in range(8)})
    desk.colleague("kim", PASSWORD, project)
    yield project, desk.round(project, 8)
    context.close()


@pytest.fixture
def kim(browser: Browser, installation: Installation) -> Iterator[Desk]:
    """Somebody else, at a computer of their own."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="en-GB")
    context.set_default_timeout(30_000)
    desk = Desk(context, installation)
    desk.sign_in("kim", PASSWORD)
    yield desk
    context.close()


@pytest.fixture
def opened(desk: Desk, images: tuple[int, list[int]]) -> Callable[..., Hands]:
    project, ids = images
    return lambda number, **options: desk.open(project, ids[number], **options)


def test_the_second_is_told_and_may_look_only(
    opened: Callable[..., Hands], kim: Desk, images: tuple[int, list[int]]
) -> None:
    mine = opened(0)
    expect(mine.page.get_by_test_id("presence")).to_have_count(0)
    theirs = kim.open(images[0], images[1][0])
    notice = theirs.page.get_by_test_id("presence")
    expect(notice).to_contain_text("admin has had this image open")
    theirs.page.get_by_test_id("presence-look").click()
    theirs.stroke(TOP)
    theirs.page.keyboard.press("1")
    expect(theirs.page.get_by_test_id("undo")).to_be_disabled()
    theirs.page.get_by_test_id("presence-draw").click()
    expect(notice).to_have_count(0)
    theirs.page.keyboard.press("b")
    theirs.stroke(BOTTOM)
    mask = theirs.mask()
    assert is_drawn(mask, BOTTOM)
    assert not is_drawn(mask, TOP)


def test_both_versions_are_shown_with_who_drew_them(
    opened: Callable[..., Hands], kim: Desk, desk: Desk, images: tuple[int, list[int]]
) -> None:
    mine = opened(1)
    theirs = kim.open(images[0], images[1][1])
    theirs.stroke(BOTTOM)
    theirs.wait_saved()
    mine.stroke(TOP)
    dialog = mine.page.get_by_test_id("conflict-dialog")
    expect(dialog).to_contain_text("kim")
    expect(dialog).to_contain_text("pixels differ")
    yellow = """canvas => { const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let n = 0; for (let i = 0; i < data.length; i += 4) n += data[i] > 100 && data[i + 2] < data[i] - 60; return n }"""
    pictures = [mine.page.locator(f"[data-testid=conflict-{side}-picture] canvas") for side in ("mine", "theirs")]
    marked = [picture.evaluate(yellow) for picture in pictures]
    assert marked[0] == marked[1] > 0  # what differs, on both sides
    mine.page.get_by_test_id("conflict-marked").uncheck()
    assert [picture.evaluate(yellow) for picture in pictures] != marked
    mine.page.get_by_test_id("conflict-theirs").click()
    mine.wait_saved()
    assert is_drawn(mine.mask(), BOTTOM)
    assert is_drawn(desk.mask(mine.image_id, "conflict"), TOP)


def test_a_second_tab_is_told_and_the_first_at_once(opened: Callable[..., Hands]) -> None:
    first = opened(2)
    second = opened(2)
    expect(second.page.get_by_test_id("presence")).to_contain_text("another window")
    # long before the next time it would ask
    expect(first.page.get_by_test_id("presence")).to_contain_text("another window", timeout=4000)
    second.page.close()
    third = opened(7)
    expect(third.page.get_by_test_id("presence")).to_have_count(0)


def test_a_crashed_tab_counts_no_more(opened: Callable[..., Hands]) -> None:
    hands = opened(3)
    with hands.page.expect_response(lambda answer: "/presence" in answer.url):
        hands.page.reload()
    hands.wait_ready()
    with hands.page.expect_event("crash"), pytest.raises(Error):
        hands.page.goto("chrome://crash")
    page = hands.page.context.new_page()
    with page.expect_response(lambda answer: "/presence" in answer.url and answer.request.method == "POST") as heard:
        opened(3, page=page)
    assert [one["name"] for one in heard.value.json()] == ["admin"]  # the server does not know
    expect(page.get_by_test_id("presence")).to_have_count(0)


def test_a_comment_reaches_the_reviewer_and_comes_back(
    opened: Callable[..., Hands], kim: Desk, images: tuple[int, list[int]], installation: Installation
) -> None:
    hands = opened(4)
    page = hands.page
    page.get_by_test_id("comment").click()
    page.get_by_test_id("comment-text").fill("the left one may be an artefact (b, 1)")
    page.get_by_test_id("comment-save").click()
    expect(page.get_by_test_id("own-comment")).to_contain_text("may be an artefact")
    image = hands.image_id
    hands.stroke(TOP)
    page.keyboard.press("Enter")
    hands.wait_ready(other_than=image)
    review = kim.context.new_page()
    review.goto(f"{installation.url}/review?project={images[0]}")
    expect(review.get_by_test_id("review-comment")).to_contain_text("may be an artefact")
    kim.post(f"/api/images/{image}/reject", data={"comment": "yes, erase it"})
    back = opened(4, page=page)
    expect(back.page.get_by_test_id("notice")).to_contain_text("yes, erase it")
    expect(back.page.get_by_test_id("own-comment")).to_contain_text("may be an artefact")


@pytest.mark.parametrize("key", ["PageDown", "PageUp"])
def test_the_picks_beside_the_open_one_are_there_already(opened: Callable[..., Hands], key: str) -> None:
    """With the server silent for pixels and masks, the next image still opens."""
    hands = opened(6)
    page = hands.page
    page.wait_for_load_state("networkidle")
    page.route("**/api/images/*/pixels", lambda _: None)
    page.route("**/api/images/*/mask*", lambda _: None)
    before = hands.image_id
    page.keyboard.press(key)
    assert hands.wait_ready(other_than=before) != before


def test_what_was_fetched_ahead_is_shown_as_it_is_now(
    opened: Callable[..., Hands], kim: Desk, images: tuple[int, list[int]]
) -> None:
    hands = opened(5)
    hands.page.wait_for_load_state("networkidle")
    theirs = kim.open(images[0], images[1][6])
    theirs.stroke(BOTTOM)
    theirs.wait_saved()
    version = theirs.viewer.get_attribute("data-version") or ""
    hands.page.keyboard.press("PageDown")
    hands.wait_ready(other_than=images[1][5])
    expect(hands.viewer).to_have_attribute("data-version", version)
    hands.page.keyboard.press("b")
    hands.page.keyboard.press("1")
    hands.stroke(TOP)
    mask = hands.mask()
    assert is_drawn(mask, TOP)
    assert is_drawn(mask, BOTTOM)


def test_the_tour_covers_nothing_takes_no_key_and_is_remembered(opened: Callable[..., Hands]) -> None:
    hands = opened(7)
    page = hands.page
    page.get_by_test_id("tour-begin").click()
    expect(page.get_by_test_id("tool-brush")).to_have_attribute("data-toured", "")
    page.get_by_test_id("tour-next").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("class-1")).to_have_attribute("data-toured", "")
    expect(page.locator("[data-toured]")).to_have_count(1)
    page.keyboard.press("2")
    hands.stroke(TOP)
    assert (hands.mask()[20, 20:61] == 2).all()
    while page.get_by_test_id("tour-next").count():
        page.get_by_test_id("tour-next").click()
    page.get_by_test_id("tour-end").click()
    expect(page.locator("[data-toured]")).to_have_count(0)
    page.reload()
    hands.wait_ready()
    expect(page.get_by_test_id("tour")).to_have_count(0)
    page.keyboard.press("?")
    page.get_by_test_id("tour-again").click()
    expect(page.get_by_test_id("tour-text")).to_contain_text("brush")
