"""Rounds with their picks, networks, and what asks for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Field, Schema

from winnow.server.api.schemas.common import ImageState


class RoundIn(Schema):
    strategy: str | None = None
    K: int | None = Field(None, ge=1, le=1000)
    k: int | None = Field(None, ge=1, le=500)


class PickOut(Schema):
    """``scores``: uncertainty, similarity, class, neighbour (image id); keys absent where a strategy has none."""

    image: int
    name: str
    state: ImageState
    rank: int
    scores: dict[str, Any]
    leased_to: str | None


class RoundOut(Schema):
    id: int
    number: int
    strategy: str
    cold_start: bool
    settings: dict[str, Any]
    queried_with: int | None
    produced: int | None
    picks: list[PickOut]
    done: int
    created_at: datetime


class TrainIn(Schema):
    epochs: int | None = Field(None, ge=1, le=1000)


class AutoannotateIn(Schema):
    images: list[int] | None = Field(None, description="all that nobody labelled, when left out")


class NetworkOut(Schema):
    """``metrics``: mean_iou, mean_iou_error, mean_dice, iou and dice per class value, measured_on, images, members.

    In it ``calibration`` says how the Dice of automatic masks is predicted, and how well: images, error, correlation;
    ``test`` holds the same figures on the frozen test set, where there is one. ``gate``: passed, against (number of the
    network then in use), measured_on (test-set or new-labels), difference of the mean IoU with its 95 % interval low
    and high, images; empty where nothing could be compared.
    """

    id: int
    number: int
    labels: int
    members: int
    in_use: bool
    metrics: dict[str, Any]
    gate: dict[str, Any]
    config: dict[str, Any]
    seed: int
    code_version: str
    data_fingerprint: str
    train_seconds: float
    created_at: datetime


class TestSetIn(Schema):
    __test__ = False  # no test of pytest's

    share: float = Field(0.2, gt=0, le=0.5, description="of the patients")
    images: int = Field(20, ge=1, le=10000, description="of theirs that are to be drawn, at most")


class TestSetOut(Schema):
    """Patients and images held out; of these images, how many are asked for, still wait, and are finished."""

    __test__ = False

    patients: int
    images: int
    asked: int
    waiting: int
    usable: int
