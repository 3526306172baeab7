"""From rows and blobs back to arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winnow.imaging.picture import Picture
from winnow.segmentation.data import Sample
from winnow.server import storage
from winnow.server.models import Annotation, Image


def picture_of(image: Image) -> Picture:
    """The pixels of an image as they came in. Raises CorruptData or NotFound when the blob is damaged or gone."""
    shape = (image.height, image.width) if image.channels == 1 else (image.height, image.width, image.channels)
    centre, width = image.window
    return Picture(
        pixels=storage.get_array(image.pixels, shape=shape, dtype=image.dtype),
        window=(centre, width),
        spacing_mm=(image.spacing_mm[0], image.spacing_mm[1]) if image.spacing_mm else None,
    )


def mask_of(annotation: Annotation) -> NDArray[np.uint8]:
    """The mask (height, width) uint8 of class values. Raises CorruptData or NotFound as ``picture_of``."""
    shape = (annotation.image.height, annotation.image.width)
    return storage.get_array(annotation.mask, shape=shape, dtype="uint8")


def sample_of(annotation: Annotation) -> Sample:
    """What a network learns from, or is measured on: the picture and the mask, named after the image."""
    return Sample(picture_of(annotation.image), mask_of(annotation), annotation.image.name)
