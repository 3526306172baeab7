"""The paper's tables 3, 4 and 5 on a labelled folder, run by run into one file that outlives every interruption.

``winnow reproduce``. A run is one replay (``simulation.simulate``) of one row in one fold with one seed.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from winnow.active.dataset import Dataset, read_dataset
from winnow.active.resume import write_json
from winnow.active.simulation import simulate
from winnow.active.strategies import SIMULATED
from winnow.active.tables import BASELINES, summarise
from winnow.compute.executor import Executor
from winnow.errors import InvalidInput
from winnow.segmentation.networks import NETWORKS
from winnow.segmentation.training import TrainingConfig

TABLES = (3, 4, 5)
ABLATION = ("variance", "suggestive")  # table 5: what the committee's uncertainty does alone, and with diversity


@dataclass(frozen=True)
class Protocol:
    """What all runs of a file share: the paper's counts, and the size of the experiment.

    start labels by the cold start, then rounds of k out of K until half of the pool is labelled.
    """

    size: int = 256
    epochs: int = 40
    members: int = 4
    start: int = 8
    k: int = 8
    K: int = 16
    cold_start: str = "diverse"


@dataclass(frozen=True)
class Run:
    """One row of a table in one fold with one seed. labels: ``all``, row a network; or ``half``, row a strategy."""

    labels: str
    row: str
    fold: int
    seed: int

    @property
    def key(self) -> str:
        return f"{self.labels}/{self.row}/fold {self.fold}/seed {self.seed}"


def reproduce(
    dataset: Path,
    *,
    out: Path,
    folds: Sequence[int] | None = None,
    seeds: Sequence[int] = (0,),
    tables: Sequence[int] = TABLES,
    protocol: Protocol | None = None,
    executor: Executor | None = None,
) -> dict[str, Any]:
    """Adds to ``out`` the runs it lacks, and answers its content.

    Written after each run. Checkpoints lie in a hidden folder beside ``out`` until their fold and seed are done, so a
    run that was broken off goes on inside its training. Order: seed by seed, fold by fold, so that what is there
    early covers all rows.

    folds   : None for all of the data set
    returns : {"dataset", "images", "classes", "protocol", "training", "runs": {key: run}, "tables"}; ``tables`` is
              ``tables.summarise`` of the runs
    raises  : InvalidInput for folds, seeds or tables that there are not, a pool too small for the protocol, or an
              ``out`` that holds runs of other data or another protocol
    """
    data = read_dataset(dataset)
    protocol = protocol or Protocol()
    folds = list(range(len(data.folds))) if folds is None else list(folds)
    _check(data, folds, seeds, tables, protocol)
    report = _open(out, _heading(dataset, data, protocol))
    for seed in seeds:
        for fold in folds:
            runs = [Run(labels, row, fold, seed) for labels, row in rows_of(tables)]
            for run in (run for run in runs if run.key not in report["runs"]):
                print(run.key, file=sys.stderr, flush=True)  # noqa: T201
                report["runs"][run.key] = _run(dataset, data, run, protocol, out, executor)
                report["tables"] = summarise(report["runs"])
                write_json(out, report)
            shutil.rmtree(_scratch(out, fold, seed), ignore_errors=True)
    return report


def rows_of(tables: Sequence[int]) -> list[tuple[str, str]]:
    """The (labels, row) that the tables need, each once, the baselines of a comparison always among them."""
    rows: list[tuple[str, str]] = []
    if 4 in tables or 5 in tables:
        wanted = set(SIMULATED) if 4 in tables else {*BASELINES, *ABLATION}
        rows += [("half", name) for name in SIMULATED if name in wanted]
    if 3 in tables:
        rows += [("all", name) for name in NETWORKS]
    return rows


def _run(
    dataset: Path, data: Dataset, run: Run, protocol: Protocol, out: Path, executor: Executor | None
) -> dict[str, Any]:
    pool = _pool(data, run.fold)
    if run.labels == "all":
        asked: dict[str, Any] = {"strategy": "random", "network": run.row, "start": pool, "rounds": 0}
    else:
        asked = {"strategy": run.row, "start": protocol.start, "rounds": _rounds(pool, protocol)}
    scratch = _scratch(out, run.fold, run.seed)
    place = scratch / (f"all-{run.row}" if run.labels == "all" else "half")
    shared = {name: value for name, value in asdict(protocol).items() if name != "start"}
    result = simulate(dataset, **shared, **asked, fold=run.fold, seed=run.seed, scratch=place, executor=executor)
    for folder in place.glob("round-*" if run.labels == "half" else "*"):  # the strategies share their start
        shutil.rmtree(folder)
    kept = {name: result[name] for name in ("device", "rounds")}
    return {**asdict(run), "network": result["config"]["network"], "cores": os.cpu_count(), **kept}


def _heading(dataset: Path, data: Dataset, protocol: Protocol) -> dict[str, Any]:
    """What must be the same for all runs of a file."""
    training = TrainingConfig(size=protocol.size, epochs=protocol.epochs)
    heading = {"dataset": dataset.resolve().name, "images": len(data.samples), "classes": data.classes}
    heading |= {"protocol": asdict(protocol), "training": asdict(training)}
    plain: dict[str, Any] = json.loads(json.dumps(heading))
    return plain


def _open(out: Path, heading: dict[str, Any]) -> dict[str, Any]:
    """The file's content, or an empty one. Raises InvalidInput where its runs cannot be added to."""
    if not out.exists():
        return {**heading, "runs": {}, "tables": {}}
    try:
        report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        other = [name for name, value in heading.items() if report[name] != value]
        report["runs"].keys()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(f"{out.name} is not a file that winnow reproduce has written.") from error
    if other:
        raise InvalidInput(f"{out.name} holds runs of another {', '.join(other)}: choose another file.", differ=other)
    return report


def _check(
    data: Dataset, folds: Sequence[int], seeds: Sequence[int], tables: Sequence[int], protocol: Protocol
) -> None:
    unknown = [fold for fold in folds if not 0 <= fold < len(data.folds)]
    if not folds or unknown:
        raise InvalidInput(f"There are folds 0 to {len(data.folds) - 1}, not {unknown or 'none'}.")
    if not seeds or min(seeds) < 0:
        raise InvalidInput("Seeds are 0 or more, and one at least.")
    if not tables or not set(tables) <= set(TABLES):
        raise InvalidInput(f"The tables are {', '.join(map(str, TABLES))}.", tables=list(tables))
    if protocol.start < 2 or protocol.k < 1:
        raise InvalidInput("A replay starts with 2 labels at least and adds 1 a round at least.")
    small = min(_pool(data, fold) for fold in folds)
    if {4, 5} & set(tables) and _rounds(small, protocol) < 1:
        raise InvalidInput(
            f"Half of a pool of {small} images is less than {protocol.start} labels and a round of {protocol.k}."
        )


def _rounds(pool: int, protocol: Protocol) -> int:
    """Full rounds until half of the pool is labelled."""
    return (pool // 2 - protocol.start) // protocol.k


def _pool(data: Dataset, fold: int) -> int:
    return len(data.samples) - len(data.folds[fold])


def _scratch(out: Path, fold: int, seed: int) -> Path:
    return out.with_name(f".{out.name}.parts") / f"fold-{fold}-seed-{seed}"
