"""The paper's tables 3, 4 and 5 on a labelled folder, run by run into one file that outlives every interruption.

``winnow reproduce``. A run is one replay (``simulation.simulate``) of one row in one fold with one seed. Whole replays
run side by side, each in one thread of its own: members side by side would leave a processor idle at each end of a
training and in all that comes between.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from winnow.active.committee import CommitteeConfig
from winnow.active.dataset import Dataset, read_dataset
from winnow.active.resume import write_json
from winnow.active.simulation import simulate
from winnow.active.strategies import DEFAULT, SIMULATED
from winnow.active.tables import BASELINES, ordered, summarise
from winnow.compute.executor import Executor
from winnow.compute.local import LocalExecutor
from winnow.compute.serial import SerialExecutor
from winnow.errors import InvalidInput
from winnow.segmentation.networks import NETWORKS
from winnow.segmentation.training import TrainingConfig

TABLES = (3, 4, 5)
ABLATION = ("variance", "suggestive")  # table 5: what the committee's uncertainty does alone, and with diversity


@dataclass(frozen=True)
class Protocol:
    """What all runs of a file share: the paper's counts, and the size of the experiment.

    start labels by the cold start, then rounds of k out of K until half of the pool is labelled; ``network`` is the one
    that strategies are compared with.
    """

    size: int = 256
    epochs: int = CommitteeConfig.epochs
    members: int = 4
    start: int = 8
    k: int = 8
    K: int = 16
    cold_start: str = "diverse"
    network: str = CommitteeConfig.network


@dataclass(frozen=True)
class Run:
    """One row of a table in one fold with one seed.

    labels : "all", row a network; "half", row a strategy; or "start", what the strategies of a fold and seed share
    """

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
    rows: Sequence[str] | None = None,
    networks: Sequence[str] | None = None,
    protocol: Protocol | None = None,
    executor: Executor | None = None,
) -> dict[str, Any]:
    """Adds to ``out`` the runs it lacks, and answers its content.

    Written after each run. Checkpoints lie in a hidden folder beside ``out`` until their fold and seed are done, so a
    run that was broken off goes on inside its training. Order: seed by seed, fold by fold, and in each ``tables.ORDER``,
    so that what is there early covers all that matters.

    folds    : None for all of the data set
    rows     : strategies of tables 4 and 5; None for all of them
    networks : of table 3; None for all of them
    executor : runs the replays; this machine's processors when left out. Machines of a cluster must see ``dataset``
               and the folder of ``out`` under the same paths
    returns  : {"dataset", "images", "classes", "protocol", "training", "runs": {key: run}, "tables"}; ``tables`` is
               ``tables.summarise`` of the runs
    raises   : InvalidInput for folds, seeds, tables, rows or networks that there are not, a pool too small for the
               protocol, or an ``out`` that holds runs of other data or another protocol
    """
    data = read_dataset(dataset)
    protocol = protocol or Protocol()
    folds = list(range(len(data.folds))) if folds is None else list(folds)
    _check(data, folds, seeds, tables, protocol)
    chosen = rows_of(tables, rows=rows, networks=networks, default=protocol.network)
    report = _open(out, _heading(dataset, data, protocol))
    wanted = [Run(*row, fold, seed) for seed in seeds for fold in folds for row in chosen]
    missing = [run for run in wanted if run.key not in report["runs"]]
    for run in wanted:
        if run not in missing:  # what a run killed at its very end has left
            _tidy(out, run, missing)
    # the start first: two replays of one fold and seed would both train it
    halves = dict.fromkeys((run.fold, run.seed) for run in missing if run.labels == "half")
    starts = [Run("start", "random", *place) for place in halves]

    def keep(place: int, result: dict[str, Any]) -> None:
        report["runs"][missing[place].key] = result
        report["tables"] = summarise(report["runs"])
        write_json(out, report)
        _tidy(out, missing[place], [run for run in missing if run.key not in report["runs"]])

    for runs, on_result in ((starts, lambda _place, _result: None), (missing, keep)):
        tasks = [(run, _asked(dataset, data, run, protocol, out)) for run in runs]
        (executor or LocalExecutor()).run(
            _replay, tasks, on_progress=lambda _share: None, should_stop=lambda: False, on_result=on_result
        )
    return report


def rows_of(
    tables: Sequence[int],
    *,
    rows: Sequence[str] | None = None,
    networks: Sequence[str] | None = None,
    default: str = CommitteeConfig.network,
) -> list[tuple[str, str]]:
    """The (labels, row) that the tables need, each once, in the order they are run in.

    The default network with all labels comes first: it is a single training, and what half of the labels are held to.
    Without ``rows`` the baselines of a comparison are always among the strategies.
    """
    _known(rows, SIMULATED, "strategy")
    _known(networks, NETWORKS, "network")
    half, every = [], []
    if 4 in tables or 5 in tables:
        wanted = set(SIMULATED) if 4 in tables else {DEFAULT, *BASELINES, *ABLATION}
        half = ordered("half", [name for name in SIMULATED if name in (wanted if rows is None else rows)])
    if 3 in tables:
        every = ordered("all", [name for name in NETWORKS if networks is None or name in networks])
    first = [("all", name) for name in every if name == default]
    return first + [("half", name) for name in half] + [("all", name) for name in every if name != default]


def _replay(task: tuple[Run, dict[str, Any]], report: Callable[[float], None]) -> dict[str, Any]:
    """Runs in a process of its own."""
    run, asked = task
    print(run.key, file=sys.stderr, flush=True)  # noqa: T201
    result = simulate(**asked, executor=SerialExecutor(), on_progress=report)
    kept = {name: result[name] for name in ("device", "rounds")}
    return {**asdict(run), "network": result["config"]["network"], "cores": os.cpu_count(), **kept}


def _asked(dataset: Path, data: Dataset, run: Run, protocol: Protocol, out: Path) -> dict[str, Any]:
    """The arguments of ``simulate``."""
    pool, scratch = _pool(data, run.fold), _scratch(out, run.fold, run.seed)
    asked = {"dataset": dataset, **asdict(protocol), "fold": run.fold, "seed": run.seed}
    if run.labels == "all":
        asked |= {"strategy": "random", "network": run.row, "start": pool, "rounds": 0}
        return asked | {"scratch": scratch / f"all-{run.row}"}
    rounds = 0 if run.labels == "start" else _rounds(pool, protocol)
    return asked | {"strategy": run.row, "rounds": rounds, "scratch": scratch / "half"}


def _tidy(out: Path, done: Run, left: list[Run]) -> None:
    """Removes the checkpoints of a run that is done, and with the last one of its fold and seed what they shared."""
    scratch = _scratch(out, done.fold, done.seed)
    if not any((run.fold, run.seed) == (done.fold, done.seed) for run in left):
        shutil.rmtree(scratch, ignore_errors=True)
        return
    own = scratch.glob(f"all-{done.row}") if done.labels == "all" else (scratch / "half").glob(f"{done.row}-*")
    for folder in own:
        shutil.rmtree(folder, ignore_errors=True)


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
    _known([protocol.network], NETWORKS, "network")
    if protocol.start < 2 or protocol.k < 1:
        raise InvalidInput("A replay starts with 2 labels at least and adds 1 a round at least.")
    small = min(_pool(data, fold) for fold in folds)
    if {4, 5} & set(tables) and _rounds(small, protocol) < 1:
        raise InvalidInput(
            f"Half of a pool of {small} images is less than {protocol.start} labels and a round of {protocol.k}."
        )


def _known(asked: Sequence[str] | None, names: Collection[str], what: str) -> None:
    unknown = [name for name in asked or () if name not in names]
    if unknown:
        raise InvalidInput(f"There is no {what} {unknown[0]!r}; there are {', '.join(names)}.")


def _rounds(pool: int, protocol: Protocol) -> int:
    """Full rounds until half of the pool is labelled."""
    return (pool // 2 - protocol.start) // protocol.k


def _pool(data: Dataset, fold: int) -> int:
    return len(data.samples) - len(data.folds[fold])


def _scratch(out: Path, fold: int, seed: int) -> Path:
    return out.with_name(f".{out.name}.parts") / f"fold-{fold}-seed-{seed}"
