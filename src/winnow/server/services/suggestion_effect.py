"""What a suggestion does to its reader: the picks drawn with it beside those drawn without."""

from __future__ import annotations

import math
import statistics as numbers
from collections import defaultdict
from typing import Any

from winnow.server.models import Annotation, Image, Pick, Project
from winnow.server.services.pool import BY_A_PERSON
from winnow.server.services.settings import loop_settings

HANDED_IN = (Image.State.SUBMITTED, Image.State.ACCEPTED)
Purpose = Annotation.Purpose


def suggestion_effect(*, project: Project) -> dict[str, Any]:
    """Time and agreement with and without: the shape of SuggestionEffect.

    Counted are the picks of rounds that a network queried, once they are handed in: only among them it was left to
    chance who sees a suggestion. Agreement is that of the mask as it was first handed in (services/provenance.py):
    after that its reader may have seen the suggestion.
    """
    picks = Pick.objects.filter(round__project=project, image__state__in=HANDED_IN).exclude(round__queried_with=None)
    blind = dict(picks.values_list("image_id", "blind"))
    drawn = Annotation.objects.filter(image__in=blind)
    seconds: dict[int, float] = defaultdict(float)
    for image, spent in drawn.filter(purpose__in=(*BY_A_PERSON, Purpose.CONFLICT)).values_list(
        "image_id", "active_seconds"
    ):
        seconds[image] += spent
    agreements: dict[int, float] = {}
    for image, kept in drawn.exclude(provenance=None).order_by("id").values_list("image_id", "provenance"):
        if kept and "agreement" in kept:
            agreements.setdefault(image, kept["agreement"])
    groups = {hidden: [image for image, was in blind.items() if was is hidden] for hidden in (False, True)}
    return {
        "share": loop_settings(project).blind_share,
        "with_suggestion": _group(groups[False], seconds, agreements),
        "without": _group(groups[True], seconds, agreements),
    }


def _group(images: list[int], seconds: dict[int, float], agreements: dict[int, float]) -> dict[str, Any]:
    timed = [seconds[image] for image in images if seconds[image] > 0]
    compared = [agreements[image] for image in images if image in agreements]
    several = len(compared) > 1
    return {
        "images": len(images),
        "timed": len(timed),
        "median_seconds": numbers.median(timed) if timed else None,
        "compared": len(compared),
        "agreement": numbers.fmean(compared) if compared else None,
        "agreement_error": numbers.stdev(compared) / math.sqrt(len(compared)) if several else None,
    }
