"""An automatic mask comes with how good it is likely to be, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from winnow.active.calibration import Calibration

TRUSTED = Calibration(precision=9.0, images=30, error=0.1, correlation=0.6).record()


def automatic(world: Any, script: Callable[..., Any]) -> dict[str, Any]:
    return script(world.manager)("GET", f"/images/{world.auto.id}").json()["automatic"]


def test_the_interval_comes_from_the_network_that_drew_the_mask(world: Any, script: Callable[..., Any]):
    world.network.metrics |= {"calibration": TRUSTED}
    world.network.save()
    found = automatic(world, script)
    low, high = found["quality_interval"]
    assert found["quality"] == pytest.approx(0.7)
    assert 0.3 < low < 0.7 < high < 0.95


def test_an_older_network_has_none(world: Any, script: Callable[..., Any]):
    assert automatic(world, script)["quality_interval"] is None


def test_neither_has_a_mask_without_any_class(world: Any, script: Callable[..., Any]):
    world.network.metrics |= {"calibration": TRUSTED}
    world.network.save()
    world.automatic.class_pixels = {}
    world.automatic.save()
    assert automatic(world, script)["quality_interval"] is None


def test_statistics_say_what_another_batch_would_add(world: Any, script: Callable[..., Any]):
    found = script(world.manager)("GET", f"/projects/{world.project.id}/statistics").json()
    assert (found["advice"]["points"], found["advice"]["needed"], found["advice"]["gain"]) == (1, 3, None)
    for number, iou in ((2, 0.55), (3, 0.57)):
        world.network.pk = None
        world.network.number, world.network.labels = number, 4 * number
        world.network.metrics |= {"mean_iou": iou, "iou": {"1": iou}}
        world.network.save(force_insert=True)
    found = script(world.manager)("GET", f"/projects/{world.project.id}/statistics").json()
    assert (found["advice"]["labels_now"], found["advice"]["labels"]) == (12, 20)
    assert found["advice"]["low"] <= found["advice"]["gain"] <= found["advice"]["high"]
