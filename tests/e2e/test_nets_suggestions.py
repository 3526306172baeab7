"""Working with the networks on /annotation: by mouse and keys in Chromium, the masks fetched from the server."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from e2e.desk import Desk, grey_picture
from e2e.hands import Hands
from playwright.sync_api import expect

from winnow.imaging.files import encode_png

pytestmark = pytest.mark.browser
SIDE = 96


def stored_suggestion(desk: Desk, project: int, *, blind: bool = False) -> np.ndarray:
    """What a network would have left, put into the installation's own storage: no training in a browser test.

    Two regions of class 1 (a square of 20 and, touching by a corner only, one of 5) and a bar of class 2.
    """
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[10:30, 10:30] = 1
    mask[30:35, 30:35] = 1
    mask[60:70, 10:60] = 2
    mask[60:70, 70:80] = 1
    desk.installation.python(SCRIPT.format(project=project, blind=blind), stdin=mask.tobytes())
    return mask


SCRIPT = """
import sys
import numpy as np
from winnow.server import storage
from winnow.server.models import Annotation, Image, Network, Pick, Project, Round
project = Project.objects.get(id={project})
image = Image.objects.filter(project=project).order_by("id").first()
mask = np.frombuffer(sys.stdin.buffer.read(), np.uint8).reshape(image.height, image.width)
network = Network.objects.create(project=project, number=1, weights=storage.blobs.put(b"none"), members=2, labels=4,
    config={{"classes": [1, 2]}}, metrics={{}}, seed=0, code_version="0", data_fingerprint="0" * 64, train_seconds=1.0)
Project.objects.filter(id=project.id).update(network=network)
chances = np.stack([np.where(mask == value, 220, 15) for value in (1, 2)]).astype(np.uint8)
Annotation.objects.create(image=image, network=network, author="network 1", purpose="auto", version=0, quality=0.8,
    mask=storage.put_array(mask), probabilities=storage.put_array(chances),
    uncertainty=storage.put_array(np.full(mask.shape, 0.1, np.float16)),
    class_pixels={{str(v): int((mask == v).sum()) for v in (1, 2)}})
turn = Round.objects.create(project=project, number=1, strategy="winnow", settings={{"cold_start": False}},
    queried_with=network)
Pick.objects.create(round=turn, image=image, rank=1, blind={blind}, scores={{"uncertainty": 0.2, "class": 2}})
Image.objects.filter(id=image.id).update(state="picked")
"""


@pytest.fixture
def opened(desk: Desk, request: pytest.FixtureRequest) -> tuple[Hands, np.ndarray]:
    """A pick with its suggestion, ready to be drawn on."""
    project = desk.project({"0.png": disk_picture(), "1.png": grey_picture(1)}, name=request.node.name)
    mask = stored_suggestion(desk, project)
    hands = desk.open(project, desk.images(project)[0]["id"])
    expect(hands.page.get_by_test_id("lay-in-suggestion")).to_be_visible()
    return hands, mask


def disk_picture() -> bytes:
    """A bright disk of radius 12 round (70, 24) on a dark ground, and a little noise."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    noise = np.random.default_rng(0).integers(-6, 7, (SIDE, SIDE))
    pixels = np.where(np.hypot(rows - 24, columns - 70) <= 12, 160, 70) + noise
    return encode_png(pixels.astype(np.uint8))


def provenance(hands: Hands) -> dict[str, Any]:
    hands.wait_saved()
    answer = hands.page.request.get(f"{hands.url}/api/images/{hands.image_id}")
    return dict(answer.json()["annotation"]["provenance"])


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((a == b).all())


