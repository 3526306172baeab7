"""Small projects in the middle of the loop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winnow.imaging.mask import class_pixels
from winnow.imaging.picture import Picture
from winnow.server import storage
from winnow.server.models import Annotation, Image, Project
from winnow.server.worker.admit import stored
from winnow.server.worker.reading import Found

SIZE = 24


def scene(number: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A dark picture with a bright square (class 1) or a middling one (class 2), and its mask."""
    rng = np.random.default_rng(number)
    pixels = rng.integers(0, 40, (SIZE, SIZE)).astype(np.uint8)
    mask = np.zeros((SIZE, SIZE), np.uint8)
    row, column = rng.integers(0, SIZE - 8, 2)
    value = 1 + number % 2
    pixels[row : row + 8, column : column + 8] = 230 if value == 1 else 130
    mask[row : row + 8, column : column + 8] = value
    return pixels, mask


def add_images(project: Project, count: int, *, first: int = 0) -> list[Image]:
    """Unlabelled scenes ``first`` and following."""
    images = []
    for number in range(first, first + count):
        picture = Picture(pixels=scene(number)[0], window=(127.5, 255.0))
        (image,) = stored(project, Found(pictures=[picture]))
        image.name = f"{number:03d}.png"
        image.save()
        images.append(image)
    return images


def draw(image: Image, *, purpose: str = "submitted", mask: NDArray[np.uint8] | None = None) -> Annotation:
    """A person draws the true mask (or another) and hands it in."""
    mask = scene(int(image.name[:3]))[1] if mask is None else mask
    image.version += 1
    image.state = Image.State.SUBMITTED if purpose == "submitted" else Image.State.DRAFT
    image.save()
    return Annotation.objects.create(
        image=image,
        author="ann",
        purpose=purpose,
        mask=storage.put_array(mask),
        version=image.version,
        class_pixels=class_pixels(mask),
        active_seconds=12.5,
    )
