"""Where a mask comes from: who made it, when, in what time, from which suggestion, and which pixel by which hand."""

from __future__ import annotations

import json
from typing import Any

from winnow.errors import InvalidInput
from winnow.segmentation.metrics import confusion, dice
from winnow.server import storage
from winnow.server.models import Annotation, Image

# of the pixels in the mask: put by the suggestion, put by it and changed since, by click-to-segment, from another slice
# or between slices, by hand; `removed` are pixels of the suggestion that were taken over and erased
SOURCES = ("suggested", "changed", "clicked", "copied", "drawn", "removed")
LONGEST = 1000
Purpose = Annotation.Purpose


def provenance_from(text: str, *, image: Image) -> dict[str, Any]:
    """What the drawing page says about a mask, as ``Annotation`` keeps it: {"pixels", "suggestion"}.

    text   : JSON {source: pixels, ..., "suggestion": annotation id that was shown}; "" where nothing is said
    raises : InvalidInput for anything else
    """
    if not text:
        return {}
    try:
        said = json.loads(text) if len(text) <= LONGEST else None
    except ValueError:
        said = None
    if not isinstance(said, dict) or set(said) - {*SOURCES, "suggestion"}:
        raise InvalidInput(f"Provenance is JSON of pixel counts by source ({', '.join(SOURCES)}) and a suggestion.")
    shown = said.pop("suggestion", None)
    size = image.height * image.width
    if not all(type(count) is int and 0 <= count <= size for count in said.values()):
        raise InvalidInput("Provenance counts whole pixels, and no more than the image has.")
    if shown is not None and not (type(shown) is int and 0 < shown < 1 << 63):
        raise InvalidInput("Provenance names a suggestion by the number of the network's annotation.")
    pixels = {source: said.get(source, 0) for source in SOURCES}
    return {"provenance": {"pixels": pixels}, "suggestion": None if shown is None else _named(shown, image)}


def _named(annotation_id: int, image: Image) -> dict[str, Any]:
    """The suggestion that was shown and its network; a newer one may have replaced it since."""
    shown = image.annotations.filter(id=annotation_id, purpose=Purpose.AUTO).values("network_id").first()
    return {"annotation": annotation_id, "network": shown["network_id"] if shown else None}


def agreement(annotation: Annotation, image: Image) -> dict[str, Any]:
    """How far a mask agrees with what the network made of the image, shown or not: {"agreement", "with"}.

    agreement : mean Dice over the classes in either mask, 1 where both are empty; nothing where there is no network's
    """
    automatic = image.annotations.filter(purpose=Purpose.AUTO).order_by("-id").first()
    if automatic is None:
        return {}
    ours, theirs = (
        storage.get_array(row.mask, shape=(image.height, image.width), dtype="uint8") for row in (annotation, automatic)
    )
    found = [one for one in dice(confusion(ours, theirs, classes=256)) if one is not None]
    value = sum(found) / len(found) if found else 1.0
    return {"agreement": round(value, 4), "with": {"annotation": automatic.id, "network": automatic.network_id}}


def told(annotation: Annotation, *, seconds: float | None = None) -> dict[str, Any]:
    """The provenance of a mask, for the API and for every export.

    seconds : of work on the image over all versions; those of this version alone when left out
    """
    kept = annotation.provenance or {}
    shown = annotation.suggestion or {}
    given = shown.get("given")
    by = "network" if annotation.network_id else "file" if given else "person"
    return {
        "by": by,
        "author": annotation.author,
        "network": annotation.network_id,
        "at": annotation.created_at.isoformat(),
        "minutes": round((annotation.active_seconds if seconds is None else seconds) / 60, 2),
        "strokes": annotation.strokes,
        "suggestion": shown if "annotation" in shown else None,
        "blind": kept.get("blind", False),
        "pixels": kept.get("pixels"),
        "agreement": kept.get("agreement"),
    }