def test_everything_or_one_class(opened: tuple[Hands, np.ndarray]):
    hands, suggestion = opened
    hands.page.keyboard.press("s")
    assert same(hands.mask(), suggestion)
    told = provenance(hands)
    assert told["pixels"]["suggested"] == int((suggestion > 0).sum())
    assert told["suggestion"]["network"] is not None
    hands.page.keyboard.press("Control+z")
    assert not hands.mask().any()
    assert provenance(hands)["pixels"]["suggested"] == 0
    hands.page.get_by_test_id("take-class-2").click()
    assert same(hands.mask(), np.where(suggestion == 2, 2, 0))


def test_one_region_by_a_click(opened: tuple[Hands, np.ndarray]):
    hands, suggestion = opened
    hands.page.keyboard.press("a")
    hands.click((50, 50))  # background of the suggestion: nothing
    hands.click((15, 15))
    wanted = suggestion.copy()
    wanted[60:, :] = 0
    assert same(hands.mask(), wanted), "the square and what touches its corner, and no other region of the class"
    hands.page.keyboard.press("Control+z")
    assert not hands.mask().any()
    hands.page.keyboard.press("Control+Shift+z")
    assert same(hands.mask(), wanted)


def test_a_hidden_class_is_left_alone(opened: tuple[Hands, np.ndarray]):
    hands, suggestion = opened
    hands.page.keyboard.press("2")
    hands.stroke([(15, 15), (25, 15)])
    drawn = hands.mask()
    hands.page.get_by_role("button", name="Hide consolidation").first.click()
    hands.page.keyboard.press("a")
    hands.click((28, 28))
    hands.click((30, 65))  # a region of the hidden class
    assert same(hands.mask(), np.where(drawn == 2, 2, np.where(np.arange(SIDE)[:, None] < 60, suggestion, 0)))


def test_a_box_becomes_the_suggestion_and_with_shift_it_is_cleared(opened: tuple[Hands, np.ndarray]):
    hands, suggestion = opened
    hands.stroke([(5, 20), (90, 20)])
    drawn = hands.mask()
    hands.page.keyboard.press("a")
    hands.stroke([(8, 8), (40, 40)])
    wanted = drawn.copy()
    wanted[8:41, 8:41] = suggestion[8:41, 8:41]
    assert same(hands.mask(), wanted)
    hands.page.keyboard.down("Shift")
    hands.stroke([(20, 15), (60, 30)])
    hands.page.keyboard.up("Shift")
    wanted[15:31, 20:61] = 0
    assert same(hands.mask(), wanted)
    told = provenance(hands)["pixels"]
    assert told["removed"] > 0
    assert told["drawn"] > 0
    assert told["suggested"] + told["drawn"] + told["changed"] == int((wanted > 0).sum())
    for _ in range(2):
        hands.page.keyboard.press("Control+z")
    assert same(hands.mask(), drawn)


def propose(hands: Hands, *clicks: tuple[tuple[float, float], bool]) -> None:
    """Clicks inside, or with Shift outside; waits for the answer to each."""
    for point, inside in clicks:
        if not inside:
            hands.page.keyboard.down("Shift")
        hands.click(point)
        if not inside:
            hands.page.keyboard.up("Shift")
        expect(hands.page.get_by_test_id("proposal")).to_have_attribute("data-waiting", "false")
        expect(hands.page.get_by_test_id("take-proposal")).to_be_enabled()


def test_click_to_segment(opened: tuple[Hands, np.ndarray]):
    hands, _ = opened
    rows, columns = np.mgrid[:SIDE, :SIDE]
    disk = np.hypot(rows - 24, columns - 70) <= 12
    hands.page.keyboard.press("k")
    hands.page.keyboard.press("1")
    propose(hands, ((70, 24), True))
    hands.page.keyboard.press("Escape")
    expect(hands.page.get_by_test_id("take-proposal")).to_be_disabled()
    propose(hands, ((70, 24), True), ((90, 40), False))
    hands.page.keyboard.press("Enter")
    mask = hands.mask()
    assert set(np.unique(mask)) == {0, 1}
    both = 2 * ((mask == 1) & disk).sum() / ((mask == 1).sum() + disk.sum())
    assert both > 0.9
    told = provenance(hands)["pixels"]
    assert (told["clicked"], told["drawn"]) == (int((mask > 0).sum()), 0)
    hands.page.keyboard.press("Control+z")
    assert not hands.mask().any(), "a region from clicks is one step of undo"


