"""A whole installation (`winnow serve`) in a temporary folder, and a browser in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from e2e.desk import Desk
from e2e.installation import Installation, free_port
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    built = Installation(root=tmp_path_factory.mktemp("data"), port=free_port())
    try:
        built.start()
        yield built
    finally:
        built.stop()


@pytest.fixture(scope="session")
def browser(need_program: Callable[[str], str]) -> Iterator[Browser]:
    path = need_program("chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True, locale="en-GB")
    made.set_default_timeout(30_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def desk(context: BrowserContext, installation: Installation) -> Desk:
    """Signed in as the administrator."""
    desk = Desk(context, installation)
    desk.sign_in()
    return desk
