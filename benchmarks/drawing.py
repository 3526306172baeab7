"""How fluent the drawing page is: frame times while brushing, scrolling and window-dragging, opening, switching, sizes.

    nice python benchmarks/drawing.py --json benchmarks/results/drawing.json [--sizes 512 2048] [--slices 40]

An installation in a temporary folder serves generated CT series; Chromium without a GPU draws them at 1366x768 and the
real pointer, wheel and keys are moved by Playwright. A frame's time is from one animation frame to the next while
something is done: at 60 frames a second 16.7 ms, whatever faster frames would take. `work_ms` is what the page's own
code takes of it. Needs a built front end (`make setup`) and Debian's chromium.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pydicom
from bundles import bundle_sizes
from client import Client, installation
from playwright.sync_api import Browser, Page, sync_playwright

from winnow.dicom.phantom import phantom_files

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
LABELS = [{"value": 1, "name": "lesion", "colour": "#e64980"}]
FAMILY = 4

# written down in the page: when frames come, how long callbacks run in them, when an image may be drawn on
WATCH = """() => {
  const seen = (window.bench = { frames: [], work: [], ready: [], pressed: 0, on: false });
  const plain = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) => plain((at) => {
    const start = performance.now();
    callback(at);
    if (seen.on) seen.work.push(performance.now() - start);
  });
  const tick = (at) => { if (seen.on) seen.frames.push(at); plain(tick); };
  plain(tick);
  let last = "";
  new MutationObserver(() => {
    const viewer = document.querySelector("[data-image-id]");
    const now = viewer && viewer.dataset.ready === "true" ? viewer.dataset.imageId : "";
    if (now && now !== last) seen.ready.push([now, performance.now()]);
    last = now;
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-ready", "data-image-id"] });
  addEventListener("keydown", () => { seen.pressed = performance.now(); }, true);
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[512, 2048])
    parser.add_argument("--slices", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    arguments = parser.parse_args()
    if arguments.chromium is None:
        parser.error("chromium is not here: install it, or say where it is with --chromium")
    report: dict[str, Any] = {"cores": os.cpu_count(), "slices": arguments.slices, "bundles": bundle_sizes()}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        (data := Path(folder) / "data").mkdir()
        with installation(data) as client:
            browser = playwright.chromium.launch(executable_path=arguments.chromium, args=FLAGS.split())
            report["chromium"] = browser.version
            for size in arguments.sizes:
                images = bring_in(client, size=size, slices=arguments.slices)
                report[str(size)] = measure(browser, client, images, repeats=arguments.repeats)
            browser.close()
    arguments.json.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))


def bring_in(client: Client, *, size: int, slices: int) -> list[dict[str, Any]]:
    """A project with one series, and a round that picks some of it. Returns its images from the first slice on."""
    settings = {"burned_in": "off", "K": 4, "k": 4, "cold_start": "random"}
    project = client.json("POST", "/projects", {"name": f"{size}", "labels": LABELS, "settings": settings})
    path = f"/projects/{project['id']}"
    client.finished(client.upload(project["id"], "slices.zip", series(size=size, slices=slices)))
    client.finished(client.json("POST", f"{path}/rounds", {}))
    return sorted(client.listed(f"{path}/images"), key=lambda image: image["index"])


