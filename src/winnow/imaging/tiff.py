"""TIFF files: one picture for each page, in the depth it came with.

Read with Pillow over libtiff (docs/adr/0010): every usual compression, tiles, BigTIFF.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from winnow.errors import UnreadableFile
from winnow.imaging.files import DAMAGED, MAX_PIXELS, eight_bits, too_many_pixels
from winnow.imaging.picture import Picture
from winnow.imaging.ranges import sixteen_bits
from winnow.imaging.window import full_window

_SUBFILE, _PHOTOMETRIC, _SAMPLE_FORMAT = 254, 262, 339
_MIN_IS_WHITE, _SIGNED = 0, 2
_NUMBERS = ("I;16", "I;16B", "I;16L", "I", "F")


def read_tiff(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Iterator[Picture]:
    """The pages of a TIFF one by one; smaller copies of a page (thumbnails, pyramids) are passed over.

    Grey of 16 bits stays as it is, signed or not; of 32 bits and floating it is brought to 16 in one way for all
    pages (``ranges.sixteen_bits``); colours become 8-bit RGB, of 16 bits a channel the upper 8.

    raises : UnreadableFile, when damaged or of a kind that is not read; UnsafeArchive over ``max_pixels``
    """
    try:
        image = _opened(data)
        pages = [page for page in range(getattr(image, "n_frames", 1)) if _is_whole(image, page)]
        convert = sixteen_bits(_numbers(image, pages, max_pixels))
        for page in pages:
            pixels = _page(image, page, max_pixels)
            if pixels.ndim == 2:
                pixels = convert(pixels) if pixels.dtype != np.uint8 else pixels
            yield Picture(pixels, window=full_window(pixels))
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise too_many_pixels(max_pixels) from error
    except UnidentifiedImageError as error:
        raise UnreadableFile("The TIFF is damaged, or of a kind that is not read.") from error
    except DAMAGED as error:
        raise UnreadableFile("The TIFF is damaged or cut off.") from error


def _opened(data: bytes) -> Pillow.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # damaged tags that nobody needs
        return Pillow.open(io.BytesIO(data), formats=("TIFF",))


def _turn(image: Pillow.Image, page: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        image.seek(page)


def _is_whole(image: Pillow.Image, page: int) -> bool:
    _turn(image, page)
    return not int(_tag(image, _SUBFILE, 0)) & 1


def _numbers(image: Pillow.Image, pages: list[int], max_pixels: int) -> Iterator[NDArray[Any]]:
    """The pages that are numbers rather than pictures of 8 bits."""
    for page in pages:
        _turn(image, page)
        if image.mode in _NUMBERS or _is_signed(image):
            yield _page(image, page, max_pixels)


def _page(image: Pillow.Image, page: int, max_pixels: int) -> NDArray[Any]:
    _turn(image, page)
    if image.width * image.height > max_pixels:
        raise too_many_pixels(max_pixels)
    image.load()
    if image.mode not in _NUMBERS:
        pixels = eight_bits(image)
        return pixels.view(np.int8).astype(np.int16) if _is_signed(image) and pixels.ndim == 2 else pixels
    pixels = np.array(image)
    pixels = pixels.astype(pixels.dtype.newbyteorder("="))
    if image.mode == "I" and not _is_signed(image):
        pixels = pixels.view(np.uint32)
    if image.mode.startswith("I;16") and _tag(image, _PHOTOMETRIC, 1) == _MIN_IS_WHITE:
        pixels = np.iinfo(np.uint16).max - pixels  # Pillow does so for 8 bits only
    return pixels


def _is_signed(image: Pillow.Image) -> bool:
    return bool(_tag(image, _SAMPLE_FORMAT, 1) == _SIGNED)


def _tag(image: Pillow.Image, number: int, default: Any) -> Any:
    value = getattr(image, "tag_v2", {}).get(number, default)
    return value[0] if isinstance(value, tuple) else value
