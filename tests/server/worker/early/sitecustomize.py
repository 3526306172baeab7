"""Python loads this at start where PYTHONPATH leads here: trainings write a checkpoint twice a second."""

from __future__ import annotations

from winnow.segmentation import training

training.CHECKPOINT_SECONDS = 0.5
