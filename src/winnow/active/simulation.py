"""The whole loop replayed on a folder whose labels are known: what a strategy would have cost and brought.

The masks stand in for the doctor. ``simulate`` is the command ``winnow simulate``; ``quality.Tally`` defines its
figures.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from winnow.active.committee import Committee, CommitteeConfig, TrainedCommittee, train_committee
from winnow.active.dataset import Dataset, read_dataset
from winnow.active.descriptors import describe_many
from winnow.active.looking import look_at
from winnow.active.quality import Tally
from winnow.active.resampling import holdings
from winnow.active.resume import Watch
from winnow.active.strategies import COLD_STARTS, SIMULATED, WITH_DROPOUT, Choice, Pool, choose, cold_start
from winnow.compute.executor import Executor
from winnow.compute.local import LocalExecutor
from winnow.errors import InvalidInput
from winnow.segmentation.data import Sample
from winnow.segmentation.devices import best_device


@dataclass(frozen=True)
class Plan:
    """One replay: ``start`` labels by the cold start, then ``rounds`` times ``k`` of ``K`` by the strategy."""

    strategy: str
    cold_start: str = "diverse"
    start: int = 8
    rounds: int = 5
    k: int = 8
    K: int = 16
    fold: int = 0
    seed: int = 0


def simulate(
    dataset: Path,
    *,
    strategy: str,
    cold_start: str = "diverse",
    start: int = 8,
    rounds: int = 5,
    k: int = 8,
    K: int = 16,
    members: int = 4,
    size: int = 256,
    epochs: int = CommitteeConfig.epochs,
    fold: int = 0,
    seed: int = 0,
    network: str = CommitteeConfig.network,
    scratch: Path | None = None,
    executor: Executor | None = None,
    on_progress: Callable[[float], None] = lambda _share: None,
) -> dict[str, Any]:
    """Replays a labelled folder; the pool is every fold but ``fold``, which is the test set.

    Row r of ``rounds`` is the state after r queries: a committee trained anew on all ``labelled`` images,
    its figures on the test set, and ``picks``, the images labelled just before it was trained. The first
    committee depends on the cold start and the seed only, so strategies start alike. Where the pool ends
    early, so do the rounds.

    scratch     : folder that keeps the checkpoints: an equal call that finds an earlier one's there goes on from them,
                  and gives the same rows. One folder serves all strategies of the same fold and seed, which share
                  ``start`` in it
    on_progress : called with the share done, 0..1
    returns     : {"dataset", "strategy", "cold_start", "seed", "fold", "device", "classes": [values], "config",
                  "rounds": [{"labelled", "iou": [per class], "mean_iou", "f1", "dice", "dice_per_class", "quality",
                  "predicted": [per test image], "true": [per test image], "out_of_bag", "train_s", "query_s",
                  "picks": [names]}]}; ``predicted`` is the Dice of each test image as estimated without its mask,
                  ``quality`` its mean, ``true`` the Dice it has (None where there is nothing to find and nothing
                  found); ``out_of_bag`` as ``quality.out_of_bag`` gives it
    raises      : InvalidInput for what cannot be replayed, and what reading and training raise
    """
    plan = Plan(strategy=strategy, cold_start=cold_start, start=start, rounds=rounds, k=k, K=K, fold=fold, seed=seed)
    config = CommitteeConfig(members=members, size=size, epochs=epochs, network=network)
    data = read_dataset(dataset)
    _check(plan, data)
    replay = _Replay(data, plan, config, executor or LocalExecutor(), scratch, on_progress)
    return {
        "dataset": dataset.resolve().name,
        "strategy": strategy,
        "cold_start": cold_start,
        "seed": seed,
        "fold": fold,
        "device": str(best_device()),
        "classes": data.classes,
        "config": {**asdict(plan), **asdict(config), "test_images": len(replay.test)},
        "rounds": replay.run(),
    }


class _Replay:
    """What is labelled and what is left, as the rounds go by."""

    def __init__(
        self,
        data: Dataset,
        plan: Plan,
        config: CommitteeConfig,
        executor: Executor,
        scratch: Path | None,
        on_progress: Callable[[float], None],
    ) -> None:
        self.data = data
        self.plan = plan
        self.config = config
        self.executor = executor
        self.scratch = scratch
        self.on_progress = on_progress
        test = set(data.folds[plan.fold])
        self.test = [data.samples[i] for i in sorted(test)]
        self.unlabelled = [sample for i, sample in enumerate(data.samples) if i not in test]
        self.labelled: list[Sample] = []

    def run(self) -> list[dict[str, Any]]:
        began = time.perf_counter()
        picks = self._label(self._cold_start())
        query_s = time.perf_counter() - began
        rows: list[dict[str, Any]] = []
        for number in range(self.plan.rounds + 1):
            trained, train_s = self._train(number)
            committee = Committee.load(trained.weights)
            rows.append({"labelled": len(self.labelled), **self._test(committee)})
            rows[-1] |= {"out_of_bag": trained.metrics, "picks": picks}
            rows[-1] |= {"train_s": round(train_s, 2), "query_s": round(query_s, 2)}
            _say(self.plan, number, rows[-1])
            if not self.unlabelled or number == self.plan.rounds:
                break
            began = time.perf_counter()
            picks = self._label(self._query(committee, number))
            query_s = time.perf_counter() - began
        return rows

    def _cold_start(self) -> list[Choice]:
        descriptors = describe_many(sample.picture for sample in self.unlabelled)
        return cold_start(self.plan.cold_start, descriptors, k=self.plan.start, seed=self.plan.seed)

    def _query(self, committee: Committee, number: int) -> list[Choice]:
        """Examines the pool, and the labelled images for what is known already; keeps no maps."""
        rows = look_at(
            [sample.picture for sample in self.unlabelled + self.labelled],
            committee=committee,
            executor=self.executor,
            dropout=self.plan.strategy in WITH_DROPOUT,
        )
        seen, known = rows[: len(self.unlabelled)], rows[len(self.unlabelled) :]
        drawn = np.concatenate([sample.mask.ravel() for sample in self.labelled])
        pool = Pool(
            **{name: np.stack([row[name] for row in seen]) for name in seen[0]},
            labelled_descriptors=np.stack([row["descriptors"] for row in known]),
            holds=holdings([sample.mask for sample in self.unlabelled], classes=256)[:, self.data.classes],
            classes=np.array(self.data.classes),
            labelled_pixels=np.bincount(drawn, minlength=256)[self.data.classes],
            turn=number,
        )
        K, k = (min(count, len(pool)) for count in (self.plan.K, self.plan.k))
        return choose(self.plan.strategy, pool, K=K, k=k, seed=_seed(self.plan.seed, number))

    def _train(self, number: int) -> tuple[TrainedCommittee, float]:
        """The committee and the seconds its training took, those of earlier attempts included."""
        with TemporaryDirectory(prefix="winnow-") as temporary:
            name = f"{self.plan.strategy}-{number}" if number else "start"
            directory = self.scratch / name if self.scratch else Path(temporary)
            directory.mkdir(parents=True, exist_ok=True)
            watch = Watch(directory)
            trained = train_committee(
                self.labelled,
                classes=self.data.classes,
                config=self.config,
                seed=_seed(self.plan.seed, number),
                directory=directory,
                executor=self.executor,
                on_progress=lambda share, _words: self._progress(watch, number + share),
                should_stop=lambda: False,
            )
            return trained, watch.stop()

    def _progress(self, watch: Watch, trainings: float) -> None:
        watch.note()
        self.on_progress(trainings / (self.plan.rounds + 1))

    def _test(self, committee: Committee) -> dict[str, Any]:
        tally = Tally(classes=len(committee.classes) + 1)
        places = np.zeros(256, dtype=np.uint8)
        places[committee.classes] = np.arange(1, len(committee.classes) + 1)
        predicted, true = [], []
        seen = committee.examine_many(sample.picture for sample in self.test)
        for sample, one in zip(self.test, seen, strict=True):
            dice = tally.add(places[one.mask], places[sample.mask])
            true.append(dice if dice is None else round(dice, 4))
            predicted.append(round(one.quality, 4))
        return {**tally.figures(), "quality": float(np.mean(predicted)), "predicted": predicted, "true": true}

    def _label(self, choices: list[Choice]) -> list[str]:
        """Moves the chosen images from the pool to the labelled ones; answers their names in rank order."""
        chosen = [self.unlabelled[choice.index] for choice in choices]
        taken = {choice.index for choice in choices}
        self.labelled += chosen
        self.unlabelled = [sample for i, sample in enumerate(self.unlabelled) if i not in taken]
        return [sample.name for sample in chosen]


def _check(plan: Plan, data: Dataset) -> None:
    if plan.strategy not in SIMULATED:
        raise InvalidInput(f"there is no strategy {plan.strategy!r}; there are {', '.join(SIMULATED)}")
    if plan.cold_start not in COLD_STARTS:
        raise InvalidInput(f"there is no cold start {plan.cold_start!r}; there are {', '.join(COLD_STARTS)}")
    if not 0 <= plan.fold < len(data.folds):
        raise InvalidInput(f"there is no fold {plan.fold}; there are 0 to {len(data.folds) - 1}")
    if not data.folds[plan.fold]:
        raise InvalidInput(f"fold {plan.fold} is empty: there is nothing to test on")
    pool = len(data.samples) - len(data.folds[plan.fold])
    if not 2 <= plan.start <= pool:
        raise InvalidInput(f"start is {plan.start}, need 2 to {pool}: the pool outside fold {plan.fold}")
    if plan.rounds < 0 or plan.seed < 0:
        raise InvalidInput(f"rounds are {plan.rounds} and the seed {plan.seed}, need 0 at least")
    if not 1 <= plan.k <= plan.K:
        raise InvalidInput(f"k is {plan.k} and K is {plan.K}, need 1 <= k <= K")


def _seed(seed: int, number: int) -> int:
    """A seed of its own for each round."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _say(plan: Plan, number: int, row: dict[str, Any]) -> None:
    values = ", ".join(
        f"{name} {'-' if row[name] is None else format(row[name], '.3f')}" for name in ("mean_iou", "f1")
    )
    took = f"trained in {row['train_s']:.0f} s, queried in {row['query_s']:.1f} s"
    who = f"{plan.strategy}, fold {plan.fold}, seed {plan.seed}"
    print(f"{who}: round {number}: {row['labelled']} labelled, {values}, {took}", file=sys.stderr, flush=True)  # noqa: T201
