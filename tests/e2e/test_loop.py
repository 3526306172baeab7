"""The whole loop as a user walks it: mouse and keys in Chromium, masks fetched from the server."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from e2e.hands import Hands
from e2e.installation import Installation
from playwright.sync_api import Page, expect

from winnow.imaging.files import encode_png
from winnow.imaging.phantom import phantom_slice
from winnow.imaging.window import apply_window

pytestmark = pytest.mark.browser

SIDE = 96
COUNT = 10
TRAIN_SECONDS = 180_000


def make_zip(path: Path) -> Path:
    """Ten slices and one picture that is broken off."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(COUNT):
            hu, _ = phantom_slice(rng=np.random.default_rng(number), size=SIDE)
            png = encode_png(apply_window(hu, centre=-500, width=1400))
            archive.writestr(f"slice_{number:02}.png", png)
            if number == 0:
                archive.writestr("broken.png", png[: len(png) // 2])
    return path


def sign_in(page: Page, installation: Installation) -> None:
    page.goto(installation.url)
    expect(page).to_have_url(re.compile("/login"))
    page.get_by_test_id("login-name").fill("admin")
    page.get_by_test_id("login-password").fill(installation.password)
    page.get_by_test_id("login").click()
    expect(page).not_to_have_url(re.compile("/login"))


def create_project(page: Page) -> None:
    page.get_by_test_id("create-project").first.click()
    page.get_by_test_id("project-name").fill("Walk through")
    page.get_by_test_id("class-name-0").fill("ground-glass")
    page.get_by_test_id("add-class").click()
    page.get_by_test_id("class-name-1").fill("consolidation")
    page.get_by_test_id("advanced").click()
    for name, value in {"K": 6, "k": 4, "members": 2, "size": 64, "epochs": 1, "blind_share": 0}.items():
        field = page.get_by_test_id(f"setting-{name}").locator("input")
        field.fill(str(value))
        field.press("Tab")
    page.get_by_test_id("save-project").click()
    expect(page.get_by_test_id("project-name")).to_have_count(0)


def upload(page: Page, archive: Path) -> None:
    page.get_by_test_id("nav-upload").click()
    page.get_by_test_id("upload-input").set_input_files(archive)
    report = page.get_by_test_id("ingest-report")
    expect(report).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("report-written")).to_contain_text(str(COUNT))
    expect(page.get_by_test_id("report-refused")).to_contain_text("1")
    expect(report).to_contain_text("broken.png")


def ask_for_picks(page: Page, *, round_number: int) -> None:
    page.get_by_test_id("nav-loop").click()
    page.get_by_test_id("start-round").click()
    expect(page.locator(f"[data-round='{round_number}'] img").first).to_be_visible(timeout=60_000)


def draw_first(hands: Hands) -> np.ndarray:
    """Brush, eraser, fill, polygon, undo and redo on the first pick; returns the mask the server has."""
    page = hands.page
    page.keyboard.press("b")
    page.keyboard.press("1")
    hands.stroke([(20, 20), (60, 20), (60, 60), (20, 60), (20, 20)])
    ring = hands.mask()
    assert ring[20, 20:61].all(), "a stroke has no gaps"
    assert set(np.unique(ring)) == {0, 1}
    assert ring[40, 40] == 0

    page.keyboard.press("f")
    page.keyboard.press("2")
    hands.click((40, 40))
    filled = hands.mask()
    assert filled[40, 40] == 2
    assert (filled == 1).sum() == (ring == 1).sum(), "the fill stays inside the ring"
    assert filled[80, 80] == 0

    page.keyboard.press("Control+z")
    assert np.array_equal(hands.mask(), ring)
    page.keyboard.press("Control+Shift+z")
    assert np.array_equal(hands.mask(), filled)

    page.keyboard.press("p")
    page.keyboard.press("1")
    hands.polygon([(70, 70), (90, 70), (90, 90), (70, 90)])
    with_polygon = hands.mask()
    assert with_polygon[75:86, 75:86].all()
    assert with_polygon[65, 65] == 0

    page.keyboard.press("e")
    hands.stroke([(72, 80), (88, 80)])
    erased = hands.mask()
    assert (erased[80, 72:89] == 0).all()
    assert erased[40, 40] == 2
    return erased


def annotate(page: Page, url: str) -> dict[int, np.ndarray]:
    """Draw on every pick and submit; the page goes on by itself. Returns the masks by image."""
    page.get_by_test_id("nav-annotation").click()
    hands = Hands(page, url)
    drawn: dict[int, np.ndarray] = {}
    image = hands.wait_ready()
    drawn[image] = draw_first(hands)
    page.keyboard.press("Enter")
    for number in range(3):
        image = hands.wait_ready(other_than=image)
        page.keyboard.press("p")
        page.keyboard.press(str(number % 2 + 1))
        hands.polygon([(20, 20), (50, 20 + number), (50, 60), (20, 60)])
        drawn[image] = hands.mask()
        page.get_by_test_id("submit").click()
    expect(page.locator("[data-testid^=nothing-]")).to_be_visible()
    return drawn


def lay_in_suggestion(page: Page, url: str) -> tuple[int, np.ndarray]:
    """The network's proposal as a starting point; undo takes it away again."""
    page.get_by_test_id("nav-annotation").click()
    hands = Hands(page, url)
    image = hands.wait_ready()
    answer = page.request.get(
        f"{url}/api/images/{image}/mask?source=network", headers={"Accept": "application/octet-stream"}
    )
    suggestion = np.frombuffer(answer.body(), np.uint8).reshape(SIDE, SIDE)
    page.keyboard.press("b")
    page.keyboard.press("1")
    hands.stroke([(5, 5), (15, 5)])
    page.get_by_test_id("lay-in-suggestion").click()
    laid = hands.mask()
    assert np.array_equal(laid[suggestion > 0], suggestion[suggestion > 0])
    page.get_by_test_id("submit").click()
    hands.wait_ready(other_than=image)
    return image, laid


def export(page: Page, target: Path) -> zipfile.ZipFile:
    page.get_by_test_id("nav-download").click()
    page.get_by_test_id("export").click()
    with page.expect_download() as download:
        page.locator("[data-testid^=download-]").first.click(timeout=60_000)
    download.value.save_as(target)
    return zipfile.ZipFile(target)


def test_a_user_walks_the_loop(page: Page, installation: Installation, tmp_path: Path) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, installation)
    create_project(page)
    upload(page, make_zip(tmp_path / "slices.zip"))

    ask_for_picks(page, round_number=1)
    expect(page.get_by_test_id("rounds")).to_contain_text(re.compile("cold start", re.IGNORECASE))
    drawn = annotate(page, installation.url)

    page.get_by_test_id("nav-loop").click()
    page.get_by_test_id("train").click()
    expect(page.get_by_test_id("job-progress").first).to_be_visible()
    expect(page.get_by_test_id("networks")).to_be_visible(timeout=TRAIN_SECONDS)

    ask_for_picks(page, round_number=2)
    image, laid = lay_in_suggestion(page, installation.url)
    drawn[image] = laid

    page.get_by_test_id("nav-loop").click()
    page.get_by_test_id("autoannotate").click()
    expect(page.get_by_test_id("automatic-grid").locator("img").first).to_be_visible(timeout=TRAIN_SECONDS)

    page.get_by_test_id("nav-statistics").click()
    expect(page.locator("canvas").first).to_be_visible()
    expect(page.get_by_test_id("tile-images")).to_contain_text(str(COUNT))

    names = {image: page.request.get(f"{installation.url}/api/images/{image}").json()["name"] for image in drawn}
    package = export(page, tmp_path / "export.zip")
    check_export(package, {names[image]: mask for image, mask in drawn.items()})
    assert complaints == []


def check_export(package: zipfile.ZipFile, drawn: dict[str, np.ndarray]) -> None:
    """What is exported is what was painted, with its author."""
    from PIL import Image

    manifest = json.loads(package.read("manifest.json"))
    entries = {entry["name"]: entry for entry in manifest["images"]}
    for name, mask in drawn.items():
        entry = entries[name]
        exported = np.asarray(Image.open(io.BytesIO(package.read(f"masks/{name}.png"))))
        assert np.array_equal(exported, mask)
        assert (entry["source"], entry["author"]) == ("person", "admin")
        assert f"images/{name}" in package.namelist()
    assert any(entry["source"] == "network" for entry in manifest["images"])
