"""A project whose images the tests of the drawing tools share, one image each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from e2e.desk import Desk, grey_picture
from e2e.hands import Hands, Point
from e2e.installation import Installation
from numpy.typing import NDArray
from playwright.sync_api import Browser

SIDE = 96
IMAGES = 16
SQUARE = (slice(40, 48), slice(56, 64))
Bench = Callable[[Desk], Hands]


@pytest.fixture(scope="module")
def bench(browser: Browser, installation: Installation) -> Iterator[Bench]:
    """Opens an image that no other test has drawn on: grey, with a white square."""
    context = browser.new_context()
    owner = Desk(context, installation)
    owner.sign_in()
    project = owner.project({f"{number:02}.png": grey_picture(number) for number in range(IMAGES)})
    numbers = itertools.count()
    images = [image["id"] for image in owner.images(project)]
    yield lambda desk: desk.open(project, images[next(numbers)])
    context.close()


def expected(*parts: tuple[slice | int, slice | int, int]) -> NDArray[np.uint8]:
    """(H, W): background with rectangles of classes (rows, columns, class)."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for rows, columns, value in parts:
        mask[rows, columns] = value
    return mask


def choose(hands: Hands, key: str, **settings: str | float) -> None:
    """Take a tool by its key, and type into its options."""
    hands.page.keyboard.press(key)
    for testid, value in settings.items():
        hands.page.get_by_test_id(testid.replace("_", "-")).fill(str(value))
        hands.page.keyboard.press("Tab")
    hands.page.mouse.move(*hands.at((90, 90)))


def rectangle(hands: Hands, rows: slice, columns: slice, key: str = "1") -> None:
    """Draw a rectangle of a class by a polygon on the borders of its pixels."""
    hands.page.keyboard.press(key)
    hands.page.keyboard.press("p")
    top, bottom, left, right = rows.start - 0.5, rows.stop - 0.5, columns.start - 0.5, columns.stop - 0.5
    corners: list[Point] = [(left, top), (right, top), (right, bottom), (left, bottom)]
    hands.polygon(corners)
