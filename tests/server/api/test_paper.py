from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from winnow.imaging.files import read_picture
from winnow.imaging.mask import decode_mask_png, encode_mask_png
from winnow.server.models import Annotation, Image, Job


def test_the_paper_s_urls_do_what_it_says(world: Any, script: Any, uploaded: Any):
    call = script(world.manager)
    assert {item["id"] for item in call("GET", "/queryAll/").json()["items"]} == {world.image.id, world.auto.id}
    assert call("GET", f"/queryAll/?project={world.project.id + 1}").status_code == 404
    assert [item["id"] for item in call("GET", "/queryAllAnnotation/").json()["items"]] == [world.auto.id]
    shown = call("GET", f"/viewDcm/?id={world.image.id}")
    assert read_picture(shown.content).pixels.shape == (4, 6)
    assert decode_mask_png(call("GET", f"/segImg/?id={world.auto.id}").content).min() == 1
    mask = np.full((4, 6), 2, np.uint8)
    drawn = call("POST", f"/manualAnnotation/?id={world.image.id}", encode_mask_png(mask), content_type="image/png")
    assert drawn.json() == {"version": 1, "state": "submitted"}
    stale = call("POST", f"/manualAnnotation/?id={world.image.id}", bytes(24), headers={"If-Match": "0"})
    assert stale.json()["error"] == "StaleVersion"
    body, kind = uploaded(("a.zip", b"PK"), project=str(world.project.id))
    assert call("POST", "/uploadZip/", body, content_type=kind).json()["kind"] == "ingest"
    assert call("GET", f"/deleteItem/?id={world.image.id}").json() == {"deleted": world.image.id}
    assert not Image.objects.filter(id=world.image.id).exists()
    assert call("GET", "/deleteItem/").status_code == 422


def test_a_segmentation_that_fails_says_so(world: Any, script: Any, monkeypatch: pytest.MonkeyPatch):
    def worker(_: float) -> None:
        Job.objects.filter(kind="segment").update(state="failed", message="too large")

    monkeypatch.setattr("winnow.server.api.loop.time.sleep", worker)
    answer = script(world.manager)("GET", f"/segImg/?id={world.image.id}")
    assert (answer.status_code, answer.json()["error"]) == (409, "WrongState")
    assert "too large" in answer.json()["message"]
    assert not Annotation.objects.filter(image=world.image).exists()
