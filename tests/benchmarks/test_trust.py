"""The benchmark of the predicted Dice: its figures by hand, and one run on an invented folder."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from active.labelled import write_dataset

ROOT = Path(__file__).parents[2]
TRUTH = [0.9, 0.1, 0.5, 0.7, 0.3, 0.2, 0.8, 0.6, 0.4, 0.0]


@pytest.fixture(scope="module")
def trust():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield importlib.import_module("trust")


def images(**estimates):
    """Ten images; an estimate is given as a list, the others are 0.5 for each."""
    given = {name: estimates.get(name, [0.5] * 10) for name in ("calibrated", "expected", "votes")}
    rows = [{name: values[i] for name, values in given.items()} for i in range(10)]
    return [row | {"name": str(i), "dice": TRUTH[i], "interval": [0.0, 0.45]} for i, row in enumerate(rows)]


def test_an_estimate_that_is_always_right_accepts_in_the_best_order(trust):
    found = trust.summary([images(calibrated=TRUTH)])
    assert found["estimates"]["calibrated"] | {"mean_dice": None} == {
        "mae": 0.0,
        "bias": 0.0,
        "pearson": 1.0,
        "spearman": 1.0,
        "mean_dice": None,
    }
    assert found["estimates"]["calibrated"]["mean_dice"] == found["possible"]
    assert found["possible"] == pytest.approx([0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45])


def test_an_estimate_that_is_the_wrong_way_round_accepts_the_worst_first(trust):
    found = trust.summary([images(votes=[1 - value for value in TRUTH])])["estimates"]["votes"]
    assert (found["pearson"], found["spearman"]) == (-1.0, -1.0)
    assert found["mean_dice"][0] == 0.0
    assert found["mean_dice"] == sorted(found["mean_dice"])


def test_accepting_all_gives_the_mean_dice_whatever_the_estimate(trust):
    found = trust.summary([images(calibrated=TRUTH, expected=TRUTH[::-1])])
    assert [one["mean_dice"][-1] for one in found["estimates"].values()] == [pytest.approx(0.45)] * 3
    assert found["mean_dice"] == pytest.approx(0.45)


def test_an_estimate_that_says_the_same_of_all_has_no_correlation(trust):
    found = trust.summary([images()])["estimates"]["votes"]
    assert (found["pearson"], found["spearman"]) == (None, None)
    assert found["mae"] == pytest.approx(0.25)


def test_images_without_a_dice_are_left_out_and_intervals_are_counted(trust):
    runs = [images(calibrated=TRUTH), images(calibrated=[0.4] * 10)]
    runs[1][0]["dice"] = None
    found = trust.summary(runs)
    assert (found["runs"], found["images"]) == (2, 19)
    assert found["within_90_interval"] == pytest.approx(10 / 19, abs=1e-4)
    # averaged over the runs: 0 in one, in the other over the nine that are left
    assert found["estimates"]["calibrated"]["mae"] == pytest.approx(
        np.abs(np.array(TRUTH[1:]) - 0.4).mean() / 2, abs=1e-4
    )


def test_a_run_is_kept_and_not_trained_again(tmp_path):
    (tmp_path / "made").mkdir()
    write_dataset(tmp_path / "made")
    written = tmp_path / "trust.json"
    options = ["--folds", "0", "--size", "48", "--epochs", "1", "--members", "2"]
    script = [
        sys.executable,
        str(ROOT / "benchmarks/trust.py"),
        "--data",
        str(tmp_path / "made"),
        "--json",
        str(written),
    ]

    def run():
        done = subprocess.run([*script, *options], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        report = json.loads(written.read_text())
        (entry,) = report["settings"].values()
        return report, entry["runs"]["fold 0, seed 0"]

    report, trained = run()
    assert len(trained["images"]) == 3
    assert str(tmp_path) not in json.dumps(report)
    trained["seconds"] = -1.0
    written.write_text(json.dumps(report))
    assert run()[1] == trained
