"""The results of `winnow reproduce` as tables in Markdown: ours with 95 % intervals, the paper's beside."""

from __future__ import annotations

from typing import Any

import numpy as np

from winnow.active.tables import BASELINES, PAPER

Report = dict[str, Any]
Spread = dict[str, Any] | None


def protocol(name: str, report: Report) -> str:
    """What was run, on what, and with which command."""
    plan, runs = report["protocol"], list(report["runs"].values())
    seconds = sum(turn["train_s"] + turn["query_s"] for run in runs for turn in run["rounds"])
    devices = ", ".join(sorted({f"{run['device']} ({run['cores']} cores)" for run in runs}))
    options = {
        "--size": "size",
        "--epochs": "epochs",
        "--members": "members",
        "--start": "start",
        "--k": "k",
        "--K": "K",
    }
    command = " ".join(f"{option} {plan[key]}" for option, key in options.items())
    return "\n".join(
        [
            f"{report['images']} images, classes {_list(report['classes'])}. Images are **{plan['size']} pixels** at their longer",
            f"side, committees have {plan['members']} members, each trained for {plan['epochs']} epochs. Strategies are compared with",
            f"the network `{plan['network']}`, from {plan['start']} labels of the cold start `{plan['cold_start']}` on, {plan['k']} out",
            f"of {plan['K']} a round. {len(runs)} runs of folds {_list(sorted({run['fold'] for run in runs}))} and seeds",
            f"{_list(sorted({run['seed'] for run in runs}))} on {devices}: {seconds / 3600:.1f} hours of one thread each.",
            "",
            "```sh",
            f"winnow reproduce {report['dataset']}/ --json {name}.json {command} \\",
            f"  --network {plan['network']} --cold-start {plan['cold_start']}",
            "```",
        ]
    )


def networks(report: Report) -> str:
    """Table 3."""
    head = [
        "network",
        "mean IoU",
        "F1",
        f"IoU of classes {_list(report['classes'])}",
        "paper IoU / F1",
        "runs",
        "train, s",
    ]
    rows = []
    for name, row in report["tables"]["all"].items():
        rows.append(
            [f"`{name}`", _said(row["mean_iou"]), _said(row["f1"]), _each(row["iou"]), _paper(report, "all", name)]
        )
        rows[-1] += [str(row["runs"]), _said(row["train_s"], digits=0)]
    return _table(head, rows)


def strategies(report: Report) -> str:
    """Tables 4 and 5."""
    table = report["tables"]["half"]
    labelled = _list(sorted({count for row in table.values() for count in row["labelled"]}))
    head = ["strategy", "mean IoU", "F1", f"IoU of classes {_list(report['classes'])}", "paper IoU / F1", "area"]
    rows = []
    for name, row in table.items():
        rows.append(
            [f"`{name}`", _said(row["mean_iou"]), _said(row["f1"]), _each(row["iou"]), _paper(report, "half", name)]
        )
        rows[-1] += [
            _said(row["area"]),
            str(row["runs"]),
            _said(row["train_s"], digits=0),
            _said(row["query_s"], digits=1),
        ]
    return f"With {labelled} labels; the area is that under the learning curve from the first round on.\n\n" + _table(
        [*head, "runs", "train, s", "query, s"], rows
    )


def differences(report: Report) -> str:
    """What each strategy has over the baselines, paired by fold and seed; bold where the interval leaves 0 out."""
    head = ["strategy", *(f"{figure} over `{baseline}`" for baseline in BASELINES for figure in ("mean IoU", "area"))]
    rows = []
    for name, row in report["tables"]["half"].items():
        pairs = [
            row["differences"].get(baseline, {}).get(key) for baseline in BASELINES for key in ("mean_iou", "area")
        ]
        if any(pairs):
            rows.append([f"`{name}`", *(_difference(pair) for pair in pairs)])
    said = "Differences paired by fold and seed. Bold: the interval leaves 0 out."
    return f"{said}\n\n{_table(head, rows)}" if rows else "No baseline has been run yet."


def trust(report: Report) -> str:
    """At the last round of each run: the Dice predicted for each test image against the one it has."""
    head = [
        "row",
        "labels",
        "test images",
        "mean absolute error",
        "correlation",
        "true Dice",
        "of the better half as predicted",
    ]
    head.append("out-of-bag minus test mean IoU")
    rows = []
    for labels, name in [(kind, name) for kind in ("half", "all") for name in report["tables"][kind]]:
        turns = [turn for _, turn in last_turns(report, labels=labels, row=name)]
        pairs = [pair for turn in turns for pair in predicted_and_true(turn)]
        if len(pairs) > 1:
            rows.append(
                [f"`{name}`", labels, str(len(pairs)), *_judged(np.array(pairs, dtype=float)), _optimism(turns)]
            )
    said = "Of all test images with something to find or found: the Dice predicted without labels, and the true one."
    return f"{said}\n\n{_table(head, rows)}" if rows else "No run has kept its predictions."


def last_turns(report: Report, *, labels: str, row: str) -> list[tuple[int, dict[str, Any]]]:
    """(fold, last round) of each run of a row."""
    runs = report["runs"].values()
    return [(run["fold"], run["rounds"][-1]) for run in runs if run["labels"] == labels and run["row"] == row]


def predicted_and_true(turn: dict[str, Any]) -> list[tuple[float, float]]:
    """The Dice predicted for each test image with the true one; not of images where there is nothing to find or found."""
    return [pair for pair in zip(turn["predicted"], turn["true"], strict=True) if pair[1] is not None]


def _judged(pairs: Any) -> list[str]:
    predicted, true = pairs.T
    alike = float(np.corrcoef(predicted, true)[0, 1]) if predicted.std() > 0 and true.std() > 0 else None
    better = true[np.argsort(-predicted, kind="stable")[: (len(true) + 1) // 2]]
    error = float(np.abs(predicted - true).mean())
    return [f"{error:.3f}", "-" if alike is None else f"{alike:.2f}", f"{true.mean():.3f}", f"{better.mean():.3f}"]


def _optimism(turns: list[dict[str, Any]]) -> str:
    both = [(turn["out_of_bag"]["mean_iou"], turn["mean_iou"]) for turn in turns]
    apart = [ours - test for ours, test in both if ours is not None and test is not None]
    return f"{np.mean(apart):+.3f}" if apart else "-"


def _paper(report: Report, labels: str, name: str) -> str:
    """The paper's figures, beside its own data set only."""
    known = PAPER[labels].get(name) if report["dataset"] == "ct100" else None
    return f"{known[0]:.3f} / {known[1]:.3f}" if known else "-"


def _said(value: Spread, *, digits: int = 3, sign: str = "") -> str:
    if value is None:
        return "-"
    interval = "" if value["interval"] is None else f" ± {value['interval']:.{digits}f}"
    return f"{value['mean']:{sign}.{digits}f}{interval}"


def _difference(value: Spread) -> str:
    text = _said(value, sign="+")
    clear = value is not None and value["interval"] is not None and abs(value["mean"]) > value["interval"]
    return f"**{text}**" if clear else text


def _each(values: list[Spread]) -> str:
    return " / ".join("-" if value is None else f"{value['mean']:.3f}" for value in values)


def _list(values: list[Any]) -> str:
    return ", ".join(str(value) for value in values)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