def test_the_network_helps_where_the_image_shows_nothing(opened: tuple[Hands, np.ndarray]):
    hands, suggestion = opened
    hands.page.keyboard.press("k")
    hands.page.keyboard.press("2")
    propose(hands, ((30, 65), True))
    hands.page.get_by_test_id("take-proposal").click()
    mask, wanted = hands.mask() == 2, suggestion == 2
    assert 2 * (mask & wanted).sum() / (mask.sum() + wanted.sum()) > 0.9


def test_a_draft_opened_again_knows_where_it_came_from(opened: tuple[Hands, np.ndarray]):
    hands, suggestion = opened
    hands.page.keyboard.press("s")
    hands.stroke([(80, 80), (90, 80)])
    before = provenance(hands)["pixels"]
    hands.page.reload()
    hands.wait_ready()
    expect(hands.page.get_by_test_id("lay-in-suggestion")).to_be_visible()
    hands.page.keyboard.press("b")
    hands.page.keyboard.press("1")
    hands.stroke([(40, 90), (41, 90)])
    after = provenance(hands)["pixels"]
    assert after["suggested"] == before["suggested"] == int((suggestion > 0).sum())
    assert after["drawn"] > before["drawn"] > 0


def test_a_blind_pick_shows_no_suggestion_until_it_is_submitted(desk: Desk):
    project = desk.project({"0.png": disk_picture()}, name="Blind")
    suggestion = stored_suggestion(desk, project, blind=True)
    hands = desk.open(project, desk.images(project)[0]["id"])
    page, image = hands.page, hands.image_id
    expect(page.get_by_test_id("blind")).to_contain_text("without suggestion")
    expect(page.get_by_test_id("show-uncertainty")).to_have_count(0)
    expect(page.get_by_test_id("lay-in-suggestion")).to_have_count(0)
    expect(page.get_by_test_id("ask-network")).to_have_count(0)
    page.keyboard.press("s")
    hands.stroke([(20, 20), (30, 20)])
    assert hands.mask().sum() < suggestion.sum()
    page.get_by_test_id("submit").click()
    expect(page.locator(f"[data-image-id='{image}']")).to_have_count(0)
    told = desk.get(f"/api/images/{image}").json()["annotation"]["provenance"]
    assert (told["blind"], told["suggestion"]) == (True, None)
    again = desk.open(project, image)
    expect(again.page.get_by_test_id("lay-in-suggestion")).to_be_visible()
    again.page.goto(f"{again.url}/dataStatis?project={project}")
    expect(again.page.get_by_test_id("effect-without")).to_have_text("1")
    expect(again.page.get_by_test_id("effect-with")).to_have_text("0")


def test_the_neighbour_is_enlarged_by_a_click(desk: Desk):
    project = desk.project({"0.png": disk_picture(), "1.png": grey_picture(1)}, name="Neighbour")
    stored_suggestion(desk, project)
    first, second = (one["id"] for one in desk.images(project))
    desk.installation.python(
        "from winnow.server.models import Pick\n"
        f'Pick.objects.filter(image={first}).update(scores={{"neighbour": {second}, "similarity": 0.9}})'
    )
    hands = desk.open(project, first)
    hands.page.get_by_test_id("neighbour").click()
    large = hands.page.get_by_test_id("neighbour-large")
    expect(large).to_be_visible()
    answer = hands.page.request.get(hands.url + (large.get_attribute("src") or ""))
    assert answer.ok
    from PIL import Image

    assert Image.open(io.BytesIO(answer.body())).size == (SIDE, SIDE)
