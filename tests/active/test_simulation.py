"""The loop on generated images, with an executor that stays in this process."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from winnow.active import simulation as module
from winnow.active.quality import Tally
from winnow.active.simulation import simulate
from winnow.compute.serial import SerialExecutor
from winnow.errors import InvalidInput
from winnow.imaging.mask import decode_mask_png

from .labelled import write_dataset


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.set_num_threads(1)
    return write_dataset(tmp_path_factory.mktemp("dataset"))


def replay(folder, **options):
    defaults = {
        "strategy": "suggestive",
        "start": 4,
        "rounds": 1,
        "k": 2,
        "K": 4,
        "members": 2,
        "size": 48,
        "epochs": 2,
    }
    return simulate(folder, **({"executor": SerialExecutor()} | defaults | options))


def without_times(result):
    return [{key: row[key] for key in row if key not in {"train_s", "query_s"}} for row in result["rounds"]]


@pytest.fixture(scope="module")
def replayed(folder):
    return replay(folder, fold=2, seed=5)


def test_a_replay_has_the_shape_of_the_plan(replayed):
    json.dumps(replayed, allow_nan=False)
    assert {"dataset", "strategy", "seed", "fold", "device", "rounds"} <= set(replayed)
    assert (replayed["strategy"], replayed["seed"], replayed["fold"]) == ("suggestive", 5, 2)
    assert replayed["classes"] == [2, 4]
    assert [row["labelled"] for row in replayed["rounds"]] == [4, 6]
    for row in replayed["rounds"]:
        assert {"labelled", "iou", "mean_iou", "f1", "dice", "train_s", "query_s", "picks"} <= set(row)
        assert len(row["iou"]) == 2
        assert 0 <= row["mean_iou"] <= row["f1"] <= 1
        assert row["train_s"] > 0


def test_a_replay_reproduces_and_tells_each_round(folder, replayed, capsys):
    assert without_times(replay(folder, fold=2, seed=5)) == without_times(replayed)
    assert [line.rsplit(", mean_iou")[0] for line in capsys.readouterr().err.splitlines()] == [
        "suggestive, fold 2, seed 5: round 0: 4 labelled",
        "suggestive, fold 2, seed 5: round 1: 6 labelled",
    ]


def test_no_image_is_picked_twice_and_none_of_the_test_set(replayed):
    picks = [name for row in replayed["rounds"] for name in row["picks"]]
    assert len(picks) == len(set(picks)) == 6
    assert not {"02.png", "07.png", "12.png"} & set(picks)


def test_strategies_start_from_the_same_committee(folder, replayed):
    result = replay(folder, fold=2, seed=5, strategy="random", rounds=0)
    assert without_times(result)[0] == without_times(replayed)[0]


def test_the_rounds_end_with_the_pool(folder):
    rounds = replay(folder, start=11, rounds=5, k=2, K=4)["rounds"]
    assert [row["labelled"] for row in rounds] == [11, 12]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"strategy": "clever"}, "no strategy 'clever'"),
        ({"cold_start": "clever"}, "no cold start 'clever'"),
        ({"fold": 5}, "no fold 5"),
        ({"fold": -1}, "no fold -1"),
        ({"start": 13}, "need 2 to 12"),
        ({"start": 1}, "need 2 to 12"),
        ({"rounds": -1}, "rounds"),
        ({"seed": -1}, "seed"),
        ({"k": 5}, "k is 5"),
    ],
)
def test_what_cannot_be_replayed_is_refused_before_any_training(folder, change, says):
    with pytest.raises(InvalidInput, match=says):
        replay(folder, **change)


def test_trust_can_be_judged_from_each_round(replayed):
    """Of each test image what was predicted and what is true; the images each member left out, besides."""
    for row in replayed["rounds"]:
        assert len(row["predicted"]) == len(row["true"]) == 3
        assert row["quality"] == pytest.approx(np.mean(row["predicted"]), abs=1e-3)
        assert row["dice"] == pytest.approx(np.mean([one for one in row["true"] if one is not None]), abs=1e-3)
        assert row["out_of_bag"]["measured_on"] == "out-of-bag"
        assert row["out_of_bag"]["images"] <= row["labelled"]


def test_an_image_with_nothing_to_find_has_no_dice():
    tally = Tally(classes=2)
    assert tally.add(np.zeros((2, 2), np.uint8), np.zeros((2, 2), np.uint8)) is None
    assert tally.add(np.array([[1, 1]], np.uint8), np.array([[1, 0]], np.uint8)) == pytest.approx(2 / 3)


def test_another_network_is_replayed_by_its_name(folder):
    assert replay(folder, network="unet", rounds=0)["config"]["network"] == "unet"


def test_the_strategy_learns_how_much_of_each_class_is_labelled(folder, monkeypatch):
    asked = []
    choose = module.choose
    monkeypatch.setattr(module, "choose", lambda name, pool, **rest: asked.append(pool) or choose(name, pool, **rest))
    rounds = replay(folder, strategy="winnow")["rounds"]
    masks = [decode_mask_png((folder / "masks" / name).read_bytes()) for name in rounds[0]["picks"]]
    assert asked[0].classes.tolist() == [2, 4]
    assert asked[0].labelled_pixels.tolist() == [sum((mask == value).sum() for mask in masks) for value in (2, 4)]


def test_the_progress_rises_to_the_end(folder):
    seen = []
    replay(folder, on_progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_checkpoints_that_are_kept_are_not_trained_again_and_keep_their_seconds(folder, tmp_path):
    steps = []

    class Counting(SerialExecutor):
        def run(self, function, tasks, **calls):
            if isinstance(tasks[0], list):  # pictures to look at, not a member to train
                return super().run(function, tasks, **calls)
            return super().run(
                lambda task, report: function(task, lambda _: report(steps.append(1) or 0)), tasks, **calls
            )

    rows = []
    for _ in range(2):
        steps.clear()
        rows.append(replay(folder, scratch=tmp_path, executor=Counting())["rounds"])
    assert steps == []
    # a folder serves all strategies: another one finds the start, and trains its own round
    replay(folder, scratch=tmp_path, executor=Counting(), strategy="random")
    assert len(steps) == 8
    assert [row["train_s"] for row in rows[0]] == [row["train_s"] for row in rows[1]]
    assert without_times({"rounds": rows[0]}) == without_times({"rounds": rows[1]})
