"""What a person's hands do on /annotation: points are image pixels (column, row), turned into the page's pixels."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

Point = tuple[float, float]


class Hands:
    """Mouse and keys on the drawing surface of one page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    @property
    def viewer(self) -> Locator:
        return self.page.locator("[data-image-id]")

    @property
    def image_id(self) -> int:
        return int(self.viewer.get_attribute("data-image-id") or 0)

    def wait_ready(self, *, other_than: int = 0) -> int:
        """Wait until an image (another one than that given) can be drawn on; returns its id."""
        self.page.wait_for_function(
            """other => { const v = document.querySelector('[data-image-id]');
               return v && v.dataset.ready === 'true' && v.dataset.imageId !== String(other) }""",
            arg=other_than,
        )
        return self.image_id

    def wait_saved(self) -> None:
        expect(self.viewer).to_have_attribute("data-saved", "true")

    def at(self, point: Point) -> Point:
        """Where the middle of an image pixel lies on the page."""
        box = self.viewer.bounding_box()
        assert box is not None
        x, y, scale = (float(self.viewer.get_attribute(f"data-view-{part}") or 0) for part in ("x", "y", "scale"))
        return box["x"] + x + (point[0] + 0.5) * scale, box["y"] + y + (point[1] + 0.5) * scale

    def stroke(self, points: Sequence[Point], *, steps: int = 6) -> None:
        mouse = self.page.mouse
        mouse.move(*self.at(points[0]))
        mouse.down()
        for point in points[1:]:
            mouse.move(*self.at(point), steps=steps)
        mouse.up()

    def click(self, point: Point) -> None:
        self.page.mouse.click(*self.at(point))

    def polygon(self, corners: Sequence[Point]) -> None:
        """Corner by corner; Enter closes it."""
        for corner in corners:
            self.click(corner)
        self.page.keyboard.press("Enter")

    def seen(self, points: Sequence[Point]) -> list[tuple[int, ...]]:
        """The colours (R, G, B) on the screen at the middle of these image pixels, once the newest frame is there."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        screen = Image.open(io.BytesIO(self.page.screenshot(scale="css"))).convert("RGB")
        return [tuple(screen.getpixel((int(x), int(y)))) for x, y in map(self.at, points)]  # type: ignore[arg-type]

    def mask(self, image: int | None = None) -> NDArray[np.uint8]:
        """The mask as the server has it, (H, W)."""
        self.wait_saved()
        answer = self.page.request.get(f"{self.url}/api/images/{image or self.image_id}/mask")
        assert answer.ok, answer.text()
        return np.asarray(Image.open(io.BytesIO(answer.body())))
