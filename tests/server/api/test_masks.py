from __future__ import annotations

import gzip
from typing import Any

import numpy as np
import pytest

from winnow.imaging.files import encode_png, read_picture
from winnow.imaging.mask import decode_mask_png, encode_mask_png
from winnow.server import storage
from winnow.server.models import Annotation, Image

MASK = np.arange(24, dtype=np.uint8).reshape(4, 6) % 3


@pytest.fixture
def call(world: Any, browser: Any) -> Any:
    return browser(world.people["annotator"])


@pytest.fixture
def at(world: Any) -> str:
    return f"/images/{world.image.id}/mask"


def octets(call: Any, at: str) -> bytes:
    return call("GET", at, headers={"Accept": "application/octet-stream"}).content


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "image/png"),
        ("application/json", "image/png"),
        ("application/octet-stream, */*", "application/octet-stream"),
        ("image/png, application/octet-stream;q=0.5", "image/png"),
        ("application/octet-stream;q=0", "image/png"),
    ],
)
def test_bytes_or_a_png_as_the_caller_prefers(accept: str, kind: str, world: Any, call: Any, at: str):
    world.prepare("getMask", call)
    assert call("GET", at, headers={"Accept": accept})["Content-Type"] == kind


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (MASK.tobytes(), {}),
        (encode_mask_png(MASK), {"Content-Type": "image/png"}),
        (encode_mask_png(MASK), {}),
        (gzip.compress(MASK.tobytes()), {"Content-Encoding": "gzip"}),
    ],
)
def test_what_is_put_is_what_is_got(call: Any, at: str, body: bytes, headers: dict[str, str]):
    answer = call("PUT", at, body, headers={"If-Match": '"0"', "X-Active-Seconds": "2.5", "X-Strokes": "3", **headers})
    assert (answer.status_code, answer.json()) == (200, {"version": 1, "state": "draft"})
    assert octets(call, at) == MASK.tobytes()
    png = call("GET", at)
    assert (png["Content-Type"], png["ETag"], png["X-Version"]) == ("image/png", '"1"', "1")
    np.testing.assert_array_equal(decode_mask_png(png.content), MASK)
    saved = Annotation.objects.get(user__isnull=False)
    assert (saved.active_seconds, saved.strokes) == (2.5, 3)


def test_the_etag_of_one_save_is_the_if_match_of_the_next(call: Any, at: str):
    call("PUT", at, MASK.tobytes(), headers={"If-Match": "0"})
    etag = call("GET", at)["ETag"]
    assert call("PUT", at, bytes(24), headers={"If-Match": etag}).json()["version"] == 2
    assert call("GET", at, headers={"If-None-Match": etag}).status_code == 200
    assert call("GET", at, headers={"If-None-Match": '"2"'}).status_code == 304


def test_a_stale_save_is_409_and_kept(call: Any, at: str, world: Any, browser: Any):
    call("PUT", at, MASK.tobytes(), headers={"If-Match": "0"})
    answer = browser(world.people["reviewer"])("PUT", at, bytes([2] * 24), headers={"If-Match": "0"})
    assert answer.status_code == 409
    body = answer.json()
    assert (body["error"], body["detail"]["version"]) == ("StaleVersion", 1)
    assert Annotation.objects.get(id=body["detail"]["yours"]).author == "rex"
    assert octets(call, f"{at}?source=conflict") == bytes([2] * 24)
    assert octets(call, at) == MASK.tobytes()


@pytest.mark.parametrize("given", [None, "", '"x"', "*", "-1", "99999999999"])
def test_a_save_says_what_it_is_based_on(call: Any, at: str, given: str | None):
    answer = call("PUT", at, MASK.tobytes(), headers={} if given is None else {"If-Match": given})
    assert (answer.status_code, answer.json()["error"]) == (422, "InvalidInput")
    assert "If-Match" in answer.json()["message"]


