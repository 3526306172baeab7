"""Rounds: a cold start without a network, the committee's choice with one, and what lies beside each pick."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from winnow.active.committee import TrainedCommittee
from winnow.errors import JobCancelled, WrongState
from winnow.server import storage
from winnow.server.models import Annotation, Image, Job, Pick, Project, Round
from winnow.server.worker import query
from winnow.server.worker.context import JobContext
from winnow.server.worker.looks import gather

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


def test_a_share_of_a_networks_picks_is_blind(project: Project, running: Running, trained: TrainedCommittee):
    labelled, *_ = add_images(project, 8)
    project.settings = {"blind_share": 1.0}
    project.save()
    query.run(running(project, "query", **ASKED))
    assert not Pick.objects.filter(blind=True).exists()  # on a cold start there is nothing to hide
    Image.objects.exclude(id=labelled.id).update(state="unlabelled")
    draw(labelled)
    put_to_use(project, trained)
    query.run(running(project, "query", **ASKED))
    assert set(Round.objects.get(number=2).picks.values_list("blind", flat=True)) == {True}


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
        chances = storage.get_array(suggestion.probabilities, shape=(2, SIZE, SIZE), dtype="uint8")
        mask = storage.get_array(suggestion.mask, shape=(SIZE, SIZE), dtype="uint8")
        assert (chances[0][mask == 1] >= chances[1][mask == 1]).all()
        assert (chances.astype(int).sum(axis=0)[mask == 0] <= 2 * 128).all()
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
    """Cancelled in its second shard; the next job finds what the first shard said."""
    monkeypatch.setattr("winnow.server.worker.looks.SHARD", 4)
    add_images(project, 8)
    seen = note_looks(monkeypatch)
    context = running(project, "query", **ASKED)
    progress = context.progress

    def until_the_sixth(fraction: float, message: str) -> None:
        if len(seen) == 6:
            context.cancelled.set()
        progress(fraction, message)

    monkeypatch.setattr(context, "progress", until_the_sixth)
    with pytest.raises(JobCancelled):
        query.run(context)
    assert len(seen) == 6
    query.run(running(project, "query", **ASKED))
    assert len(seen) == 10
    assert Pick.objects.count() == 3


def note_looks(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows by one with each image that is looked at, by a committee or without one."""
    from winnow.active import looking
    from winnow.active.committee import Committee

    seen: list[object] = []
    describe, look_many = looking.describe, Committee.look_many

    def noting(pictures: object) -> Iterator[object]:
        for picture in pictures:
            seen.append(picture)
            yield picture

    monkeypatch.setattr(looking, "describe", lambda picture: seen.append(picture) or describe(picture))
    monkeypatch.setattr(Committee, "look_many", lambda self, pictures, **how: look_many(self, noting(pictures), **how))
    return seen


def test_a_network_is_asked_once_about_an_image(
    project: Project, running: Running, trained: TrainedCommittee, monkeypatch: pytest.MonkeyPatch
):
    images = add_images(project, 8)
    draw(images[0])
    put_to_use(project, trained)
    seen = note_looks(monkeypatch)
    query.run(running(project, "query", **ASKED))
    assert len(seen) == 8
    query.run(running(project, "query", **ASKED))  # another round, other picks
    assert len(seen) == 8
    add_images(project, 2, first=8)
    Image.objects.filter(id=images[0].id).update(window=[50.0, 100.0])  # looks otherwise now
    query.run(running(project, "query", **ASKED))
    assert len(seen) == 8 + 2 + 1


def test_dropout_is_looked_at_only_where_the_strategy_wants_it(
    project: Project, running: Running, trained: TrainedCommittee, monkeypatch: pytest.MonkeyPatch
):
    add_images(project, 6)
    put_to_use(project, trained)
    seen = note_looks(monkeypatch)
    query.run(running(project, "query", **ASKED | {"strategy": "committee_bald"}))
    query.run(running(project, "query", **ASKED | {"strategy": "bald", "k": 2}))
    assert len(seen) == 6 + 3
    assert Round.objects.order_by("-number")[0].strategy == "bald"


def test_processes_and_this_process_say_the_same(
    project: Project, running: Running, trained: TrainedCommittee, monkeypatch: pytest.MonkeyPatch
):
    """Shards on several processors, and shards of another size in this process: not a bit differs."""
    images = add_images(project, 7)
    storage.blobs.path(images[3].pixels).write_bytes(b"rotten")
    ids = [image.id for image in images]
    network = put_to_use(project, trained)
    near = gather(running(project, "query"), ids, network=network)
    forget_everything()
    monkeypatch.setattr("winnow.server.worker.looks.SHARD", 3)
    monkeypatch.setattr("winnow.server.worker.looks.FEW", 0)
    context = running(project, "query")
    far = gather(context, ids[::-1], network=network)
    assert list(far["ids"]) == list(near["ids"])[::-1] == [one for one in ids[::-1] if one != ids[3]]
    for name, column in near.items():
        assert np.array_equal(column, far[name][::-1]), name
    assert context._reached == 1.0


def forget_everything() -> None:
    for folder in storage.all_looks():
        shutil.rmtree(folder)


def test_a_colour_image_is_left_out_by_a_network_that_knows_grey(
    project: Project, running: Running, trained: TrainedCommittee
):
    grey, colour = add_images(project, 2)
    pixels = np.zeros((SIZE, SIZE, 3), np.uint8)
    Image.objects.filter(id=colour.id).update(pixels=storage.put_array(pixels), channels=3)
    context = running(project, "query")
    seen = gather(context, [grey.id, colour.id], network=put_to_use(project, trained))
    assert list(seen["ids"]) == [grey.id]
    assert f"image {colour.id} is left out: the network in use has learned from grey" in context._log


def test_a_worker_that_lost_its_job_makes_no_round(project: Project, running: Running):
    from winnow.errors import LeaseLost

    add_images(project, 4)
    context = running(project, "query", **ASKED)
    Job.objects.update(attempt=2)
    with pytest.raises(LeaseLost):
        query.run(context)
    assert not Round.objects.exists()
    assert project.images.filter(state="unlabelled").count() == 4
