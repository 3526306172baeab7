"""The loop on generated images, with an executor that stays in this process."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from winnow.active.simulation import evaluate, simulate
from winnow.errors import InvalidInput, InvalidMask
from winnow.imaging.mask import encode_mask_png

from .labelled import InThisProcess, write_dataset


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
        "epochs": 1,
    }
    return simulate(folder, **({"executor": InThisProcess()} | defaults | options))


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
    assert [line.split(",")[0] for line in capsys.readouterr().err.splitlines()] == [
        "round 0: 4 labelled",
        "round 1: 6 labelled",
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


@pytest.fixture
def masks(tmp_path):
    """Writes masks into a folder by name."""

    def write(folder, **named):
        (tmp_path / folder).mkdir()
        for name, mask in named.items():
            (tmp_path / folder / f"{name}.png").write_bytes(encode_mask_png(np.array(mask, np.uint8)))
        return tmp_path / folder

    return write


def test_a_folder_against_itself_is_perfect(folder):
    result = evaluate(folder / "masks", folder / "masks")
    assert result["images"] == 15
    assert result["classes"] == [2, 4]
    assert result["iou"] == result["dice_per_class"] == [1.0, 1.0]
    assert result["mean_iou"] == result["f1"] == result["dice"] == 1.0


def test_evaluation_by_hand(masks):
    prediction = masks("prediction", a=[[1, 1, 0, 0]], b=[[0, 5, 0, 0]])
    reference = masks("reference", a=[[1, 0, 0, 0]], b=[[0, 5, 5, 0]])
    result = evaluate(prediction, reference)
    assert result["classes"] == [1, 5]
    assert result["iou"] == [0.5, 0.5]
    assert result["f1"] == result["dice"] == pytest.approx(2 / 3)


def test_exported_masks_are_found_under_their_longer_names(folder, tmp_path):
    exported = tmp_path / "exported"
    exported.mkdir()
    for path in (folder / "masks").iterdir():
        (exported / f"{path.name}.png").write_bytes(path.read_bytes())
    assert evaluate(exported, folder / "masks")["mean_iou"] == 1.0
    assert evaluate(folder / "masks", exported)["mean_iou"] == 1.0


def test_evaluation_refuses_what_is_missing_or_does_not_fit(masks, tmp_path):
    some, more = masks("some", a=[[1, 0]]), masks("more", a=[[1, 0]], b=[[1, 0]])
    other = masks("other", a=[[1, 0, 0]])
    with pytest.raises(InvalidInput, match=r"b\.png"):
        evaluate(some, more)
    with pytest.raises(InvalidInput, match="no masks"):
        evaluate(some, tmp_path / "nowhere")
    with pytest.raises(InvalidMask):
        evaluate(some, other)


def test_checkpoints_that_are_kept_are_not_trained_again_and_keep_their_seconds(folder, tmp_path):
    class Counting(InThisProcess):
        steps = 0

        def run(self, function, tasks, *, on_progress, should_stop):
            del on_progress, should_stop
            return [function(task, lambda _share: setattr(self, "steps", self.steps + 1)) for task in tasks]

    first, again = Counting(), Counting()
    rows = [replay(folder, scratch=tmp_path, executor=executor)["rounds"] for executor in (first, again)]
    assert first.steps > 0
    assert again.steps == 0
    assert [row["train_s"] for row in rows[0]] == [row["train_s"] for row in rows[1]]
    assert without_times({"rounds": rows[0]}) == without_times({"rounds": rows[1]})