@pytest.mark.parametrize(
    ("body", "headers", "said"),
    [
        (bytes(23), {}, "23 bytes; an image of 4x6 pixels needs 24"),
        (encode_mask_png(MASK.T), {}, "6x4 pixels, the image 4x6"),
        (bytes([7] * 24), {}, "holds the values 7; this project has 0, 1, 2"),
        (encode_png(np.zeros((4, 6, 3), np.uint8)), {}, "RGB"),
        (bytes(24), {"Content-Type": "image/png"}, "not a PNG"),
        (b"nonsense", {"Content-Encoding": "gzip"}, "not gzip"),
        (gzip.compress(bytes(10_000_000)), {"Content-Encoding": "gzip"}, "larger than any mask"),
        (gzip.compress(MASK.tobytes())[:-4], {"Content-Encoding": "gzip"}, "cut off"),
        (b"", {}, "0 bytes"),
    ],
)
def test_a_mask_that_does_not_fit_says_why(call: Any, at: str, body: bytes, headers: dict[str, str], said: str):
    options = {"content_type": headers.get("Content-Type", "application/octet-stream")}
    answer = call("PUT", at, body, headers={"If-Match": "0", **headers}, **options)
    assert (answer.status_code, answer.json()["error"]) == (422, "InvalidMask")
    assert said in answer.json()["message"]
    assert not Annotation.objects.filter(user__isnull=False).exists()


def test_a_body_over_the_limit_is_413(call: Any, at: str, settings: Any):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    answer = call("PUT", at, MASK.tobytes(), headers={"If-Match": "0"})
    assert (answer.status_code, answer.json()["error"]) == (413, "TooLarge")


@pytest.mark.parametrize("source", ["annotation", "network", "truth", "conflict"])
def test_no_mask_is_404(call: Any, at: str, source: str):
    answer = call("GET", f"{at}?source={source}")
    assert (answer.status_code, answer.json()["error"]) == (404, "NotFound")
    assert call("GET", f"{at}?source=else").status_code == 422


def test_the_networks_mask_is_asked_for_by_name(call: Any, world: Any):
    assert call("GET", f"/images/{world.auto.id}/mask").status_code == 404
    assert octets(call, f"/images/{world.auto.id}/mask?source=network") == bytes([1] * 24)


