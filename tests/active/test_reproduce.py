"""The experiments outlive every interruption: broken off and continued is the same as never broken."""

from __future__ import annotations

import json

import pytest
import torch

from winnow import cli
from winnow.active import reproduce as module
from winnow.active.reproduce import Protocol, reproduce, rows_of
from winnow.errors import InvalidInput

from .labelled import InThisProcess, write_dataset

SMALL = Protocol(size=48, epochs=1, members=2, start=4, k=2, K=4)


class BreaksOff(InThisProcess):
    """Ends as a killed process does, after so many steps of training."""

    def __init__(self, steps):
        self.left = steps

    def run(self, function, tasks, *, on_progress, should_stop):
        del on_progress, should_stop

        def report(_share):
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt

        return [function(task, report) for task in tasks]


@pytest.fixture(scope="module", autouse=True)
def baselines_only():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ABLATION", ())
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.set_num_threads(1)
    return write_dataset(tmp_path_factory.mktemp("dataset"))


def run(folder, out, *, executor=None, **options):
    asked = {"folds": [1], "tables": [5], "protocol": SMALL} | options
    return reproduce(folder, out=out, executor=executor or InThisProcess(), **asked)


@pytest.fixture(scope="module")
def unbroken(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("unbroken") / "out.json"
    return out, run(folder, out)


def without_times(report):
    runs = json.loads(json.dumps(report["runs"]))
    for one in runs.values():
        for row in one["rounds"]:
            del row["train_s"], row["query_s"]
    return runs


def test_broken_off_and_continued_is_the_same_as_unbroken(folder, unbroken, tmp_path):
    out = tmp_path / "out.json"
    with pytest.raises(KeyboardInterrupt):
        run(folder, out, executor=BreaksOff(25))  # in the second of the two runs: 20 steps each, half of them shared
    assert list(json.loads(out.read_text())["runs"]) == ["half/random/fold 1/seed 0"]
    report = run(folder, out)
    assert without_times(report) == without_times(unbroken[1])
    assert json.loads(out.read_text()) == report
    assert [path.name for path in tmp_path.rglob("*.pt")] == []


def test_what_is_there_is_not_run_again(folder, unbroken):
    out, report = unbroken
    assert run(folder, out, executor=BreaksOff(0)) == report


def test_networks_are_added_to_a_file_that_holds_strategies(folder, unbroken, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "NETWORKS", {"fcn_fast": None})
    out = tmp_path / "out.json"
    out.write_bytes(unbroken[0].read_bytes())
    report = run(folder, out, tables=[3, 5])
    assert set(report["runs"]) - set(unbroken[1]["runs"]) == {"all/fcn_fast/fold 1/seed 0"}
    assert [row["labelled"] for row in report["runs"]["all/fcn_fast/fold 1/seed 0"]["rounds"]] == [12]
    assert report["tables"]["half"] == unbroken[1]["tables"]["half"]


def test_strategies_are_compared_at_half_of_the_labels_from_the_same_start(unbroken):
    runs = unbroken[1]["runs"].values()
    assert [run["row"] for run in runs] == ["random", "foreground_random"]
    assert {tuple(row["labelled"] for row in run["rounds"]) for run in runs} == {(4, 6)}
    assert len({json.dumps(run["rounds"][0]["iou"]) for run in runs}) == 1
    assert set(unbroken[1]["tables"]["half"]["foreground_random"]["differences"]) == {"random"}


@pytest.mark.parametrize("other", [{"protocol": Protocol(size=64)}, {"protocol": Protocol(epochs=2)}])
def test_runs_of_another_protocol_are_not_mixed_in(folder, unbroken, other):
    with pytest.raises(InvalidInput, match="another protocol"):
        run(folder, unbroken[0], **({"tables": [3]} | other))


def test_a_file_of_something_else_is_left_alone(folder, tmp_path):
    out = tmp_path / "notes.json"
    out.write_text("[1, 2]")
    with pytest.raises(InvalidInput, match="winnow reproduce"):
        run(folder, out)
    assert out.read_text() == "[1, 2]"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"folds": [5]}, "folds 0 to 4"),
        ({"folds": []}, "folds 0 to 4"),
        ({"seeds": []}, "one at least"),
        ({"seeds": [-1]}, "0 or more"),
        ({"tables": [6]}, "3, 4, 5"),
        ({"protocol": Protocol(size=48)}, "Half of a pool of 12"),
    ],
)
def test_what_cannot_be_run_is_refused_before_any_training(folder, tmp_path, change, says):
    with pytest.raises(InvalidInput, match=says):
        run(folder, tmp_path / "out.json", executor=BreaksOff(0), **change)


def test_the_rows_of_the_tables():
    assert [labels for labels, _ in rows_of([3])] == ["all"] * len(module.NETWORKS)
    assert {row for _, row in rows_of([4])} == set(module.SIMULATED)
    assert len(set(rows_of([3, 4, 5]))) == len(rows_of([3, 4, 5])) == len(rows_of([3, 4]))


def test_the_command_prints_the_tables(folder, unbroken, monkeypatch, capsys):
    asked = {}

    def answer(dataset, **options):
        asked.update(options, dataset=dataset)
        return unbroken[1]

    monkeypatch.setattr(module, "reproduce", answer)
    command = ["reproduce", str(folder), "--json", "out.json", "--folds", "0,2", "--seeds", "1", "--tables", "4,5"]
    assert cli.main([*command, "--size", "128", "--epochs", "3", "--members", "2"]) == 0
    assert (asked["folds"], asked["seeds"], asked["tables"]) == ([0, 2], [1], [4, 5])
    assert asked["protocol"] == Protocol(size=128, epochs=3, members=2)
    said = capsys.readouterr().out
    assert "half of the labels" in said
    assert "0.322" in said  # the paper's own figure for random
