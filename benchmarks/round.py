"""One whole round of the loop: train a committee, measure it, look at the rest of the pool, choose. Where the time goes.

    python benchmarks/round.py --data FOLDER --json benchmarks/results/round.json [--fold 0 --seed 0 --labels 48]

FOLDER is a labelled folder (images/, masks/, folds.json). The labelled images are drawn by the seed from all folds but
--fold, on which the committee is tested afterwards (not a part of the round). Runs are kept in the JSON by device and
seed; the paper's round took 1547 s of training and 83 s of querying on its GPU.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from winnow.active.committee import Committee, CommitteeConfig, TrainedCommittee, train_committee
from winnow.active.dataset import Dataset, read_dataset
from winnow.active.looking import look_at
from winnow.active.quality import Tally
from winnow.active.strategies import DEFAULT, WITH_DROPOUT, Pool, choose
from winnow.compute.local import LocalExecutor
from winnow.segmentation.data import Sample

PAPER = {"train_s": 1547, "query_s": 83, "mean_iou": 0.346}
K, PICKS = 16, 8


def main() -> None:
    arguments = parse()
    torch.set_num_threads(1)
    clock = Clock()
    data = read_dataset(arguments.data)
    labelled, rest = draw(data, arguments.fold, arguments.labels, arguments.seed)
    clock.lap("load")
    config = CommitteeConfig(members=arguments.members, size=arguments.size, epochs=arguments.epochs)
    trained = train(labelled, data, config, arguments.seed, clock)
    committee = Committee.load(trained.weights)
    picks = ask(committee, labelled, rest, data, arguments, clock)
    figures = test(committee, [data.samples[place] for place in data.folds[arguments.fold]])
    total = round(sum(clock.seconds.values()), 1)
    run = {"seconds": {**clock.seconds, "round": total}, **figures, "out_of_bag": trained.metrics["mean_iou"]}
    run |= {"picks": picks, "config": asdict(config), "labels": len(labelled), "pool": len(rest)}
    run |= {"fold": arguments.fold, "seed": arguments.seed, "strategy": arguments.strategy}
    report = json.loads(arguments.json.read_text()) if arguments.json.exists() else {}
    report |= {"dataset": arguments.data.resolve().name, "paper": PAPER}
    report.setdefault("runs", {})[f"{device()}, fold {arguments.fold}, seed {arguments.seed}"] = run
    arguments.json.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(run, indent=1))


def parse() -> argparse.Namespace:
    defaults = CommitteeConfig()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--labels", type=int, default=48)
    parser.add_argument("--members", type=int, default=4)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=defaults.epochs)
    parser.add_argument("--strategy", default=DEFAULT)
    return parser.parse_args()


class Clock:
    """Seconds of each part of the round."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """What was done since the last lap is called so; more of the same is added."""
        now = time.perf_counter()
        self.seconds[name] = round(self.seconds.get(name, 0.0) + now - self._last, 2)
        self._last = now


def device() -> str:
    """The card's name, or the number of processors."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else f"{len(os.sched_getaffinity(0))} cores"


def draw(data: Dataset, fold: int, labels: int, seed: int) -> tuple[list[Sample], list[Sample]]:
    """Labelled images by chance, and the others outside the test fold."""
    pool = [place for number, places in enumerate(data.folds) if number != fold for place in places]
    order = np.random.default_rng(seed).permutation(pool)
    samples = [data.samples[place] for place in order]
    return samples[:labels], samples[labels:]


def train(labelled: list[Sample], data: Dataset, config: CommitteeConfig, seed: int, clock: Clock) -> TrainedCommittee:
    """Members side by side, then the measurement on what each left out."""

    def on_progress(_share: float, words: str) -> None:
        clock.lap("train" if words.startswith("training") else "measure")

    with tempfile.TemporaryDirectory(prefix="winnow-round-") as folder:
        return train_committee(
            labelled,
            classes=data.classes,
            config=config,
            seed=seed,
            directory=Path(folder),
            executor=LocalExecutor(),
            on_progress=on_progress,
            should_stop=lambda: False,
        )


def ask(
    committee: Committee,
    labelled: list[Sample],
    rest: list[Sample],
    data: Dataset,
    arguments: argparse.Namespace,
    clock: Clock,
) -> list[str]:
    """The query: numbers of every image, the choice, and masks and maps of the picks. Answers their names."""
    pictures = [sample.picture for sample in rest + labelled]
    dropout = arguments.strategy in WITH_DROPOUT
    rows = look_at(pictures, committee=committee, executor=LocalExecutor(), dropout=dropout)
    clock.lap("query")
    pixels = np.stack([np.bincount(sample.mask.ravel(), minlength=256) for sample in labelled]).sum(axis=0)
    pool = Pool(
        **{name: np.stack([row[name] for row in rows[: len(rest)]]) for name in rows[0]},
        labelled_descriptors=np.stack([row["descriptors"] for row in rows[len(rest) :]]),
        classes=np.array(data.classes),
        labelled_pixels=pixels[data.classes],
    )
    k = min(PICKS, len(rest))
    chosen = choose(arguments.strategy, pool, K=min(K, len(rest)), k=k, seed=arguments.seed)
    for choice in chosen:
        committee.examine(rest[choice.index].picture)
    clock.lap("choose")
    return [rest[choice.index].name for choice in chosen]


def test(committee: Committee, samples: list[Sample]) -> dict[str, Any]:
    """IoU and F1 on the test fold."""
    tally = Tally(classes=len(committee.classes) + 1)
    places = np.zeros(256, np.uint8)
    places[committee.classes] = np.arange(1, len(committee.classes) + 1)
    for sample, seen in zip(samples, committee.examine_many(one.picture for one in samples), strict=True):
        tally.add(places[seen.mask], places[sample.mask])
    figures = tally.figures()
    return {name: figures[name] for name in ("mean_iou", "f1", "iou")}


if __name__ == "__main__":
    main()