def series(*, size: int, slices: int) -> bytes:
    """A ZIP of CT slices; large ones are phantoms of 512 pixels enlarged, with a noise of their own."""
    side = min(size, 512)
    originals = [data for _, data, _ in phantom_files(patients=1, slices=FAMILY, size=side)]
    rng = np.random.default_rng(0)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        for number in range(slices):
            dataset = pydicom.dcmread(io.BytesIO(originals[number % FAMILY]))
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"2.25.{number + 1}"
            dataset.ImagePositionPatient = [0, 0, number * 1.25]
            pixels = np.kron(dataset.pixel_array, np.ones((size // side, size // side), np.uint16))
            pixels = (pixels + rng.integers(0, 3, pixels.shape)).astype("<u2")
            dataset.Rows, dataset.Columns, dataset.PixelData = *pixels.shape, pixels.tobytes()
            buffer = io.BytesIO()
            dataset.save_as(buffer, enforce_file_format=True)
            archive.writestr(f"{number:04d}.dcm", buffer.getvalue())
    return package.getvalue()


def measure(browser: Browser, client: Client, images: list[dict[str, Any]], *, repeats: int) -> dict[str, Any]:
    """Everything about images of one size."""
    middle = images[len(images) // 2]
    opened = [opening(browser, client, middle) for _ in range(repeats)]
    report: dict[str, Any] = {"open_cold_ms": median(cold for cold, _ in opened)}
    report |= {"open_again_ms": median(again for _, again in opened)}
    with tab(browser, client) as page:
        open_image(page, client, middle)
        report["brushing"] = frames(page, lambda: brush(page), repeats)
        report["window_dragging"] = frames(page, lambda: drag_window(page), repeats)
        wait_for_slices(page, len(images))
        page.keyboard.press("Home")
        report["scrolling"] = frames(page, lambda: scroll(page, len(images)), repeats)
    report["switch_ms"] = switching(browser, client, images[0]["project"], repeats)
    return report


@contextmanager
def tab(browser: Browser, client: Client) -> Iterator[Page]:
    """A page with nothing in its cache."""
    context = browser.new_context(
        viewport={"width": 1366, "height": 768},
        locale="en-GB",
        extra_http_headers={"Authorization": f"Bearer {client.token}"},
    )
    context.set_default_timeout(120_000)
    context.add_init_script(f"({WATCH})()")
    yield context.new_page()
    context.close()


def open_image(page: Page, client: Client, image: dict[str, Any]) -> float:
    """Milliseconds from the beginning of the navigation until the image may be drawn on."""
    root = client.url.removesuffix("/api")
    page.goto(f"{root}/annotation?project={image['project']}&image={image['id']}")
    page.wait_for_selector("[data-ready='true']")
    return float(page.evaluate("() => window.bench.ready[0][1]"))


def opening(browser: Browser, client: Client, image: dict[str, Any]) -> tuple[float, float]:
    with tab(browser, client) as page:
        return round(open_image(page, client, image), 1), round(open_image(page, client, image), 1)


def frames(page: Page, act: Callable[[], None], repeats: int) -> dict[str, float]:
    """Frame times while something is done: of all repeats together."""
    intervals: list[float] = []
    work: list[float] = []
    for _ in range(repeats):
        page.evaluate("() => { Object.assign(window.bench, { frames: [], work: [], on: true }); }")
        act()
        seen = page.evaluate("() => { window.bench.on = false; return window.bench; }")
        intervals += np.diff(seen["frames"]).tolist()
        work += seen["work"]
    middle, most = np.percentile(intervals, [50, 95])
    return {
        "median_ms": round(float(middle), 1),
        "p95_ms": round(float(most), 1),
        "frames_per_second": round(1000 / float(np.mean(intervals)), 1),
        "work_median_ms": round(float(np.median(work)), 1) if work else 0.0,
        "work_p95_ms": round(float(np.percentile(work, 95)), 1) if work else 0.0,
    }


def middle_of(page: Page) -> tuple[float, float]:
    box = page.locator("[role=application]").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def brush(page: Page) -> None:
    """Strokes that go round."""
    x, y = middle_of(page)
    page.keyboard.press("b")
    turns = [(np.cos(angle), np.sin(angle)) for angle in np.linspace(0, 6 * np.pi, 240)]
    page.mouse.move(x + 200, y)
    page.mouse.down()
    for right, down in turns:
        page.mouse.move(x + 200 * right, y + 200 * down)
    page.mouse.up()


def drag_window(page: Page) -> None:
    x, y = middle_of(page)
    page.mouse.move(x, y)
    page.mouse.down(button="right")
    for step in range(240):
        page.mouse.move(x + 150 * np.sin(step / 20), y + 100 * np.sin(step / 13))
    page.mouse.up(button="right")


def wait_for_slices(page: Page, count: int) -> None:
    """Go through the series once, so that what can be kept ready is."""
    page.mouse.move(*middle_of(page))
    for key, last in (("Home", 1), ("End", count)):
        page.keyboard.press(key)
        page.wait_for_selector(f"[data-testid=slices][data-slice='{last}'][data-waiting='false']")
        page.wait_for_load_state("networkidle")


def scroll(page: Page, count: int) -> None:
    """To the last slice and back, a notch of the wheel at a time."""
    for by in (100, -100):
        for _ in range(count - 1):
            page.mouse.wheel(0, by)


def switching(browser: Browser, client: Client, project: int, repeats: int) -> float:
    """Milliseconds from the key to the next pick being open to strokes, its pixels fetched ahead."""
    root = client.url.removesuffix("/api")
    taken: list[float] = []
    with tab(browser, client) as page:
        page.goto(f"{root}/annotation?project={project}")
        page.wait_for_selector("[data-ready='true']")
        for _ in range(min(repeats, 3)):
            page.wait_for_load_state("networkidle")
            before = page.evaluate("() => window.bench.ready.length")
            page.keyboard.press("PageDown")
            page.wait_for_function("(n) => window.bench.ready.length > n", arg=before)
            pressed, ready = page.evaluate("() => [window.bench.pressed, window.bench.ready.at(-1)[1]]")
            taken.append(ready - pressed)
    return round(median(taken), 1)


if __name__ == "__main__":
    started = time.perf_counter()
    main()
    print(f"{time.perf_counter() - started:.0f} s")
