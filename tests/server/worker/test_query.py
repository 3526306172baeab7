"""Rounds: a cold start without a network, the committee's choice with one, and what lies beside each pick."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from winnow.active.committee import TrainedCommittee
from winnow.errors import JobCancelled, WrongState
from winnow.server import storage
from winnow.server.models import Annotation, Job, Pick, Project, Round
from winnow.server.worker import query
from winnow.server.worker.context import JobContext

from .scenes import SIZE, add_images, draw, put_to_use

Running = Callable[..., JobContext]
ASKED = {"strategy": "suggestive", "cold_start": "diverse", "K": 6, "k": 3, "seed": 1}


def test_a_cold_start(project: Project, running: Running):
    add_images(project, 8)
    query.run(running(project, "query", **ASKED))
    first = Round.objects.get()
    assert (first.number, first.strategy, first.queried_with) == (1, "diverse", None)
    assert first.settings == {"strategy": "diverse", "cold_start": True, "K": 6, "k": 3, "seed": 2}
    assert list(first.picks.values_list("rank", flat=True)) == [1, 2, 3]
    assert {pick.image.state for pick in first.picks.all()} == {"picked"}
    assert project.images.filter(state="unlabelled").count() == 5
    assert Job.objects.get().result == {"round": first.id}
    assert not Annotation.objects.exists()


def test_the_committee_chooses_and_suggests(project: Project, running: Running, trained: TrainedCommittee):
    labelled, *_ = add_images(project, 8)
    draw(labelled)
    network = put_to_use(project, trained)
    query.run(running(project, "query", **ASKED))
    chosen = Round.objects.get()
    assert (chosen.strategy, chosen.queried_with) == ("suggestive", network)
    assert chosen.settings["cold_start"] is False
    for pick in chosen.picks.all():
        assert pick.image.state == "picked"
        assert pick.scores["uncertainty"] >= 0
        assert -1 <= pick.scores["similarity"] <= 1
        assert pick.scores["neighbour"] == labelled.id
        heat = storage.get_array(pick.uncertainty, shape=(SIZE, SIZE), dtype="float16")
        assert np.isfinite(heat).all()
        assert float(heat.mean()) == pytest.approx(pick.scores["uncertainty"], abs=0.02)
        suggestion = pick.image.annotations.get()
        assert (suggestion.purpose, suggestion.network, suggestion.author) == ("auto", network, "network 1")
        assert (suggestion.version, suggestion.uncertainty) == (0, pick.uncertainty)
        assert 0 <= suggestion.quality <= 1
    ranked = [pick.scores["uncertainty"] for pick in chosen.picks.order_by("rank")]
    assert ranked[0] == max(ranked)


def test_the_default_strategy_says_which_class_each_pick_was_for(
    project: Project, running: Running, trained: TrainedCommittee, monkeypatch: pytest.MonkeyPatch
):
    """The rarest class among the labelled images comes first, and their newest masks are the ones that count."""
    labelled, *_ = add_images(project, 8)
    draw(labelled)
    put_to_use(project, trained)
    asked = []
    choose = query.choose
    monkeypatch.setattr(
        query, "choose", lambda name, pool, **counts: asked.append(pool) or choose(name, pool, **counts)
    )
    query.run(running(project, "query", **{**ASKED, "strategy": "winnow"}))
    drawn = labelled.annotations.get(purpose="submitted").class_pixels
    assert asked[0].labelled_pixels.tolist() == [drawn.get(str(value), 0) for value in asked[0].classes]
    assert sum(asked[0].labelled_pixels) > 0
    first, *_, last = Round.objects.get().picks.order_by("rank")
    assert (first.scores["by"], last.scores["by"]) == ("class", "entropy")
    assert first.scores["class"] == asked[0].classes[asked[0].labelled_pixels.argmin()]


def test_rounds_do_not_pick_twice(project: Project, running: Running):
    add_images(project, 5)
    query.run(running(project, "query", **ASKED))
    query.run(running(project, "query", **ASKED))
    assert [turn.picks.count() for turn in project.rounds.order_by("number")] == [3, 2]
    assert Pick.objects.values("image").distinct().count() == 5
    with pytest.raises(WrongState, match="no image left"):
        query.run(running(project, "query", **ASKED))


def test_an_image_taken_up_meanwhile_is_left_alone(project: Project, running: Running, monkeypatch: pytest.MonkeyPatch):
    images = add_images(project, 3)
    store = query._store

    def somebody_draws_first(*args: object, **options: object) -> None:
        draw(images[1])
        store(*args, **options)

    monkeypatch.setattr(query, "_store", somebody_draws_first)
    query.run(running(project, "query", **ASKED))
    assert set(Pick.objects.values_list("image", flat=True)) == {images[0].id, images[2].id}
    images[1].refresh_from_db()
    assert images[1].state == "submitted"


def test_a_damaged_image_is_left_out(project: Project, running: Running):
    images = add_images(project, 4)
    storage.blobs.path(images[2].pixels).write_bytes(b"rotten")
    query.run(running(project, "query", **ASKED | {"k": 4}))
    assert images[2].id not in set(Pick.objects.values_list("image", flat=True))
    assert Pick.objects.count() == 3
    assert f"image {images[2].id} is left out" in Job.objects.get().log


def test_what_was_looked_at_is_not_looked_at_again(project: Project, running: Running, monkeypatch: pytest.MonkeyPatch):
    """Cancelled in its second step, then continued by an attempt that finds the first step done."""
    monkeypatch.setattr("winnow.server.worker.looks.CHUNK", 4)
    add_images(project, 8)
    context = running(project, "query", **ASKED)
    seen: list[int] = []
    progress = context.progress

    def until_the_sixth(fraction: float, message: str) -> None:
        seen.append(len(seen))
        if len(seen) == 6:
            context.cancelled.set()
        progress(fraction, message)

    monkeypatch.setattr(context, "progress", until_the_sixth)
    with pytest.raises(JobCancelled):
        query.run(context)
    context.cancelled.clear()
    seen.clear()
    query.run(context)
    assert len(seen) == 4
    assert Pick.objects.count() == 3


def test_a_worker_that_lost_its_job_makes_no_round(project: Project, running: Running):
    from winnow.errors import LeaseLost

    add_images(project, 4)
    context = running(project, "query", **ASKED)
    Job.objects.update(attempt=2)
    with pytest.raises(LeaseLost):
        query.run(context)
    assert not Round.objects.exists()
    assert project.images.filter(state="unlabelled").count() == 4
