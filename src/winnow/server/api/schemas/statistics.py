"""What the statistics page shows."""

from __future__ import annotations

from typing import Literal

from ninja import Field, Schema


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
    test_mean_iou: float | None = Field(description="on the frozen test set as it was then")


class AdviceOut(Schema):
    """What another ``labels - labels_now`` labels are likely to add to the mean IoU; null while the curve is too short.

    ``points`` different numbers of labels are on the curve; ``needed`` are needed. ``stop`` says why labelling may stop:
    the target quality is reached, the budget of labels is used, or little is left to gain; null to go on.
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
    stop: Literal["target", "budget", "gain"] | None
    quality: float | None = Field(description="mean IoU of the network in use: on the test set where there is one")
    measured_on: str | None
    target_iou: float | None
    label_budget: int | None
    labelled: int


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


class SuggestionGroup(Schema):
    """Picks of a network that are handed in, those drawn with or those drawn without its suggestion."""

    images: int
    timed: int = Field(description="of them those with active time")
    median_seconds: float | None
    compared: int = Field(description="of them those held against the suggestion")
    agreement: float | None = Field(description="mean over them of the Dice with the suggestion, shown or not")
    agreement_error: float | None = Field(description="its standard error; null below two")


class SuggestionEffect(Schema):
    """What a suggestion does to its reader. ``share`` of the picks is drawn without, as the settings are now."""

    share: float
    with_suggestion: SuggestionGroup
    without: SuggestionGroup


class StatisticsOut(Schema):
    images: int
    counts: dict[str, int]
    classes: list[ClassStatistics]
    learning_curve: list[LearningPoint]
    advice: AdviceOut
    minutes: float
    suggestion: SuggestionEffect
    people: list[PersonStatistics]
