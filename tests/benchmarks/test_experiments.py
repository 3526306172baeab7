"""The page of experiments and its pictures are drawn from what `winnow reproduce` writes, here from invented runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[2]
PAGE = """# Experiments

By hand.

<!-- figures: drawn by benchmarks/experiments.py -->
old figures
<!-- end of the figures -->

By hand too.
"""
PROTOCOL = {"size": 128, "epochs": 40, "members": 4, "start": 8, "k": 8, "K": 16}
PROTOCOL |= {"cold_start": "diverse", "network": "fcn_fast"}


def a_run(labels, row, fold, values):
    rounds = [
        {"labelled": 80 if labels == "all" else 8 * (place + 1), "mean_iou": value, "f1": value, "iou": [value, None]}
        | {"dice_per_class": [value, None], "train_s": 30.0, "query_s": 6.0}
        | {"predicted": [0.2, 0.4, 0.9], "true": [0.1, 0.5, None], "out_of_bag": {"mean_iou": value + 0.02}}
        for place, value in enumerate(values)
    ]
    return {"labels": labels, "row": row, "fold": fold, "seed": 0, "device": "cpu", "cores": 2, "rounds": rounds}


def a_report(*, folds=(0, 1, 2), dataset="ct100", **protocol):
    runs = []
    for fold in folds:
        base = 0.05 * fold
        runs += [
            a_run("all", "fcn_fast", fold, [base + 0.5]),
            a_run("half", "random", fold, [base + 0.1, base + 0.2, base + 0.3]),
            a_run("half", "winnow", fold, [base + 0.1, base + 0.25, base + 0.4 + 0.001 * fold]),
            a_run("half", "coreset", fold, [base + 0.1, base + 0.2, base + 0.3 + 0.1 * (-1) ** fold]),
        ]
    heading = {"dataset": dataset, "images": 100, "classes": [1, 3], "protocol": PROTOCOL | protocol, "training": {}}
    keyed = {f"{run['labels']}/{run['row']}/fold {run['fold']}/seed 0": run for run in runs}
    return {**heading, "runs": keyed, "tables": {}}


def drawn(folder, page=PAGE, **reports):
    (folder / "page.md").write_text(page)
    for name, report in reports.items():
        (folder / f"{name}.json").write_text(json.dumps(report))
    script = [
        sys.executable,
        str(ROOT / "benchmarks/experiments.py"),
        *(str(folder / f"{name}.json") for name in reports),
    ]
    places = ["--page", str(folder / "page.md"), "--pictures", str(folder / "pictures")]
    done = subprocess.run([*script, *places], capture_output=True, text=True, check=False)
    return done, (folder / "page.md").read_text()


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    done, text = drawn(folder, lungs=a_report())
    assert done.returncode == 0, done.stderr
    return folder, text


def row_of(text, name, *, after):
    line = next(line for line in text.partition(after)[2].splitlines() if line.startswith(f"| `{name}` "))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_what_is_written_by_hand_stays_and_what_was_drawn_before_goes(page):
    _, text = page
    assert text.startswith(PAGE.partition("old")[0])
    assert text.endswith("<!-- end of the figures -->\n\nBy hand too.\n")
    assert "old figures" not in text
    assert drawn(page[0], page=text, lungs=a_report())[1] == text


def test_the_protocol_is_said_plainly(page):
    assert "**128 pixels**" in page[1]
    assert "--size 128 --epochs 40 --members 4 --start 8 --k 8 --K 16" in page[1]
    assert "0.3 hours" in page[1]  # 30 trainings and queries of 36 s


def test_ours_stand_beside_the_papers_with_their_intervals(page):
    random = row_of(page[1], "random", after="Tables 4 and 5")
    assert random[1:3] == ["0.350 ± 0.124", "0.350 ± 0.124"]  # t of 2 degrees 4.303 x 0.05 / sqrt 3
    assert random[3:6] == ["0.350 / -", "0.322 / 0.487", "0.250 ± 0.124"]
    assert row_of(page[1], "fcn_fast", after="Table 3")[1] == "0.550 ± 0.124"


def test_a_difference_is_bold_where_its_interval_leaves_0_out(page):
    assert row_of(page[1], "winnow", after="Against the baselines")[1] == "**+0.101 ± 0.002**"
    assert row_of(page[1], "coreset", after="Against the baselines")[1] == "+0.033 ± 0.287"


def test_trust_is_judged_where_there_is_something_to_find(page):
    cells = row_of(page[1], "winnow", after="Predicted against true")
    assert cells[1:] == ["half", "6", "0.100", "1.00", "0.300", "0.500", "+0.020"]


RISK = "accepted, % of the test images"


@pytest.mark.parametrize(
    ("picture", "lines", "axis"),
    [("lungs-curves", 2, "labelled images"), ("lungs-gains", 2, "labelled images"), ("lungs-risk", 4, RISK)],
)
def test_pictures_are_drawn_and_linked(page, picture, lines, axis):
    folder, text = page
    assert f"](pictures/{picture}.svg)" in text
    root = ET.parse(folder / "pictures" / f"{picture}.svg").getroot()  # noqa: S314 (ours)
    named = "{http://www.w3.org/2000/svg}"
    paths = [path.get("class", "").split()[0] for path in root.iter(f"{named}path")]
    assert paths.count("line") == paths.count("band") == lines
    assert {axis} <= {text.text for text in root.iter(f"{named}text")}
    assert "prefers-color-scheme: dark" in root.findtext(f"{named}style", "")
    width, height = (float(part) for part in root.get("viewBox").split()[2:])
    assert all(
        0 <= float(one.get("x")) <= width and 0 <= float(one.get("y")) <= height for one in root.iter(f"{named}text")
    )


def test_the_share_accepted_first_is_the_best_by_the_prediction(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import experiments

    pairs = [(0.9, 0.2), (0.5, 0.8), (0.1, 0.5)]
    by_prediction = experiments._accepted(0, pairs, by=0)
    by_truth = experiments._accepted(0, pairs, by=1)
    assert [by_prediction[0], by_truth[0]] == [(10, 0, 0.2), (10, 0, 0.8)]
    assert by_prediction[6] == (70, 0, pytest.approx(0.5))
    assert by_prediction[-1] == by_truth[-1] == (100, 0, pytest.approx(0.5))


def test_folds_of_different_files_are_put_together_and_other_protocols_are_not(tmp_path):
    parts = {"first": a_report(folds=[0]), "second": a_report(folds=[1, 2]), "large": a_report(size=256)}
    _, text = drawn(tmp_path, **parts)
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## Results: first", "## Results: large"]
    assert row_of(text, "random", after="Tables 4 and 5")[6] == "3"


def test_another_data_set_is_not_held_to_the_papers_figures(tmp_path):
    _, text = drawn(tmp_path, cells=a_report(dataset="cells"))
    assert "0.322" not in text
    assert "the paper, all labels" not in (tmp_path / "pictures/cells-curves.svg").read_text()


def test_a_page_without_its_markers_is_left_alone(tmp_path):
    done, text = drawn(tmp_path, page="# Experiments\n", lungs=a_report())
    assert done.returncode != 0
    assert "needs the lines" in done.stderr
    assert text == "# Experiments\n"
