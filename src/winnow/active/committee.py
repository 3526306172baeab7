"""M networks, each trained on its own resample of the labelled images and measured on what it did not see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from winnow.active.calibration import Calibration, Evidence
from winnow.active.examination import Committee, Examination
from winnow.active.quality import Tally, agreement, out_of_bag
from winnow.active.resampling import bootstrap, holdings, patients_apart
from winnow.compute.executor import Executor
from winnow.errors import InvalidInput, InvalidMask, JobCancelled, TooFewLabels
from winnow.segmentation.checkpoint import CommitteeWeights, State, dump_committee
from winnow.segmentation.data import Sample, channels_of, fitted, restore
from winnow.segmentation.inference import predict
from winnow.segmentation.names import DEFAULT
from winnow.segmentation.networks import NetworkConfig
from winnow.segmentation.training import TrainingConfig, train_member

__all__ = ["Committee", "CommitteeConfig", "Examination", "TrainedCommittee", "train_committee"]

CRAMPED = "Memory was short: the networks learned from {} images at a time, not {}. A smaller size would be quicker."
TRAINED = 0.95  # share of the progress when all members are trained; the rest is measuring


@dataclass(frozen=True)
class CommitteeConfig:
    """members >= 2; size in pixels, the longer side as the networks see it; epochs of each member; network by name."""

    members: int = 4
    size: int = 256
    epochs: int = TrainingConfig.epochs
    network: str = DEFAULT


@dataclass(frozen=True)
class TrainedCommittee:
    """weights for the blob store; metrics as ``quality.out_of_bag`` names them; config as plain JSON.

    left_out : of each sample how the members that did not learn from it did: the counts of ``Tally.counts``; None for
               a sample that all have learned from
    notes    : sentences about what went otherwise than asked
    """

    weights: bytes
    metrics: dict[str, Any]
    config: dict[str, Any]
    left_out: list[NDArray[np.int64] | None] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class _Task:
    """What one member's process needs."""

    samples: list[Sample]
    network: NetworkConfig
    training: TrainingConfig
    seed: int
    checkpoint: Path


def _train(task: _Task, report: Callable[[float], None]) -> tuple[dict[str, NDArray[Any]], int]:
    """Runs in a process of its own: top level, and arrays as answer (a tensor would travel as an open file each).

    returns : the weights, and how many images a step took in the end
    """
    batches = [task.training.batch]
    state = train_member(
        task.samples,
        network=task.network,
        training=task.training,
        seed=task.seed,
        checkpoint=task.checkpoint,
        report=report,
        on_smaller_batch=batches.append,
    )
    return {name: tensor.numpy() for name, tensor in state.items()}, batches[-1]


def train_committee(
    samples: Sequence[Sample],
    *,
    classes: Sequence[int],
    config: CommitteeConfig,
    seed: int,
    directory: Path,
    executor: Executor,
    on_progress: Callable[[float, str], None],
    should_stop: Callable[[], bool],
    patients: Sequence[str] | None = None,
) -> TrainedCommittee:
    """Trains every member on its bootstrap resample, side by side, and measures them on what each did not see.

    samples     : pictures with masks of class *values*
    classes     : these values, without background
    directory   : takes a checkpoint of each member; left by an earlier, equal call they are continued, and finished
                  members are not trained again
    on_progress : called with the share done (the mean over the members) and a sentence
    patients    : of each sample the patient; what resampling draws, and measuring leaves out, are then whole patients,
                  where ``resampling.patients_apart`` finds enough of them (metrics["resampled"] says which)
    should_stop : asked about once a second; may itself raise what the caller wants to see, else JobCancelled comes out
    raises      : TooFewLabels below 2 samples, InvalidMask for a value that is no class, InvalidInput for settings
                  that cannot work or a training that diverged
    source      : bootstrap Efron 1979; committee paper 3.3
    """
    _check(samples, classes, config, seed, patients)
    known = [indexed(sample, classes) for sample in samples]
    network = NetworkConfig(
        name=config.network, channels=channels_of([sample.picture for sample in known]), classes=len(classes) + 1
    )
    training = TrainingConfig(size=config.size, epochs=config.epochs)
    groups = patients_apart(patients)
    held = holdings([sample.mask for sample in known], classes=len(classes) + 1)
    draws = bootstrap(held, members=config.members, seed=seed, groups=groups)
    tasks = [
        _Task([known[i] for i in draw], network, training, _member_seed(seed, m), directory / f"member-{m}.pt")
        for m, draw in enumerate(draws)
    ]
    words = f"training {config.members} networks on {len(samples)} images"
    trained = executor.run(
        _train, tasks, on_progress=lambda share: on_progress(TRAINED * share, words), should_stop=should_stop
    )
    if not all(np.isfinite(array).all() for arrays, _ in trained for array in arrays.values()):
        raise InvalidInput("The training of a network diverged: choose a larger size or another seed.")
    states: list[State] = [{name: torch.from_numpy(array) for name, array in arrays.items()} for arrays, _ in trained]
    batch = min(batch for _, batch in trained)
    plain = {**asdict(training), "batch": batch, "network": config.network, "channels": network.channels}
    plain |= {"classes": [int(value) for value in classes], "members": config.members}
    committee = Committee(CommitteeWeights(network, states, plain).build(), classes=plain["classes"], size=config.size)
    tally, calibration, left_out = _measure(committee, known, draws, on_progress=on_progress, should_stop=should_stop)
    metrics = out_of_bag(tally, values=classes, members=config.members)
    metrics["resampled"] = "images" if groups is None else "patients"
    metrics["calibration"] = plain["calibration"] = calibration.record()
    notes = [CRAMPED.format(batch, training.batch)] if batch < training.batch else []
    return TrainedCommittee(dump_committee(states, network=network, config=plain), metrics, plain, left_out, notes)


