"""From runs to tables: means with intervals, paired differences, areas under learning curves; and their print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from scipy.stats import t

Runs = dict[str, dict[str, Any]]
Value = Callable[[dict[str, Any]], float | None]

BASELINES = ("random", "foreground_random")
# mean IoU and F1 as the paper prints them, for the rows that stand for its own
PAPER = {
    "all": {"unet": (0.327, 0.493), "cumednet": (0.329, 0.495), "fcn": (0.346, 0.511)},
    "half": {
        "random": (0.322, 0.487),
        "entropy": (0.312, 0.476),
        "bald": (0.325, 0.491),
        "variance": (0.318, 0.479),
        "suggestive": (0.342, 0.503),
    },
}
# from the cheapest and most telling on: what is to be there early when hours are short
ORDER = {
    "all": ("fcn_fast", "fcn", "unet", "cumednet"),
    "half": ("winnow", "random", "foreground_random", "suggestive", "variance", "entropy", "bald"),
}
TITLES = {"all": "Table 3: networks, all labels", "half": "Tables 4 and 5: strategies, half of the labels"}


def summarise(runs: Runs) -> dict[str, Any]:
    """{"all" and "half": {row: {"runs", "folds", "seeds", figure: spread, "iou" and "dice": [spread per class], ...}}}.

    The figures are those of a run's last round: ``mean_iou``, ``f1``; ``train_s`` and ``query_s`` are means over its
    rounds. With half of the labels also ``area`` and, against each baseline, paired ``differences`` of mean_iou and area.
    """
    tables: dict[str, Any] = {}
    for labels in TITLES:
        of = [run for run in runs.values() if run["labels"] == labels]
        names = ordered(labels, dict.fromkeys(run["row"] for run in of))
        tables[labels] = {name: _row([run for run in of if run["row"] == name]) for name in names}
        if labels == "half":
            for name in names:
                tables[labels][name] |= _compared(of, name)
    return tables


def ordered(labels: str, names: Iterable[str]) -> list[str]:
    """Rows in the order of ``ORDER``, others behind them as they come."""
    known = ORDER[labels]
    return sorted(names, key=lambda name: known.index(name) if name in known else len(known))


def spread(points: Iterable[tuple[int, float]]) -> dict[str, Any] | None:
    """Mean and 95 % interval of values (fold, value); None without any.

    Runs of one fold share their test images, so the seeds of a fold are averaged first and the interval is over the
    folds; with one fold only, over its seeds, which says nothing about other images.

    returns : {"mean", "interval": half width or None where one value has no spread, "over": "folds" or "seeds", "n"}
    source  : Student's t
    """
    values: dict[int, list[float]] = {}
    for fold, value in points:
        values.setdefault(fold, []).append(value)
    if not values:
        return None
    over = "folds" if len(values) > 1 else "seeds"
    units = np.array([np.mean(group) for group in values.values()] if over == "folds" else next(iter(values.values())))
    half = None
    if len(units) > 1:
        half = float(t.ppf(0.975, len(units) - 1) * units.std(ddof=1) / np.sqrt(len(units)))
    return {"mean": float(units.mean()), "interval": half, "over": over, "n": len(units)}


def area(labelled: Sequence[int], values: Sequence[float]) -> float:
    """Area under a learning curve by the trapezium rule, divided by its width: the mean height between its ends."""
    return float(np.trapezoid(values, labelled) / (labelled[-1] - labelled[0]))


def _row(runs: list[dict[str, Any]]) -> dict[str, Any]:
    classes = range(len(_last(runs[0])["iou"]))
    return {
        "runs": len(runs),
        "folds": sorted({run["fold"] for run in runs}),
        "seeds": sorted({run["seed"] for run in runs}),
        "labelled": sorted({_last(run)["labelled"] for run in runs}),
        "mean_iou": _spread(runs, lambda run: _last(run)["mean_iou"]),
        "f1": _spread(runs, lambda run: _last(run)["f1"]),
        "iou": [_spread(runs, _of_class("iou", c)) for c in classes],
        "dice": [_spread(runs, _of_class("dice_per_class", c)) for c in classes],
        "train_s": _spread(runs, lambda run: float(np.mean([row["train_s"] for row in run["rounds"]]))),
        "query_s": _spread(runs, lambda run: float(np.mean([row["query_s"] for row in run["rounds"]]))),
    }


def _compared(runs: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The area under the curve, and what the row has over each baseline in the runs of the same fold and seed."""
    mine = [run for run in runs if run["row"] == name]
    differences = {}
    for baseline in BASELINES:
        theirs = {(run["fold"], run["seed"]): run for run in runs if run["row"] == baseline}
        pairs = [(run, theirs[run["fold"], run["seed"]]) for run in mine if (run["fold"], run["seed"]) in theirs]
        if pairs and name != baseline:
            figures: dict[str, Value] = {"mean_iou": lambda run: _last(run)["mean_iou"], "area": _area}
            differences[baseline] = {
                figure: spread(
                    (one["fold"], a - b)
                    for one, other in pairs
                    if (a := value(one)) is not None and (b := value(other)) is not None
                )
                for figure, value in figures.items()
            }
    return {"area": _spread(mine, _area), "differences": differences}


def _spread(runs: list[dict[str, Any]], value: Value) -> dict[str, Any] | None:
    return spread((run["fold"], found) for run in runs if (found := value(run)) is not None)


def _of_class(figure: str, place: int) -> Value:
    return lambda run: _last(run)[figure][place]


def _area(run: dict[str, Any]) -> float | None:
    points = [(row["labelled"], row["mean_iou"]) for row in run["rounds"] if row["mean_iou"] is not None]
    return area(*zip(*points, strict=True)) if len(points) > 1 else None


def _last(run: dict[str, Any]) -> dict[str, Any]:
    last: dict[str, Any] = run["rounds"][-1]
    return last


def printed(tables: dict[str, Any]) -> str:
    """The tables as text: ours with 95 % intervals, the paper's beside, the differences, areas and seconds."""
    blocks = []
    for labels, title in TITLES.items():
        if tables.get(labels):
            lines = [_cells(labels, name, row) for name, row in tables[labels].items()]
            blocks.append(f"{title}\n{_aligned([_HEADS[labels], *lines])}")
    return "\n\n".join(blocks)


_COMMON = ["", "mean IoU", "F1", "paper IoU", "paper F1", "runs", "train s", "query s"]
_HEADS = {"all": _COMMON, "half": [*_COMMON, "area", *(f"- {baseline}" for baseline in BASELINES)]}


def _cells(labels: str, name: str, row: dict[str, Any]) -> list[str]:
    paper = [f"{value:.3f}" for value in PAPER[labels].get(name, ())] or ["-", "-"]
    seconds = [_text(row[key], digits=1) for key in ("train_s", "query_s")]
    cells = [name, _text(row["mean_iou"]), _text(row["f1"]), *paper, str(row["runs"]), *seconds]
    if labels == "half":
        against = [row["differences"].get(baseline, {}).get("mean_iou") for baseline in BASELINES]
        cells += [_text(row["area"]), *(_text(one, sign="+") for one in against)]
    return cells


def _text(value: dict[str, Any] | None, *, digits: int = 3, sign: str = "") -> str:
    if value is None:
        return "-"
    interval = "" if value["interval"] is None else f" ± {value['interval']:.{digits}f}"
    return f"{value['mean']:{sign}.{digits}f}{interval}"


def _aligned(rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