def test_pixels_travel_as_they_are_stored(call: Any, make_image: Any):
    hu = np.arange(-12, 12, dtype=np.int16).reshape(4, 6)
    image: Image = make_image("ct", pixels=storage.put_array(hu), dtype="int16")
    at = f"/images/{image.id}/pixels"
    plain = call("GET", at)
    assert "Content-Encoding" not in plain
    assert plain.content == hu.astype("<i2").tobytes()
    packed = call("GET", at, headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert packed["Content-Encoding"] == "gzip"
    assert packed.content == storage.blobs.get(image.pixels)
    assert gzip.decompress(packed.content) == plain.content
    assert "Content-Encoding" not in call("GET", at, headers={"Accept-Encoding": "gzip;q=0"})
    assert "immutable" in plain["Cache-Control"]
    assert "Accept-Encoding" in plain["Vary"]
    assert call("GET", at, headers={"If-None-Match": plain["ETag"]}).status_code == 304


def test_damaged_pixels_are_not_sent(call: Any, world: Any):
    storage.blobs.path(world.image.pixels).write_bytes(gzip.compress(b"something else"))
    answer = call("GET", f"/images/{world.image.id}/pixels")
    assert (answer.status_code, answer.json()["error"]) == (500, "CorruptData")


def test_the_newest_heat_map_is_sent(call: Any, world: Any):
    answer = call("GET", f"/images/{world.image.id}/uncertainty")
    np.testing.assert_array_equal(np.frombuffer(answer.content, "<f2"), 0.25)
    assert call("GET", f"/images/{world.auto.id}/uncertainty").status_code == 404


def test_a_preview_is_small_windowed_and_kept_by_the_browser(call: Any, make_image: Any):
    hu = np.full((100, 50), -1000, np.int16)
    hu[:, 25:] = 1000
    image = make_image("ct", pixels=storage.put_array(hu), dtype="int16", height=100, width=50, window=[0.0, 400.0])
    answer = call("GET", f"/images/{image.id}/preview.png?size=20")
    shown = read_picture(answer.content).pixels
    assert shown.shape == (20, 10)
    assert (shown[0, 0], shown[0, -1]) == (0, 255)
    assert "immutable" in answer["Cache-Control"]
    assert (
        call("GET", f"/images/{image.id}/preview.png?size=20", headers={"If-None-Match": answer["ETag"]}).status_code
        == 304
    )
    assert call("GET", f"/images/{image.id}/preview.png?size=5000").status_code == 422


def test_an_overlay_has_the_colours_of_the_classes(call: Any, world: Any, at: str):
    mask = np.zeros((4, 6), np.uint8)
    mask[0, 0] = 1
    call("PUT", at, mask.tobytes(), headers={"If-Match": "0"})
    address = f"/images/{world.image.id}/preview.png?overlay=annotation"
    answer = call("GET", address)
    shown = read_picture(answer.content).pixels
    np.testing.assert_array_equal(shown[0, 0], np.rint(np.array([0xE6, 0x49, 0x80]) * 0.45))  # #e64980 on black
    np.testing.assert_array_equal(shown[3, 5], 0)
    assert "immutable" not in answer["Cache-Control"]
    call("PUT", at, bytes(24), headers={"If-Match": "1"})
    assert call("GET", address, headers={"If-None-Match": answer["ETag"]}).status_code == 200


def test_an_image_tells_what_is_on_it(call: Any, world: Any, at: str):
    call("PUT", at, MASK.tobytes(), headers={"If-Match": "0"})
    body = call("GET", f"/images/{world.image.id}").json()
    assert (body["height"], body["width"], body["dtype"], body["state"], body["version"]) == (4, 6, "uint8", "draft", 1)
    assert body["annotation"]["author"] == "ann"
    assert body["annotation"]["class_pixels"] == {"1": 8, "2": 8}
    assert body["pick"] == {"round": 1, "rank": 0, "scores": {}, "leased_to": "ann", "uncertainty": True}
    auto = call("GET", f"/images/{world.auto.id}").json()
    assert (auto["automatic"]["quality"], auto["automatic"]["network"], auto["annotation"]) == (
        0.7,
        world.network.id,
        None,
    )


def test_a_page_of_images_costs_the_same_however_many(
    call: Any, world: Any, make_image: Any, django_assert_max_num_queries: Any
):
    for number in range(30):
        make_image(f"more-{number}", state="auto")
    call("GET", f"/projects/{world.project.id}/images")
    with django_assert_max_num_queries(9):
        body = call("GET", f"/projects/{world.project.id}/images").json()
    assert len(body["items"]) == 32
    assert body["next"] is None


def test_lists_go_on_where_they_stopped(call: Any, world: Any, make_image: Any):
    make_image("002.png")
    at, names, cursor = f"/projects/{world.project.id}/images?limit=2", [], ""
    while cursor is not None:
        body = call("GET", at + (f"&cursor={cursor}" if cursor else "")).json()
        names += [item["name"] for item in body["items"]]
        cursor = body["next"]
    assert names == ["000.png", "001.png", "002.png"]
    for wrong in ("x", "-1", "9" * 30):
        assert call("GET", f"{at}&cursor={wrong}").status_code == 422


def test_images_are_found_by_state_and_series(call: Any, world: Any, make_image: Any):
    make_image("002.png", state="skipped")

    def names(query: str) -> list[str]:
        body = call("GET", f"/projects/{world.project.id}/images?{query}").json()
        return [item["name"] for item in body["items"]]

    assert names("state=auto") == ["001.png"]
    assert names("state=auto&state=skipped") == ["001.png", "002.png"]
    assert names(f"series={world.series.id}") == ["000.png"]
    assert call("GET", f"/projects/{world.project.id}/images?state=else").status_code == 422
