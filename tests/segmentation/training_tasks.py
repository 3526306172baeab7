"""What the child processes of test_resume.py run."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from winnow.segmentation import training
from winnow.segmentation.checkpoint import State
from winnow.segmentation.data import Sample
from winnow.segmentation.networks import NetworkConfig
from winnow.segmentation.training import TrainingConfig, train_member

NETWORK = NetworkConfig("fcn_fast", 1, 3)
TRAINING = TrainingConfig(size=48, epochs=1, batch=4)
KILLED_AT = 2

Task = tuple[Sequence[Sample], Path | None]


def train(task: Task, report: Callable[[float], None]) -> State:
    samples, checkpoint = task
    return train_member(samples, network=NETWORK, training=TRAINING, seed=3, checkpoint=checkpoint, report=report)


def train_and_be_killed(task: Task, report: Callable[[float], None]) -> State:
    """Writes a checkpoint after every step, and is killed after the second."""
    training.CHECKPOINT_SECONDS = 0.0
    steps = 0

    def count(share: float) -> None:
        nonlocal steps
        steps += 1
        report(share)
        if steps == KILLED_AT:
            os.kill(os.getpid(), signal.SIGKILL)

    return train(task, count)
