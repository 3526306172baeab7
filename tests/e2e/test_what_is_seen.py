"""Zoom, pan and window change what is seen; what is drawn lands on the right pixels and nothing else is stored."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
from e2e.desk import Desk, grey_picture
from e2e.installation import Installation
from numpy.typing import NDArray
from playwright.sync_api import Browser, expect
from pydicom import dcmread, dcmwrite

from winnow.dicom.phantom import phantom_files
from winnow.imaging.window import apply_window

pytestmark = pytest.mark.browser

SIDE, BLOCK = 96, 16
HU = [-1000, -700, -500, -150, 40, 300]
COUNTS = [0, 700, 9000, 20000, 41000, 60000]
MIDDLES = [(number * BLOCK + BLOCK // 2, SIDE // 2) for number in range(len(HU))]


def columns(values: list[int]) -> NDArray[np.int64]:
    """(H, W): one broad column for each value."""
    return np.tile(np.repeat(np.array(values), BLOCK), (SIDE, 1))


def dicom(values: list[int], *, modality: str) -> bytes:
    """A file of 16 bits; a CT stores its HU with an intercept, another modality its counts as they are."""
    _, data, _ = next(phantom_files(patients=1, slices=1, size=SIDE))
    dataset = dcmread(io.BytesIO(data))
    dataset.BitsStored, dataset.HighBit, dataset.Modality = 16, 15, modality
    if modality != "CT":
        del dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID + "1"
        dataset.SeriesInstanceUID = dataset.SeriesInstanceUID + "1"
    offset = -1024 if modality == "CT" else 0
    dataset.PixelData = (columns(values) - offset).astype("<u2").tobytes()
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def images(browser: Browser, installation: Installation) -> Iterator[dict[str, tuple[int, int]]]:
    """(project, image) by the type of the pixels, or by the name of a PNG."""
    context = browser.new_context()
    desk = Desk(context, installation)
    desk.sign_in()
    files = {"ct.dcm": dicom(HU, modality="CT"), "mr.dcm": dicom(COUNTS, modality="MR")}
    project = desk.project(files | {f"{ratio}.png": grey_picture(ratio) for ratio in (1, 2)})
    kind = {"uint8": "name"}
    yield {image[kind.get(image["dtype"], "dtype")]: (project, image["id"]) for image in desk.images(project)}
    context.close()


@pytest.mark.parametrize("ratio", [1, 2])
def test_a_zoomed_and_moved_drawing_lands_on_its_pixels(
    browser: Browser, installation: Installation, images: dict[str, tuple[int, int]], ratio: int
) -> None:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, device_scale_factor=ratio)
    desk = Desk(context, installation)
    desk.sign_in()
    hands = desk.open(*images[f"{ratio}.png"])
    page = hands.page
    page.mouse.move(*hands.at((56, 40)))
    for _ in range(4):
        page.mouse.wheel(0, -240)
    x, y = hands.at((56, 40))
    page.mouse.down(button="middle")
    page.mouse.move(x - 90, y + 70, steps=4)
    page.mouse.up(button="middle")
    assert float(hands.viewer.get_attribute("data-view-scale") or 0) > 12
    # the white square is where the page says that it is
    page.mouse.move(*hands.at((50, 40)))
    white, grey = (255,) * 3, (40 + 10 * ratio,) * 3
    assert hands.seen([(56, 40), (63, 47), (55, 40), (64, 47), (60, 39), (60, 48)]) == [white] * 2 + [grey] * 4

    page.get_by_test_id("brush-size").fill("1")
    hands.stroke([(57, 41), (62, 41)])
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    drawn[41, 57:63] = 1
    assert np.array_equal(hands.mask(), drawn)
    context.close()


@pytest.mark.parametrize(
    ("dtype", "values", "presets"),
    [
        ("int16", HU, {"lung": (-600, 1500), "mediastinum": (40, 400), "file": (-500, 1500)}),
        ("uint16", COUNTS, {"file": (-500, 1500), "full": None}),
    ],
)
def test_a_window_changes_what_is_seen_and_not_what_is_stored(
    desk: Desk,
    images: dict[str, tuple[int, int]],
    dtype: str,
    values: list[int],
    presets: dict[str, tuple[int, int] | None],
) -> None:
    project, image = images[dtype]
    hands = desk.open(project, image)
    page = hands.page
    stored = desk.get(f"/api/images/{image}/pixels").body()
    assert np.array_equal(np.frombuffer(stored, f"<{dtype[0]}2").reshape(SIDE, SIDE), columns(values))
    page.mouse.move(*hands.at((2, 2)))
    looks = []
    for preset, window in presets.items():
        page.get_by_test_id(f"preset-{preset}").click()
        expect(page.get_by_test_id(f"preset-{preset}")).to_have_attribute("aria-pressed", "true")
        width = float(page.get_by_test_id("window-width").input_value())
        centre = float(page.get_by_test_id("window-centre").input_value())
        assert window is None or (centre, width) == window
        looks.append([red for red, _, _ in hands.seen(MIDDLES)])
        shown = apply_window(np.array(values, dtype), centre=centre, width=width)
        assert np.abs(np.array(looks[-1]) - shown).max() <= 1
    assert len({tuple(look) for look in looks}) == len(presets), "each preset looks different"

    hands.stroke([(20, 20), (60, 20)])
    assert (hands.mask()[20, 20:61] == 1).all()
    assert desk.get(f"/api/images/{image}/pixels").body() == stored
    mask, version = hands.mask(), hands.viewer.get_attribute("data-version")
    page.get_by_test_id("preset-full").click()
    x, y = hands.at(MIDDLES[2])
    page.mouse.move(x, y)
    page.mouse.down(button="right")
    page.mouse.move(x + 60, y + 30, steps=4)
    page.mouse.up(button="right")
    expect(page.get_by_test_id("preset-full")).to_have_attribute("aria-pressed", "false")
    assert np.array_equal(hands.mask(), mask)
    assert hands.viewer.get_attribute("data-version") == version
    assert desk.get(f"/api/images/{image}/pixels").body() == stored
