"""The shapes that travel over HTTP. Names are design.md's; checked from outside: do not rename."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from ninja import Field, Schema
from pydantic import ConfigDict

T = TypeVar("T")

Role = Literal["manager", "annotator", "reviewer"]
ImageState = Literal["unlabelled", "picked", "draft", "submitted", "accepted", "rejected", "auto", "skipped"]
JobState = Literal["queued", "running", "succeeded", "failed", "cancelled"]
DeidentificationOption = Literal[
    "clean_graphics",
    "clean_descriptors",
    "retain_modified_dates",
    "retain_patient_characteristics",
    "retain_device_identity",
    "retain_uids",
    "retain_safe_private",
]


class ErrorOut(Schema):
    """Every error has this shape. ``error`` is a class of winnow.errors."""

    error: str
    message: str
    detail: dict[str, Any]


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
    deidentification: list[DeidentificationOption] = Field([], description="options of PS3.15 E.3, for new uploads")
    slices: str = Field("acquired", description="across which axis volumes are cut: acquired, axial, coronal, sagittal")
    burned_in: Literal["blank", "quarantine", "off"] = Field("blank", description="what becomes of text in the pixels")


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
    deidentification: list[DeidentificationOption] | None = None
    slices: str | None = None
    burned_in: Literal["blank", "quarantine", "off"] | None = None


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


class ImageOut(Schema):
    """``dtype`` uint8 | uint16 | int16, little-endian; ``channels`` 1 or 3; ``window`` [centre, width]."""

    id: int
    project: int
    series: int | None
    index: int
    name: str
    state: ImageState
    note: str
    version: int
    height: int
    width: int
    channels: int
    dtype: str
    modality: str
    spacing_mm: list[float] | None
    window: list[float]
    blanked: list[list[int]] = Field(description="regions overwritten because of text: [left, top, width, height]")
    patient: str
    annotation: dict[str, Any] | None = Field(description="newest by a person: author, at, class_pixels, purpose")
    automatic: dict[str, Any] | None = Field(
        description="newest by a network: network, quality (its estimate of the mean Dice) and quality_interval (90 %), at, "
        "class_pixels, uncertainty (whether there is a map)"
    )
    pick: dict[str, Any] | None = Field(description="newest pick: round, rank, scores, leased_to")


class MaskSaved(Schema):
    version: int
    state: ImageState


class SkipIn(Schema):
    reason: str = Field(min_length=1, max_length=500)


class RejectIn(Schema):
    comment: str = Field("", max_length=2000)


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

    In it ``calibration`` says how the Dice of automatic masks is predicted, and how well: images, error, correlation.
    """

    id: int
    number: int
    labels: int
    members: int
    in_use: bool
    metrics: dict[str, Any]
    config: dict[str, Any]
    seed: int
    code_version: str
    data_fingerprint: str
    train_seconds: float
    created_at: datetime


class JobOut(Schema):
    id: int
    project: int
    kind: str
    state: JobState
    progress: float
    message: str
    result: dict[str, Any]
    error: str
    log: str
    attempt: int
    cancel_requested: bool
    created_by: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds_left: float | None = Field(description="from measured speed; null while unknown")


class IngestedFileOut(Schema):
    """``position`` counts the files of the upload, ``changed`` the attributes that de-identification changed."""

    position: int
    path: str
    status: Literal["written", "refused", "duplicate", "quarantined"]
    reason: str
    image: int | None
    changed: int


class ChangeOut(Schema):
    """What was done to an attribute: X removed, Z emptied, D dummy value, U new UID, C cleaned."""

    tag: str
    keyword: str = Field("", description="empty for private attributes")
    action: Literal["X", "Z", "D", "U", "C"]
    old: str = Field(description="the value that was there, hashed with the project's key")
    path: str = Field("", description="of the item it stood in, where it was nested")
    regions: list[list[int]] = Field([], description="of pixels, blanked because of text: [left, top, width, height]")


class QuarantinedOut(Schema):
    """A file whose pixels wait for a manager. ``regions`` are ``[left, top, width, height]`` where text was found."""

    id: int
    job: int = Field(description="the ingest it came with")
    path: str
    reason: str
    regions: list[list[int]]
    frames: int
    height: int
    width: int
    modality: str
    created_at: datetime
    expires_at: datetime = Field(description="when it is deleted if nobody decides")


class ReleaseIn(Schema):
    regions: list[Annotated[list[int], Field(min_length=4, max_length=4)]] = Field(
        max_length=1000, description="`[left, top, width, height]` in pixels, to blank in every frame"
    )


