"""The order of slices: known only once all of them are in."""

from __future__ import annotations

import hashlib
import re

from winnow.server.models import Image, Job, Series
from winnow.server.worker.context import JobContext


def slice_name(modality: str, series_uid: str, number: int) -> str:
    """What a slice is called: CT-1a2b3c-0007, from the pseudonymous series."""
    kind = re.sub(r"[^A-Z0-9]", "", modality.upper())[:16] or "OT"
    return f"{kind}-{hashlib.sha256(series_uid.encode()).hexdigest()[:6]}-{number:04d}"


def order_series(context: JobContext) -> None:
    """Number the slices of every series this job added to, along their position; frames keep their order.

    A file of many frames may belong to several series of a patient: the account names only its first image.
    """
    written = context.job.files.filter(image__isnull=False).values("image__patient")
    for series in Series.objects.filter(project=context.project, patient__in=written):
        with context.fenced():
            order(series, context.job)


def order(series: Series, job: Job) -> None:
    """Number the slices of one series; names follow while none of them is older than the job. In a transaction."""
    known = series.images.only("id", "index", "name", "position", "frame", "header")
    images = sorted(
        known, key=lambda image: (image.position is None, image.position or 0.0, image.frame or 0, image.id)
    )
    for index, image in enumerate(images):
        image.index = index
    Image.objects.bulk_update(images, ["index"], batch_size=500)
    # names follow the order only while nobody has seen them: a later upload leaves the earlier names alone
    earlier = series.images.filter(created_at__lt=job.started_at or job.created_at).exists()
    if images and images[0].header and not earlier:  # what is no DICOM is called as its file
        _rename(series, images)


def _rename(series: Series, images: list[Image]) -> None:
    """Through names that no image has, because two images must never bear the same one."""
    names = [slice_name(series.modality, series.uid, image.index) for image in images]
    taken = Image.objects.filter(project=series.project_id, name__in=names).exclude(series=series)
    if [image.name for image in images] == names or taken.exists():
        return
    for image in images:
        image.name = f"~{image.id}"
    Image.objects.bulk_update(images, ["name"], batch_size=500)
    for image, name in zip(images, names, strict=True):
        image.name = name
    Image.objects.bulk_update(images, ["name"], batch_size=500)
