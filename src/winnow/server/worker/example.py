"""The example project: invented CT series, taken in as any upload, with their true masks beside them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from winnow.dicom.phantom import phantom_files
from winnow.imaging.mask import class_pixels
from winnow.server import storage
from winnow.server.models import Annotation
from winnow.server.worker import ingest
from winnow.server.worker.context import JobContext

SERIES = {"patients": 6, "slices": 8, "size": 256, "seed": 0}
PACKAGE, TRUTH = "example.zip", "truth.npy"


def run(context: JobContext) -> None:
    """Generate, take in, attach the truth: shown on request, never learned from.

    payload : example: true; patients, slices, size, seed to have other ones
    result  : as of any ingest
    """
    package = context.scratch / PACKAGE
    if not package.exists():
        _generate(context, package)
    ingest.take_in(context, [(package.name, package)])
    truths = _truths(context)
    with context.transaction():
        Annotation.objects.bulk_create(truths)
        ingest.finish(context)


def _generate(context: JobContext, package: Path) -> None:
    """The slices as a ZIP and their masks (N, H, W), in the same order; the ZIP appears when both are whole."""
    options = SERIES | {name: context.payload[name] for name in SERIES if name in context.payload}
    total = options["patients"] * options["slices"]
    masks = []
    part = package.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (path, data, mask) in enumerate(phantom_files(**options), 1):
            context.progress(0.5 * number / total, f"drawing slice {number} of {total}")
            archive.writestr(path, data)
            masks.append(mask)
    np.save(context.scratch / TRUTH, np.stack(masks))
    part.rename(package)


def _truths(context: JobContext) -> list[Annotation]:
    """The known mask of each image that came in: a file's position in the package is its mask's."""
    masks = np.load(context.scratch / TRUTH)
    written = context.job.files.filter(status="written", image__isnull=False).values_list("position", "image_id")
    return [
        Annotation(
            image_id=image_id,
            author="phantom",
            purpose=Annotation.Purpose.TRUTH,
            version=0,
            mask=storage.put_array(masks[position]),
            class_pixels=class_pixels(masks[position]),
        )
        for position, image_id in written
    ]