def _measure(
    committee: Committee,
    samples: Sequence[Sample],
    draws: Sequence[NDArray[np.intp]],
    *,
    on_progress: Callable[[float, str], None],
    should_stop: Callable[[], bool],
) -> tuple[Tally, Calibration, list[NDArray[np.int64] | None]]:
    """Each sample against the mean of the members that did not train on it; one that all have seen is left out.

    Where there are two such members, how far they agree is held against how right they are.
    """
    tally, evidence = Tally(classes=len(committee.classes) + 1), Evidence()
    left_out: list[NDArray[np.int64] | None] = [None] * len(samples)
    for i, sample in enumerate(samples):
        if should_stop():
            raise JobCancelled("The job was cancelled.")
        unseen = [network for network, draw in zip(committee.networks, draws, strict=True) if i not in draw]
        if unseen:
            seen = predict(unseen, committee.tensor([sample.picture]))[:, 0]
            dice = tally.add(restore(seen.mean(axis=0), sample.picture).argmax(axis=0), sample.mask)
            left_out[i] = tally.counts[-1]
            if len(unseen) > 1:
                height, width = fitted(sample.picture, committee.size)
                evidence.add(*agreement(seen[..., :height, :width]), dice=dice)
        on_progress(TRAINED + (1 - TRAINED) * (i + 1) / len(samples), "measuring on the images each network left out")
    return tally, evidence.calibration(), left_out


def _check(
    samples: Sequence[Sample],
    classes: Sequence[int],
    config: CommitteeConfig,
    seed: int,
    patients: Sequence[str] | None,
) -> None:
    if len(samples) < 2:
        raise TooFewLabels("A committee learns from 2 labelled images at least.", labelled=len(samples), needed=2)
    if patients is not None and len(patients) != len(samples):
        raise InvalidInput(f"There are {len(patients)} patients named for {len(samples)} images.")
    if config.members < 2:
        raise InvalidInput("A committee has 2 members at least: one alone cannot disagree.")
    if not classes or len(set(classes)) != len(classes) or not all(1 <= value <= 255 for value in classes):
        raise InvalidInput("Class values are different numbers from 1 to 255.", classes=list(classes))
    if seed < 0:
        raise InvalidInput("A seed is 0 or more.", seed=seed)


def indexed(sample: Sample, classes: Sequence[int]) -> Sample:
    """The sample with class indices 0 .. C-1 in place of class values."""
    places = np.full(256, -1, dtype=np.int16)
    places[[0, *classes]] = np.arange(len(classes) + 1)
    mask = places[sample.mask]
    if (mask < 0).any():
        unknown = sorted({int(value) for value in np.unique(sample.mask)} - {0, *classes})
        raise InvalidMask(f"The mask of {sample.name} holds the values {unknown}, which are no classes here.")
    return replace(sample, mask=mask.astype(np.uint8))


def _member_seed(seed: int, member: int) -> int:
    return int(np.random.SeedSequence([seed, member]).generate_state(1)[0])
