"""The example project: invented CT series, taken in as any upload, with their true masks beside them."""

from __future__ import annotations

from typing import Any

from winnow.dicom.phantom import phantom_files, write_phantom_series
from winnow.imaging.mask import class_pixels
from winnow.server import storage
from winnow.server.models import Annotation
from winnow.server.worker import ingest
from winnow.server.worker.context import JobContext

SERIES = {"patients": 6, "slices": 8, "size": 256, "seed": 0}


def run(context: JobContext) -> None:
    """Generate, take in, attach the truth: shown on request, never learned from.

    payload : example: true; patients, slices, size, seed to have other ones
    result  : as of any ingest
    """
    options = SERIES | {name: context.payload[name] for name in SERIES if name in context.payload}
    package = context.scratch / "example.zip"
    if not package.exists():
        part = package.with_suffix(".part")
        write_phantom_series(part, **options)
        part.rename(package)
    ingest.take_in(context, [(package.name, package)])
    truths = _truths(context, options)
    with context.transaction():
        Annotation.objects.bulk_create(truths)
        ingest.finish(context)


def _truths(context: JobContext, options: dict[str, Any]) -> list[Annotation]:
    """The known mask of each image that came in; the files lie in the package in the order they are generated in."""
    images = dict(context.job.files.filter(status="written").values_list("position", "image_id"))
    return [
        Annotation(
            image_id=images[position],
            author="phantom",
            purpose=Annotation.Purpose.TRUTH,
            version=0,
            mask=storage.put_array(mask),
            class_pixels=class_pixels(mask),
        )
        for position, (_, _, mask) in enumerate(phantom_files(**options))
        if position in images
    ]
