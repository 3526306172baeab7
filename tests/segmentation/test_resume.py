"""A training killed for real, in the executor the worker uses, and taken up again."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import torch

from winnow.compute.local import LocalExecutor
from winnow.errors import OutOfMemory
from winnow.segmentation.checkpoint import load_checkpoint

TASKS = Path(__file__).with_name("training_tasks.py")


@pytest.fixture(scope="module")
def tasks():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TASKS.parent))
        yield importlib.import_module(TASKS.stem)


def run(function, tasks):
    executor = LocalExecutor(max_workers=2)
    return executor.run(function, tasks, on_progress=lambda _share: None, should_stop=lambda: False)


def test_a_killed_training_goes_on_and_ends_as_the_unbroken_one(tasks, samples, tmp_path):
    checkpoint = tmp_path / "member.pt"
    with pytest.raises(OutOfMemory):  # what the system's own SIGKILL most likely means
        run(tasks.train_and_be_killed, [(samples, checkpoint)])
    assert load_checkpoint(checkpoint)["step"] == tasks.KILLED_AT
    resumed, unbroken = run(tasks.train, [(samples, checkpoint), (samples, None)])
    assert all(torch.equal(resumed[name], unbroken[name]) for name in unbroken)
    assert load_checkpoint(checkpoint)["step"] == tasks.TRAINING.steps(len(samples))
