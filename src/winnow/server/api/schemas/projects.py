"""A project with its classes and settings, and its series."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Field, Schema
from pydantic import ConfigDict

from winnow.server.api.schemas.common import Role

DeidentificationOption = Literal[
    "clean_graphics",
    "clean_descriptors",
    "retain_modified_dates",
    "retain_patient_characteristics",
    "retain_device_identity",
    "retain_uids",
    "retain_safe_private",
]


class Label(Schema):
    """A class to draw. Value 0 is background and not listed."""

    value: int = Field(ge=1, le=255)
    name: str = Field(min_length=1, max_length=100)
    colour: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")
    code: str = Field("", max_length=100)


class ProjectSettings(Schema):
    """How the project's loop runs. ``K`` candidates by uncertainty, of which ``k`` are picked (k <= K)."""

    strategy: str = "winnow"
    cold_start: str = "diverse"
    K: int = Field(16, ge=1, le=1000)
    k: int = Field(8, ge=1, le=500)
    network: str = Field("fcn_fast", description="what the next committee is made of")
    members: int = Field(4, ge=2, le=16)
    size: int = Field(256, ge=64, le=1024, description="pixels: the longer side as the networks see it")
    epochs: int = Field(120, ge=1, le=1000)
    min_labels: int = Field(4, ge=2, le=10000, description="labelled images needed before training")
    seed: int = Field(0, ge=0)
    review: bool = Field(False, description="train only on accepted labels")
    target_iou: float = Field(0.0, ge=0, le=1, description="mean IoU at which labelling may stop; 0: none")
    label_budget: int = Field(0, ge=0, description="labelled images after which labelling stops; 0: no limit")
    deidentification: list[DeidentificationOption] = Field([], description="options of PS3.15 E.3, for new uploads")
    slices: str = Field("acquired", description="across which axis volumes are cut: acquired, axial, coronal, sagittal")
    burned_in: Literal["blank", "quarantine", "off"] = Field("blank", description="what becomes of text in the pixels")
    blind_share: float = Field(0.1, ge=0, le=1, description="share of a network's picks drawn without its suggestion")


class ProjectSettingsIn(Schema):
    """What to change; what is left out keeps its value (or the default of a new project). Other names are refused."""

    model_config = ConfigDict(extra="forbid")

    strategy: str | None = None
    cold_start: str | None = None
    K: int | None = Field(None, ge=1, le=1000)
    k: int | None = Field(None, ge=1, le=500)
    network: str | None = None
    members: int | None = Field(None, ge=2, le=16)
    size: int | None = Field(None, ge=64, le=1024)
    epochs: int | None = Field(None, ge=1, le=1000)
    min_labels: int | None = Field(None, ge=2, le=10000)
    seed: int | None = Field(None, ge=0)
    review: bool | None = None
    target_iou: float | None = Field(None, ge=0, le=1)
    label_budget: int | None = Field(None, ge=0, le=10**9)
    deidentification: list[DeidentificationOption] | None = None
    slices: str | None = None
    burned_in: Literal["blank", "quarantine", "off"] | None = None
    blind_share: float | None = Field(None, ge=0, le=1)


class ProjectIn(Schema):
    name: str = Field(min_length=1, max_length=200)
    labels: list[Label] = Field(min_length=1, max_length=255)
    settings: ProjectSettingsIn | None = None


class ProjectPatch(Schema):
    name: str | None = Field(None, min_length=1, max_length=200)
    labels: list[Label] | None = Field(None, min_length=1, max_length=255)
    settings: ProjectSettingsIn | None = None


class ProjectOut(Schema):
    """``counts`` maps each image state to its number; ``mine`` is what waits for the caller."""

    id: int
    name: str
    labels: list[Label]
    settings: ProjectSettings
    role: Role | None
    example: bool
    network: int | None
    quality: float | None = Field(description="mean IoU of the network in use, as its metrics say")
    counts: dict[str, int]
    usable: int = Field(description="images to learn from: labelled (with review: accepted) and not held out")
    mine: dict[str, int] = Field(description="picks, returned, review")
    round: int | None = Field(description="number of the latest round")
    thumbnails: list[int] = Field(description="image ids for the card")
    next_step: Literal["upload", "query", "annotate", "train", "autoannotate", "export"]
    created_at: datetime


class SeriesOut(Schema):
    id: int
    uid: str
    patient: str
    modality: str
    images: int
