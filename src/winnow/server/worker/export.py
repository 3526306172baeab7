"""Pack images, index masks and a manifest that says where each mask came from."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from django.db.models import FloatField, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from numpy.typing import NDArray

from winnow.errors import CorruptData, InvalidInput, NotFound, WrongState
from winnow.imaging.files import encode_png
from winnow.imaging.mask import encode_mask_png
from winnow.server import storage
from winnow.server.models import Annotation, Export, Image
from winnow.server.services.export import INCLUDABLE
from winnow.server.services.newest import newest
from winnow.server.services.pool import BY_A_PERSON
from winnow.server.services.provenance import told
from winnow.server.worker.context import JobContext
from winnow.server.worker.pictures import mask_of, picture_of

INT16_OFFSET = 32768
BATCH = 100
Purpose = Annotation.Purpose


def run(context: JobContext) -> None:
    """Write the ZIP under a temporary name and rename it: a package that can be downloaded is whole.

    payload : format, include: states of the images to pack
    result  : {"export": id}
    """
    folder = storage.exports_dir()
    for pattern in (f".{context.job.id}-*", f"winnow-{context.project.id}-{context.job.id}-*"):
        for left in folder.glob(pattern):  # a killed worker's
            left.unlink(missing_ok=True)
    part = folder / f".{context.job.id}-{context.attempt}.part"
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as package:  # PNGs are compressed already
            manifest = _pack(context, package)
            package.writestr("manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False))
        _store(context, part, images=len(manifest["images"]), problems=len(manifest["problems"]))
    finally:
        part.unlink(missing_ok=True)


def _wanted(context: JobContext) -> QuerySet[Image]:
    states = context.payload.get("include") or list(INCLUDABLE)
    return context.project.images.filter(state__in=states)


def _pack(context: JobContext, package: zipfile.ZipFile) -> dict[str, Any]:
    """Write image by image; answers the manifest. What is damaged is named there and in the log, and passed over."""
    project = context.project
    total = _wanted(context).count()
    images: list[dict[str, Any]] = []
    problems: list[dict[str, Any]] = []
    used: set[str] = set()
    for place, (image, annotation) in enumerate(_labelled(_wanted(context)), 1):
        context.progress(min(place / max(total, 1), 0.99), f"image {place} of {total}")
        try:
            images.append(_write(package, image, annotation, used))
        except (CorruptData, NotFound, InvalidInput) as error:
            problems.append({"name": image.name, "problem": error.message})
            context.log(f"image {image.id} is left out: {error.message}")
    if not images:
        raise WrongState("There is nothing to export: no image in these states has a mask.")
    return {
        "project": project.name,
        "created": timezone.now().isoformat(),
        "labels": project.labels,
        "classes": {"0": "background"} | {str(label["value"]): label["name"] for label in project.labels},
        "images": images,
        "problems": problems,
    }


def _labelled(images: QuerySet[Image]) -> Iterator[tuple[Image, Annotation]]:
    """Each image with the mask that counts: a person's newest one handed in, or the newest of a network."""
    last = 0
    drawn_for = Sum("annotations__active_seconds", filter=Q(annotations__purpose__in=BY_A_PERSON))
    images = images.select_related("series").annotate(active_seconds=Coalesce(drawn_for, Value(0.0, FloatField())))
    while batch := list(images.filter(id__gt=last).order_by("id")[:BATCH]):
        last = batch[-1].id
        masks = Annotation.objects.filter(image__in=batch).select_related("image", "network")
        by_people = _by_image(masks.filter(purpose=Purpose.SUBMITTED))
        by_networks = _by_image(masks.filter(purpose=Purpose.AUTO))
        for image in batch:
            source = by_networks if image.state == Image.State.AUTO else by_people
            if image.id in source:
                yield image, source[image.id]


def _by_image(annotations: QuerySet[Annotation]) -> dict[int, Annotation]:
    chosen = newest(annotations=annotations).select_related("image", "network")
    return {annotation.image_id: annotation for annotation in chosen}


def _write(package: zipfile.ZipFile, image: Image, annotation: Annotation, used: set[str]) -> dict[str, Any]:
    """Both files, and their entry in the manifest."""
    pixels, mask = picture_of(image).pixels, mask_of(annotation)
    picture, offset = _as_png(pixels)
    name = image.name if image.name.lower().endswith(".png") else f"{image.name}.png"
    while name in used:  # a.jpg beside a.jpg.png
        name = f"{Path(name).stem}-{image.id}.png"
    used.add(name)
    entry = _entry(image, annotation) | {"file": f"images/{name}", "mask": f"masks/{image.name}.png"}
    package.writestr(entry["file"], picture)
    package.writestr(entry["mask"], encode_mask_png(mask))
    return entry | {"pixel_offset": offset}


def _as_png(pixels: NDArray[Any]) -> tuple[bytes, int]:
    """PNG knows no signed pixels: those are stored with an offset added, which comes second."""
    if pixels.dtype == np.int16:
        return encode_png((pixels.astype(np.int32) + INT16_OFFSET).astype(np.uint16)), INT16_OFFSET
    return encode_png(pixels), 0


def _entry(image: Image, annotation: Annotation) -> dict[str, Any]:
    """Who drew it, when, in what time; or which network, and how good it thinks it is."""
    automatic = annotation.purpose == Purpose.AUTO
    return {
        "name": image.name,
        "state": image.state,
        "source": "network" if automatic else "person",
        "author": None if automatic else annotation.author,
        "network": annotation.network.number if annotation.network else None,
        "at": annotation.created_at.isoformat(),
        "version": annotation.version,
        "active_seconds": round(float(getattr(image, "active_seconds", 0.0)), 1),
        "quality": annotation.quality,
        "provenance": told(annotation, seconds=float(getattr(image, "active_seconds", 0.0))),
        "class_pixels": annotation.class_pixels,
        "patient": image.patient,
        "series": image.series.uid if image.series else None,
        "index": image.index,
        "modality": image.modality,
        "spacing_mm": image.spacing_mm,
        "window": image.window,
    }


def _store(context: JobContext, part: Path, *, images: int, problems: int) -> None:
    """Rename, then row and end of the job together; the attempt in the name keeps a stale worker's package apart."""
    final = part.with_name(f"winnow-{context.project.id}-{context.job.id}-{context.attempt}.zip")
    size = part.stat().st_size
    with context.transaction():
        part.rename(final)
        export = Export.objects.create(
            project=context.project,
            format=context.payload.get("format", "png"),
            options={"include": context.payload.get("include") or list(INCLUDABLE)},
            file=final.name,
            bytes=size,
            images=images,
            created_by=context.job.created_by,
        )
        context.record("export.create", f"export {export.id}", images=images)
        left_out = f", {problems} left out as damaged" if problems else ""
        context.succeed({"export": export.id}, f"{images} images packed{left_out}.")
