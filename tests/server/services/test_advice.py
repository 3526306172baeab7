"""The advice on the next batch comes from networks that can be compared, and from no others."""

from __future__ import annotations

from typing import Any

import pytest

from winnow.server.models import Network, Project
from winnow.server.services.advice import advice

from .test_query import draw

pytestmark = pytest.mark.django_db

CONFIG = {"network": "fcn_fast", "size": 96, "epochs": 10, "members": 4, "learning_rate": 0.003}


def trained(project: Project, labels: int, iou: dict[str, float | None], **changes: Any) -> Network:
    known = [value for value in iou.values() if value is not None]
    metrics = {"iou": iou, "mean_iou": sum(known) / len(known) if known else None, "measured_on": "out-of-bag"}
    return Network.objects.create(
        project=project,
        number=project.networks.count() + 1,
        weights="0" * 64,
        members=4,
        labels=labels,
        config=CONFIG | changes.pop("config", {}),
        metrics=metrics | {"images": 40, "mean_iou_error": 0.01} | changes,
        seed=0,
        code_version="0",
        data_fingerprint="0" * 64,
        train_seconds=1.0,
    )


def rising(project: Project, *, first: int = 8, **changes: Any) -> None:
    for place in range(3):
        labels = first + 8 * place
        trained(project, labels, {"1": 0.7 - labels**-0.5, "2": 0.5 - labels**-0.5}, **changes)


def test_a_project_without_networks_is_told_how_many_it_needs(project: Project):
    said = advice(project=project)
    assert (said.pop("points"), said.pop("needed"), said.pop("labelled")) == (0, 3, 0)
    assert set(said) >= {"labels", "gain", "low", "high"}
    assert set(said.values()) == {None}


def test_two_numbers_of_labels_are_too_few_however_often_they_were_trained(project: Project):
    for labels in (8, 16, 16):
        trained(project, labels, {"1": 0.4})
    said = advice(project=project)
    assert (said["points"], said["gain"]) == (2, None)


def test_the_next_batch_is_the_project_s_own(project: Project):
    rising(project)
    project.settings = {"k": 5}
    said = advice(project=project)
    assert (said["labels_now"], said["labels"]) == (24, 29)
    assert 0 <= said["low"] <= said["gain"] <= said["high"]
    assert said["now"] == pytest.approx(0.6 - 24**-0.5, abs=0.01)
    assert said["gain"] == pytest.approx(24**-0.5 - 29**-0.5, abs=0.005)


def test_networks_trained_otherwise_are_not_on_the_curve(project: Project):
    rising(project, first=4, config={"size": 512})
    rising(project)
    assert advice(project=project)["points"] == 3
    project.networks.filter(config__size=512).delete()
    assert advice(project=project)["points"] == 3


def test_a_class_that_was_not_measured_yet_does_not_make_a_fall(project: Project):
    """The first network found no image of class 2: its mean over class 1 alone is no point of the same curve."""
    trained(project, 4, {"1": 0.9, "2": None})
    rising(project)
    assert advice(project=project)["points"] == 3


def test_an_older_network_without_an_error_counts_by_its_images(project: Project):
    rising(project, mean_iou_error=None, images=10)
    vague = advice(project=project)
    project.networks.all().delete()
    rising(project)
    assert vague["high"] - vague["low"] > advice(project=project)["high"] - advice(project=project)["low"]


def test_a_network_that_was_measured_on_nothing_is_passed_over(project: Project):
    rising(project)
    trained(project, 40, {"1": None, "2": None})
    assert advice(project=project)["labels_now"] == 24


def labels(make_image: Any, user: Any, count: int) -> None:
    for number in range(count):
        draw(make_image(f"{number}.png"), user("ann"))


def test_labelling_may_stop_at_the_target(project: Project):
    network = trained(project, 8, {"1": 0.6})
    Project.objects.filter(id=project.id).update(network=network, settings={"target_iou": 0.55})
    project.refresh_from_db()
    said = advice(project=project)
    assert (said["stop"], said["quality"], said["measured_on"]) == ("target", pytest.approx(0.6), "out-of-bag")
    project.settings = {"target_iou": 0.65}
    assert advice(project=project)["stop"] is None


def test_the_test_set_decides_where_there_is_one(project: Project):
    project.network = trained(project, 8, {"1": 0.6}, test={"mean_iou": 0.4})
    project.settings = {"target_iou": 0.5}
    said = advice(project=project)
    assert (said["stop"], said["quality"], said["measured_on"]) == (None, 0.4, "test-set")


def test_labelling_may_stop_at_the_budget(project: Project, make_image: Any, user: Any):
    labels(make_image, user, 3)
    for budget, stop in ((4, None), (3, "budget"), (0, None)):
        project.settings = {"label_budget": budget}
        assert advice(project=project)["stop"] == stop


def test_labelling_may_stop_where_the_gain_would_read_nothing(project: Project):
    for place in range(5):
        trained(project, 8 * (place + 1), {"1": 0.5})
    said = advice(project=project)
    assert said["gain"] < 0.005
    assert said["stop"] == "gain"
