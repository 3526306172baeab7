"""A project's settings: their defaults and what holds between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from winnow.active.strategies import COLD_STARTS, DEFAULT, STRATEGIES
from winnow.errors import InvalidInput
from winnow.imaging.axes import AXES
from winnow.imaging.text_search import BLANK, BURNED_IN
from winnow.segmentation.names import DEFAULT as DEFAULT_NETWORK
from winnow.segmentation.names import NETWORK_NAMES
from winnow.server.models import Project


@dataclass(frozen=True)
class LoopSettings:
    """How a project's loop runs; the bounds are in api/schemas/projects.py.

    network          : what the next committee is made of; one that is there already keeps working with what it is
    target_iou       : the mean IoU at which labelling may stop; 0 for none
    label_budget     : labelled images after which labelling stops; 0 for no limit
    deidentification : names options of PS3.15 E.3
    slices           : across which axis of the patient volumes are cut as they come in
    blind_share      : of the picks of a network, how many are drawn without its suggestion, 0..1
    """

    strategy: str = DEFAULT
    cold_start: str = "diverse"
    K: int = 16
    k: int = 8
    network: str = DEFAULT_NETWORK
    members: int = 4
    size: int = 256
    epochs: int = 120
    min_labels: int = 4
    seed: int = 0
    review: bool = False
    target_iou: float = 0.0
    label_budget: int = 0
    deidentification: Sequence[str] = ()
    slices: str = "acquired"
    burned_in: str = BLANK
    blind_share: float = 0.1

    def __post_init__(self) -> None:
        if self.strategy not in STRATEGIES:
            raise InvalidInput(f"There is no strategy {self.strategy!r}; there is {', '.join(sorted(STRATEGIES))}.")
        if self.cold_start not in COLD_STARTS:
            raise InvalidInput(
                f"There is no cold start {self.cold_start!r}; there is {', '.join(sorted(COLD_STARTS))}."
            )
        if self.network not in NETWORK_NAMES:
            raise InvalidInput(f"There is no network {self.network!r}; there is {', '.join(NETWORK_NAMES)}.")
        if self.burned_in not in BURNED_IN:
            raise InvalidInput(f"Text in pixels is not {self.burned_in!r}; it is one of {', '.join(BURNED_IN)}.")
        if self.slices not in AXES:
            raise InvalidInput(f"Volumes are not cut {self.slices!r}, but {', '.join(AXES)}.")
        if self.k > self.K:
            raise InvalidInput(f"k picks out of K candidates: k = {self.k} is more than K = {self.K}.")


def loop_settings(project: Project, **changes: Any) -> LoopSettings:
    """The settings of a project over the defaults, with ``changes`` that are not None over both.

    raises : InvalidInput when they do not fit together
    """
    known = {field.name for field in fields(LoopSettings)}
    stored = {name: value for name, value in project.settings.items() if name in known}
    return LoopSettings(**(stored | {name: value for name, value in changes.items() if value is not None}))


def as_dict(settings: LoopSettings) -> dict[str, Any]:
    """The settings as they are stored and sent."""
    return asdict(settings) | {"deidentification": list(settings.deidentification)}
