"""The experiments outlive every interruption: broken off and continued is the same as never broken."""

from __future__ import annotations

import json

import pytest
import torch

from winnow import cli
from winnow.active import reproduce as module
from winnow.active import simulation
from winnow.active.reproduce import Protocol, reproduce, rows_of
from winnow.active.tables import ORDER
from winnow.compute.serial import SerialExecutor
from winnow.errors import InvalidInput

from .labelled import write_dataset

SMALL = Protocol(size=48, epochs=1, members=2, start=4, k=2, K=4)


class BreaksOff(SerialExecutor):
    """Ends as a killed process does, when a row (any, if not said which) has done that share."""

    def __init__(self, row=None, *, share=0.0):
        self.row, self.share = row, share

    def run(self, function, tasks, **calls):
        def broken(task, report):
            return function(task, lambda share: self.look(task[0], share) or report(share))

        return super().run(broken, tasks, **calls)

    def look(self, run, share):
        if self.row in (None, run.row) and share >= self.share:
            raise KeyboardInterrupt


@pytest.fixture(scope="module", autouse=True)
def baselines_only():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ABLATION", ())
        patch.setattr(module, "DEFAULT", "random")
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.set_num_threads(1)
    return write_dataset(tmp_path_factory.mktemp("dataset"))


def run(folder, out, *, executor=None, **options):
    asked = {"folds": [1], "tables": [5], "protocol": SMALL} | options
    return reproduce(folder, out=out, executor=executor or SerialExecutor(), **asked)


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
        run(
            folder, out, executor=BreaksOff("foreground_random", share=0.7)
        )  # while the second of its rounds is trained
    assert list(json.loads(out.read_text())["runs"]) == ["half/random/fold 1/seed 0"]
    report = run(folder, out)
    assert without_times(report) == without_times(unbroken[1])
    assert json.loads(out.read_text()) == report
    assert [path.name for path in tmp_path.rglob("*.pt")] == []


def test_other_rows_are_added_and_find_nothing_left_behind(folder, unbroken, tmp_path):
    out = tmp_path / "out.json"
    out.write_bytes(unbroken[0].read_bytes())
    report = run(folder, out, tables=[4], rows=["entropy", "random"])
    assert set(report["runs"]) - set(unbroken[1]["runs"]) == {"half/entropy/fold 1/seed 0"}
    assert list(report["tables"]["half"]) == ["random", "foreground_random", "entropy"]
    assert report["runs"]["half/entropy/fold 1/seed 0"]["rounds"][0]["iou"] == [
        *unbroken[1]["runs"]["half/random/fold 1/seed 0"]["rounds"][0]["iou"]
    ]
    assert list((tmp_path / ".out.json.parts").iterdir()) == []


def test_what_is_there_is_not_run_again(folder, unbroken):
    out, report = unbroken
    assert run(folder, out, executor=BreaksOff()) == report


def test_networks_are_added_to_a_file_that_holds_strategies(folder, unbroken, tmp_path):
    out = tmp_path / "out.json"
    out.write_bytes(unbroken[0].read_bytes())
    report = run(folder, out, tables=[3, 5], networks=["fcn_fast"])
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
        ({"rows": ["random", "clever"]}, "no strategy 'clever'"),
        ({"networks": ["huge"]}, "no network 'huge'"),
        ({"protocol": Protocol(size=48, network="huge")}, "no network 'huge'"),
        ({"protocol": Protocol(size=48)}, "Half of a pool of 12"),
    ],
)
def test_what_cannot_be_run_is_refused_before_any_training(folder, tmp_path, change, says):
    with pytest.raises(InvalidInput, match=says):
        run(folder, tmp_path / "out.json", executor=BreaksOff(), **change)


def test_the_rows_of_the_tables():
    assert [labels for labels, _ in rows_of([3])] == ["all"] * len(module.NETWORKS)
    assert {row for _, row in rows_of([4])} == set(module.SIMULATED)
    assert len(set(rows_of([3, 4, 5]))) == len(rows_of([3, 4, 5])) == len(rows_of([3, 4]))


def test_the_telling_rows_come_first(monkeypatch):
    monkeypatch.undo()
    rows = rows_of([3, 4, 5], default="fcn_fast")
    assert rows[0] == ("all", "fcn_fast")
    assert [row for labels, row in rows if labels == "half"][:3] == ["winnow", "random", "foreground_random"]
    assert [row for _, row in rows[-3:]] == ["fcn", "unet", "cumednet"]
    assert rows_of([3, 5], rows=["bald"], networks=["unet"]) == [("half", "bald"), ("all", "unet")]


@pytest.mark.parametrize("labels", ["all", "half"])
def test_the_order_names_rows_that_there_are(labels):
    assert set(ORDER[labels]) <= set(module.NETWORKS if labels == "all" else module.SIMULATED)


def test_the_command_prints_the_tables(folder, unbroken, monkeypatch, capsys):
    asked = {}

    def answer(dataset, **options):
        asked.update(options, dataset=dataset)
        return unbroken[1]

    monkeypatch.setattr(module, "reproduce", answer)
    command = ["reproduce", str(folder), "--json", "out.json", "--folds", "0,2", "--seeds", "1", "--tables", "4,5"]
    command += ["--rows", "winnow,random", "--workers", "1", "--network", "unet", "--cold-start", "typical"]
    command += ["--size", "128", "--epochs", "3", "--members", "2", "--start", "6", "--k", "3", "--K", "9"]
    assert cli.main(command) == 0
    assert (asked["folds"], asked["seeds"], asked["tables"]) == ([0, 2], [1], [4, 5])
    assert (asked["rows"], asked["executor"].max_workers) == (["winnow", "random"], 1)
    assert "networks" not in asked
    assert asked["protocol"] == Protocol(
        size=128, epochs=3, members=2, start=6, k=3, K=9, cold_start="typical", network="unet"
    )
    said = capsys.readouterr().out
    assert "half of the labels" in said
    assert "0.322" in said  # the paper's own figure for random


def test_a_replay_takes_its_options_from_the_command(folder, monkeypatch, tmp_path):
    asked = {}
    monkeypatch.setattr(simulation, "simulate", lambda **options: asked.update(options) or {})
    command = ["simulate", str(folder), "--strategy", "winnow", "--scratch", str(tmp_path / "parts"), "--epochs", "3"]
    assert cli.main([*command, "--json", str(tmp_path / "out.json")]) == 0
    assert asked["scratch"] == tmp_path / "parts"
    assert (asked["strategy"], asked["epochs"], asked["dataset"]) == ("winnow", 3, folder)
    assert "network" not in asked  # the default is where committees are defined
