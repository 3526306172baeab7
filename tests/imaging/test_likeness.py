"""Near-duplicates are found; different pictures are not."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image as Pillow

from winnow.imaging.files import read_picture
from winnow.imaging.likeness import Looks, look
from winnow.imaging.phantom import phantom_slice
from winnow.imaging.picture import Picture
from winnow.imaging.window import apply_window, full_window


def picture(pixels: np.ndarray) -> Picture:
    return Picture(pixels, window=full_window(pixels))


def slices(count: int) -> list[np.ndarray]:
    """Grey slices of as many invented patients, 8 bits."""
    rng = np.random.default_rng(0)
    return [apply_window(phantom_slice(rng=rng, size=128)[0], centre=-500, width=1500) for _ in range(count)]


def jpeg(pixels: np.ndarray, quality: int) -> Picture:
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return read_picture(buffer.getvalue())


def test_copies_look_alike_and_others_do_not():
    looks = Looks()
    images = slices(8)
    for number, pixels in enumerate(images):
        assert looks.nearest(look(picture(pixels)), group=99) is None
        looks.add(number, look(picture(pixels)), group=number)
    for number, pixels in enumerate(images):
        half = np.array(Pillow.fromarray(pixels).resize((64, 64), Pillow.Resampling.BOX))
        bright = np.clip(pixels * 1.1 + 4, 0, 255).astype(np.uint8)
        for copy in (jpeg(pixels, 75), picture(half), picture(bright), picture(pixels.astype(np.uint16) * 200)):
            assert looks.nearest(look(copy), group=99) == number


def test_what_belongs_together_is_not_compared():
    looks = Looks()
    (pixels,) = slices(1)
    looks.add(1, look(picture(pixels)), group=5)
    assert looks.nearest(look(picture(pixels)), group=5) is None
    assert looks.nearest(look(picture(pixels)), group=6) == 1


def test_a_blank_picture_looks_like_nothing():
    assert look(picture(np.full((9, 9), 7, np.uint8))) == ""
    looks = Looks()
    looks.add(1, "", group=0)
    assert looks.nearest("", group=1) is None