class ExportIn(Schema):
    format: Literal["png"] = "png"
    include: list[Literal["submitted", "accepted", "auto"]] = ["submitted", "accepted", "auto"]


class ExportOut(Schema):
    id: int
    format: str
    options: dict[str, Any]
    bytes: int
    images: int
    created_by: str | None
    created_at: datetime


class UserIn(Schema):
    name: str = Field(min_length=1, max_length=150)
    password: str = Field(min_length=1, max_length=200)


class UserOut(Schema):
    id: int
    name: str
    administrator: bool
    language: str


class MemberIn(Schema):
    role: Role


class MemberOut(Schema):
    user: UserOut
    role: Role


class LoginIn(Schema):
    name: str
    password: str


class PasswordIn(Schema):
    old: str
    new: str


class ProfilePatch(Schema):
    language: Literal["en", "zh"]


class TokenIn(Schema):
    name: str = Field(min_length=1, max_length=100)


class TokenOut(Schema):
    """``token`` is only there in the answer that made it."""

    id: int
    name: str
    token: str | None
    created_at: datetime
    used_at: datetime | None


class LearningPoint(Schema):
    """One trained network on the learning curve."""

    network: int
    number: int
    labels: int
    mean_iou: float | None
    mean_iou_error: float | None = Field(description="standard error over the images it was measured on")
    mean_dice: float | None
    iou: dict[str, float | None]
    dice: dict[str, float | None]
    measured_on: str
    images: int | None = Field(description="number of images it was measured on")


class AdviceOut(Schema):
    """What another ``labels - labels_now`` labels are likely to add to the mean IoU; null while the curve is too short.

    ``points`` different numbers of labels are on the curve; ``needed`` are needed.
    """

    points: int
    needed: int
    labels_now: int | None
    labels: int | None
    now: float | None = Field(description="height of the fitted curve at labels_now")
    then: float | None
    gain: float | None
    low: float | None = Field(description="90 % interval of the gain")
    high: float | None
    limit: float | None = Field(description="where the curve would end; the least certain")


class ClassStatistics(Schema):
    """Images and pixels of one class, in the newest masks by people and by networks."""

    value: int
    name: str
    images: int
    pixels: int
    automatic_images: int
    automatic_pixels: int


class PersonStatistics(Schema):
    name: str
    images: int
    minutes: float
    median_seconds: float | None


class StatisticsOut(Schema):
    images: int
    counts: dict[str, int]
    classes: list[ClassStatistics]
    learning_curve: list[LearningPoint]
    advice: AdviceOut
    minutes: float
    people: list[PersonStatistics]


class EventOut(Schema):
    id: int
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    at: datetime


class PacsIn(Schema):
    url: str = Field(min_length=1, max_length=500, description="of the DICOMweb service, http or https")
    user: str = Field("", max_length=150)
    password: str | None = Field(None, max_length=500, description="left out: the one that is stored")


class PacsOut(Schema):
    """``url`` is null where the project is connected to none; ``hosts`` are those that the administrator allows."""

    url: str | None
    user: str
    has_password: bool
    hosts: list[str]


class StudySearchIn(Schema):
    """What to search by; at least one of it."""

    model_config = ConfigDict(extra="forbid")

    patient_id: str = Field("", max_length=64)
    patient_name: str = Field("", max_length=200, description="or a part of it; * stands for any letters")
    since: date | None = Field(None, description="first day")
    until: date | None = Field(None, description="last day")
    modality: str = Field("", max_length=16)


class PacsStudyOut(Schema):
    """A study in the PACS. ``date`` is YYYYMMDD; ``series`` and ``images`` are null where the PACS does not count them."""

    study: str
    patient_name: str
    patient_id: str
    date: str
    description: str
    modalities: list[str]
    series: int | None
    images: int | None


class PacsStudiesOut(Schema):
    """``more``: the PACS has further ones, which a narrower search shows."""

    items: list[PacsStudyOut]
    more: bool


class StudyIn(Schema):
    study: str = Field(max_length=64, description="its UID")


class PacsSeriesOut(Schema):
    series: str
    number: int | None
    modality: str
    description: str
    body_part: str
    images: int | None


class SeriesIn(Schema):
    study: str = Field(max_length=64)
    series: str = Field(max_length=64)


class PullIn(Schema):
    series: list[SeriesIn] = Field(min_length=1, max_length=1000)


class Page(Schema, Generic[T]):
    """A page of a list: pass ``next`` as ``?cursor=`` for the following one; null at the end."""

    items: list[T]
    next: str | None
