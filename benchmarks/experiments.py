"""Draws the results of `winnow reproduce` into docs/reference/experiments.md, with learning curves as SVG.

    python benchmarks/experiments.py benchmarks/results/reproduce-*.json

Each file becomes a section of tables and pictures, named after the file. Files of the same data and protocol (folds that
ran on different machines) become one section, named after the first. What is written on the page by hand stays: only
what lies between the markers is replaced.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from curves import Line, Panel, draw
from experiment_tables import (
    Report,
    differences,
    last_turns,
    networks,
    predicted_and_true,
    protocol,
    strategies,
    trust,
)

from winnow.active.tables import PAPER, TITLES, ordered, spread, summarise

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- figures: drawn by benchmarks/experiments.py -->", "<!-- end of the figures -->"
TOGETHER = ("winnow", "random", "foreground_random", "suggestive")  # drawn on the same axes
HEADING = ("dataset", "images", "classes", "protocol", "training")


def main() -> None:
    arguments = parse()
    page = arguments.page.read_text(encoding="utf-8")
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise SystemExit(f"{arguments.page} needs the lines {BEGIN} and {END} once each, around what is drawn.")
    before, _, rest = page.partition(BEGIN)
    reports = merged(arguments.results).items()
    sections = [section(name, report, arguments.pictures, arguments.page.parent) for name, report in reports]
    text = "\n\n".join([BEGIN, *sections, END])
    arguments.page.write_text(before + text + rest.partition(END)[2], encoding="utf-8")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, nargs="+", help="files written by winnow reproduce")
    parser.add_argument("--page", type=Path, default=ROOT / "docs/reference/experiments.md")
    parser.add_argument("--pictures", type=Path, default=ROOT / "docs/pictures")
    return parser.parse_args()


def merged(paths: list[Path]) -> dict[str, Report]:
    """By the name of its first file, all runs of the same data and protocol."""
    reports: dict[str, Report] = {}
    for path in paths:
        report = json.loads(path.read_text(encoding="utf-8"))
        same = [one for one in reports.values() if all(one[key] == report[key] for key in HEADING)]
        if same:
            same[0]["runs"] = report["runs"] | same[0]["runs"]
        else:
            reports[path.stem] = report
    for report in reports.values():
        report["tables"] = summarise(report["runs"])
    return reports


def section(name: str, report: Report, pictures: Path, beside: Path) -> str:
    """Heading, protocol in words, tables and pictures of one report; writes the pictures."""
    parts = [f"## Results: {name}", protocol(name, report)]
    tables = report["tables"]
    pictures.mkdir(parents=True, exist_ok=True)

    def picture(what: str, drawn: tuple[str, str]) -> list[str]:
        words, svg = drawn
        path = pictures / f"{name}-{what}.svg"
        if not svg:
            return []
        path.write_text(svg, encoding="utf-8")
        return [f"![{words}]({Path(os.path.relpath(path, beside)).as_posix()})"]

    if tables["all"]:
        parts += [f"### {TITLES['all']}", networks(report)]
    if tables["half"]:
        parts += [f"### {TITLES['half']}", strategies(report)]
        parts += picture("curves", curves(name, report)) + picture("gains", gains(name, report))
        parts += ["### Against the baselines", differences(report)]
    parts += ["### Predicted against true quality", trust(report), *picture("risk", risk(name, report))]
    return "\n\n".join(parts)


def points(pairs: list[tuple[int, int, float]]) -> list[tuple[float, float, float | None]]:
    """(labels, fold, value) as a curve with its 95 % intervals over the folds."""
    curve = []
    for labelled in sorted({labelled for labelled, _, _ in pairs}):
        at = spread((fold, value) for count, fold, value in pairs if count == labelled)
        if at:
            curve.append((float(labelled), at["mean"], at["interval"] if at["over"] == "folds" else None))
    return curve


def curves(name: str, report: Report) -> tuple[str, str]:
    """The mean IoU over the labels of the rows that matter most, and its level with all labels."""
    lines = []
    for row in (row for row in TOGETHER if row in report["tables"]["half"]):
        pairs = [
            (turn["labelled"], run["fold"], turn["mean_iou"])
            for run in report["runs"].values()
            if run["labels"] == "half" and run["row"] == row
            for turn in run["rounds"]
            if turn["mean_iou"] is not None
        ]
        if pairs:
            lines.append(Line(row, points(pairs), TOGETHER.index(row)))
    levels = [("the paper, all labels", PAPER["all"]["fcn"][0])] if report["dataset"] == "ct100" else []
    own = report["tables"]["all"].get(report["protocol"]["network"])
    if own and own["mean_iou"]:
        levels.append(("all labels", own["mean_iou"]["mean"]))
    words = f"Learning curves on {name}: mean IoU on the test folds over the number of labelled images"
    if not any(len(line.points) > 1 for line in lines):
        return words, ""
    about = "Bands are 95 % intervals over the folds, which differ by more than the strategies do."
    axes = {"x": "labelled images", "y": "mean IoU"}
    panel = Panel(lines, levels=levels)
    return words, draw([panel], columns=1, size=(760, 400), title=f"{name}: mean IoU", about=about, names=True, **axes)


def gains(name: str, report: Report) -> tuple[str, str]:
    """What each strategy has over random picks at the same fold, seed and number of labels, a panel each."""
    runs = [run for run in report["runs"].values() if run["labels"] == "half"]
    random = {
        (run["fold"], run["seed"], turn["labelled"]): turn["mean_iou"]
        for run in runs
        if run["row"] == "random"
        for turn in run["rounds"]
    }
    panels = []
    for row in ordered("half", dict.fromkeys(run["row"] for run in runs if run["row"] != "random")):
        pairs = [
            (turn["labelled"], run["fold"], turn["mean_iou"] - theirs)
            for run in runs
            if run["row"] == row
            for turn in run["rounds"]
            if turn["mean_iou"] is not None
            and (theirs := random.get((run["fold"], run["seed"], turn["labelled"]))) is not None
        ]
        curve = points(pairs)
        if len(curve) > 1:
            panels.append(Panel([Line(row, curve)], title=row, levels=[("", 0.0)]))
    words = f"Gain over random picks on {name}: difference of the mean IoU, paired by fold and seed, a panel for each strategy"
    if not panels:
        return words, ""
    about = "Bands are 95 % intervals over the folds; one that holds 0 shows nothing."
    axes = {"x": "labelled images", "y": "mean IoU over random"}
    title = f"{name}: gain over random picks"
    return words, draw(panels, columns=3, size=(300, 220), title=title, about=about, names=False, **axes)


def risk(name: str, report: Report) -> tuple[str, str]:
    """Risk and coverage: the mean true Dice of the share of each test fold that is accepted first.

    Images are taken by their predicted Dice; a second line takes them by the true one, which nobody has: the best possible.
    A panel with the default strategy and half of the labels, one with the default network and all.
    """
    kinds = (("half", "winnow", "half of the labels"), ("all", report["protocol"]["network"], "all labels"))
    panels = []
    for labels, row, title in kinds:
        folds = [(fold, predicted_and_true(turn)) for fold, turn in last_turns(report, labels=labels, row=row)]
        lines = [
            Line(label, points([point for fold, pairs in folds for point in _accepted(fold, pairs, by=by)]), colour)
            for colour, (label, by) in enumerate((("by predicted Dice", 0), ("by true Dice", 1)))
        ]
        if any(pairs for _, pairs in folds):
            panels.append(Panel(lines, title=title))
    words = f"Risk and coverage on {name}: mean true Dice of the accepted share of the test images"
    if not panels:
        return words, ""
    about = "Grey: the best possible order. Bands: 95 % intervals over folds."
    axes = {"x": "accepted, % of the test images", "y": "mean true Dice"}
    title = f"{name}: risk and coverage"
    return words, draw(
        panels, columns=len(panels), size=(860 // len(panels), 280), title=title, about=about, names=False, **axes
    )


def _accepted(fold: int, pairs: list[tuple[float, float]], *, by: int) -> list[tuple[int, int, float]]:
    """(per cent accepted, fold, mean true Dice) for each tenth; by: 0 takes the best predicted first, 1 the truly best."""
    best = sorted(pairs, key=lambda pair: -pair[by])
    taken = [(percent, max(1, round(len(best) * percent / 100))) for percent in range(10, 101, 10)]
    return [(percent, fold, sum(true for _, true in best[:count]) / count) for percent, count in taken] if best else []


if __name__ == "__main__":
    main()
