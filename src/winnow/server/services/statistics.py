"""What a project's numbers are, counted from the rows each time they are asked for."""

from __future__ import annotations

import statistics as numbers
from collections import defaultdict
from typing import Any

from django.db.models import Count

from winnow.server.models import Annotation, Image, Network, Project
from winnow.server.services.advice import advice
from winnow.server.services.newest import newest
from winnow.server.services.pool import BY_A_PERSON
from winnow.server.services.suggestion_effect import suggestion_effect

Purpose = Annotation.Purpose


def image_counts(*, project: Project) -> dict[str, int]:
    """Images in each state, zeros included."""
    counted = project.images.order_by().values_list("state").annotate(number=Count("id"))
    return dict.fromkeys(Image.State.values, 0) | dict(counted)


def statistics(*, project: Project) -> dict[str, Any]:
    """Counts by state, classes, learning curve, advice, minutes: the shape of StatisticsOut.

    Classes are counted in the newest mask of each image: by people where one exists, else by a network.
    """
    counts = image_counts(project=project)
    people = _people(project)
    return {
        "images": sum(counts.values()),
        "counts": counts,
        "classes": _classes(project),
        "learning_curve": [_learning_point(network) for network in project.networks.order_by("number")],
        "advice": advice(project=project),
        "minutes": sum(sum(seconds.values()) for seconds in people.values()) / 60,
        "suggestion": suggestion_effect(project=project),
        "people": [_person(name, seconds) for name, seconds in sorted(people.items())],
    }


def _classes(project: Project) -> list[dict[str, Any]]:
    masks = Annotation.objects.filter(image__project=project)
    by_hand = newest(annotations=masks.filter(purpose__in=BY_A_PERSON))
    automatic = newest(annotations=masks.filter(purpose=Purpose.AUTO, image__state=Image.State.AUTO))
    pixels = [list(rows.values_list("class_pixels", flat=True)) for rows in (by_hand, automatic)]
    return [_class(label, *pixels) for label in project.labels]


def _class(label: dict[str, Any], by_hand: list[dict[str, int]], automatic: list[dict[str, int]]) -> dict[str, Any]:
    value = str(label["value"])
    return {
        "value": label["value"],
        "name": label["name"],
        "images": sum(value in pixels for pixels in by_hand),
        "pixels": sum(pixels.get(value, 0) for pixels in by_hand),
        "automatic_images": sum(value in pixels for pixels in automatic),
        "automatic_pixels": sum(pixels.get(value, 0) for pixels in automatic),
    }


def _learning_point(network: Network) -> dict[str, Any]:
    metrics = network.metrics
    return {
        "network": network.id,
        "number": network.number,
        "labels": network.labels,
        "mean_iou": metrics.get("mean_iou"),
        "mean_iou_error": metrics.get("mean_iou_error"),
        "mean_dice": metrics.get("mean_dice"),
        "iou": metrics.get("iou", {}),
        "dice": metrics.get("dice", {}),
        "measured_on": metrics.get("measured_on", ""),
        "images": metrics.get("images"),
        "test_mean_iou": (metrics.get("test") or {}).get("mean_iou"),
    }


def _people(project: Project) -> dict[str, dict[int, float]]:
    """Seconds by person and image. Time is added up over all versions, conflicts included: it was spent, whichever version won."""
    people: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    drawn = Annotation.objects.filter(image__project=project, purpose__in=(*BY_A_PERSON, Purpose.CONFLICT))
    for author, image, seconds in drawn.values_list("author", "image_id", "active_seconds").iterator():
        people[author][image] += seconds
    return people


def _person(name: str, seconds: dict[int, float]) -> dict[str, Any]:
    timed = [value for value in seconds.values() if value > 0]
    return {
        "name": name,
        "images": len(seconds),
        "minutes": sum(seconds.values()) / 60,
        "median_seconds": numbers.median(timed) if timed else None,
    }
