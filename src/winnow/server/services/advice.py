"""Whether to go on labelling: what the project's own learning curve says of the next batch."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import Any

from winnow.active.advice import LEAST_POINTS, SPREAD, TRAINING_SPREAD, Advice, advise
from winnow.server.models import Network, Project
from winnow.server.services.pool import labelled_images
from winnow.server.services.settings import LoopSettings, loop_settings

SPREAD_IMAGES = 50  # what ``SPREAD`` was measured on; an older network does not know its own error
LEAST_GAIN = 0.005  # below half a hundredth another batch reads "0.00": too little to draw it for
SAME = ("network", "size", "epochs", "members")  # settings without which two points are not of one curve


def advice(*, project: Project) -> dict[str, Any]:
    """What another batch of ``k`` labels is likely to add: the shape of AdviceOut.

    The points are the networks trained with the settings of the newest one and measured out of bag on all its classes.
    """
    chosen = loop_settings(project)
    points = _points(list(project.networks.order_by("number")))
    usable = [(labels, value) for labels, value, _ in points]
    answer = advise(usable, batch=chosen.k, errors=[error for *_, error in points])
    numbers = asdict(answer) if answer else dict.fromkeys(field.name for field in fields(Advice))
    counted = {"points": len({labels for labels, _ in usable}), "needed": LEAST_POINTS}
    return counted | numbers | _stop(project, chosen, gain=answer.gain if answer else None)


def _stop(project: Project, chosen: LoopSettings, *, gain: float | None) -> dict[str, Any]:
    """Whether labelling may stop, and why: the target is reached, the budget used, or little left to gain.

    source : paper 1.3.2, step 7, with the learning curve as a third reason
    """
    labelled = labelled_images(project=project).count()
    metrics = project.network.metrics if project.network else {}
    measured = metrics.get("test") or metrics  # the frozen test set where there is one
    quality = measured.get("mean_iou")
    reasons = {
        "target": bool(chosen.target_iou) and quality is not None and quality >= chosen.target_iou,
        "budget": bool(chosen.label_budget) and labelled >= chosen.label_budget,
        "gain": gain is not None and gain < LEAST_GAIN,
    }
    return {
        "stop": next((reason for reason, holds in reasons.items() if holds), None),
        "quality": quality,
        "measured_on": "test-set" if "test" in metrics else metrics.get("measured_on"),
        "target_iou": chosen.target_iou or None,
        "label_budget": chosen.label_budget or None,
        "labelled": labelled,
    }


def _points(networks: list[Network]) -> list[tuple[int, float, float]]:
    """Labels, mean IoU over the classes of the newest network, and its standard error."""
    measured = [network for network in networks if network.labels > 0 and _iou(network)]
    if not measured:
        return []
    newest = measured[-1]
    classes = set(_iou(newest))
    curve = [
        network for network in measured if _settings(network) == _settings(newest) and classes <= set(_iou(network))
    ]
    return [
        (network.labels, sum(_iou(network)[value] for value in classes) / len(classes), _error(network))
        for network in curve
    ]


def _iou(network: Network) -> dict[str, float]:
    """Of each class that could be measured, by value; empty where it was not measured out of bag."""
    if network.metrics.get("measured_on") != "out-of-bag":
        return {}
    return {value: iou for value, iou in network.metrics.get("iou", {}).items() if iou is not None}


def _settings(network: Network) -> list[Any]:
    return [network.config.get(name) for name in SAME]


def _error(network: Network) -> float:
    metrics = network.metrics
    error = metrics.get("mean_iou_error")
    if error is None:
        error = SPREAD * math.sqrt(SPREAD_IMAGES / max(1, metrics.get("images") or SPREAD_IMAGES))
    return math.hypot(error, TRAINING_SPREAD)
