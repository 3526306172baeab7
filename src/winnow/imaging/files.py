"""Picture files as bytes: PNG and JPEG in, PNG out. What a file is, its content says, never its name.

TIFF is read in tiff.py, NIfTI in nifti.py.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps

from winnow.errors import InvalidInput, UnreadableFile, UnsafeArchive
from winnow.imaging.picture import Picture, Pixels, check_pixels
from winnow.imaging.window import apply_window, full_window

MAX_PIXELS = 64_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_NIFTI_1, _NIFTI_2 = {b"n+1\0", b"ni1\0"}, {b"n+2\0", b"ni2\0"}
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

# what Pillow is seen to raise for damaged files, beside OSError
DAMAGED = (OSError, SyntaxError, ValueError, IndexError, TypeError, EOFError, struct.error, zlib.error)

Kind = Literal["png", "jpeg", "tiff", "nifti", "dicom", "zip", "gzip", "tar"]
PICTURES: tuple[Kind, ...] = ("png", "jpeg", "tiff", "nifti")
ARCHIVES: tuple[Kind, ...] = ("zip", "tar", "gzip")
HEAD = 352  # bytes that tell every kind


def sniff(head: bytes) -> Kind | None:
    """What a file is by its first HEAD bytes; None when that does not tell.

    DICOM without its preamble has no mark of its own: ``winnow.dicom`` finds out by reading it.
    """
    marks: dict[Kind, bool] = {
        "dicom": head[128:132] == b"DICM",  # first: a preamble may look like a TIFF
        "png": head.startswith(_PNG),
        "jpeg": head.startswith(b"\xff\xd8\xff"),
        "tiff": head.startswith(_TIFF),
        "nifti": head[344:348] in _NIFTI_1 or head[4:8] in _NIFTI_2,
        "tar": head[257:262] == b"ustar",
        "zip": head.startswith(_ZIP),
        "gzip": head.startswith(b"\x1f\x8b\x08"),
    }
    return next((kind for kind, holds in marks.items() if holds), None)


def read_picture(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Picture:
    """The picture in a PNG or JPEG, in the depth it came with.

    Grey of 1 to 8 bits becomes uint8 spread over 0..255, of 16 bits uint16; colours and palettes
    become RGB uint8 (a palette of greys stays grey); transparent parts become black; the rotation a
    camera noted (EXIF) is carried out, because nothing but pixels is kept.

    raises : UnreadableFile when it is neither or damaged; UnsafeArchive over ``max_pixels``
    """
    kind = sniff(data)
    if kind not in {"png", "jpeg"}:
        raise UnreadableFile("This is neither a PNG nor a JPEG.")
    image = open_image(data, max_pixels=max_pixels)
    pixels = _pixels(ImageOps.exif_transpose(image))
    return Picture(pixels=pixels, window=full_window(pixels))


def open_image(data: bytes, *, max_pixels: int) -> Pillow.Image:
    """A decoded PNG or JPEG; raises UnreadableFile when damaged, UnsafeArchive over ``max_pixels``."""
    name = (sniff(data) or "file").upper()
    if name == "PNG":
        _check_png(data)
    try:
        image = Pillow.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        if image.width * image.height > max_pixels:
            raise too_many_pixels(max_pixels)
        image.load()
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise too_many_pixels(max_pixels) from error
    except DAMAGED as error:
        raise UnreadableFile(f"The {name} is damaged or cut off.") from error
    return image


def too_many_pixels(limit: int) -> UnsafeArchive:
    """The error of a picture beyond all measure."""
    return UnsafeArchive(f"The picture has more than {limit:,} pixels.", max_pixels=limit)


def png_bit_depth(data: bytes) -> int:
    """Bits per sample that a PNG's header names."""
    return data[24]


def _check_png(data: bytes) -> None:
    """Raises UnreadableFile when a critical chunk is damaged or the end is missing: Pillow looks at neither."""
    position = len(_PNG)
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        end = position + 12 + length
        if end > len(data):
            break
        (stored,) = struct.unpack_from(">I", data, end - 4)
        critical = kind[:1].isupper()
        if critical and zlib.crc32(memoryview(data)[position + 4 : end - 4]) != stored:
            raise UnreadableFile("The PNG is damaged: a checksum does not match.")
        if kind == b"IEND":
            return
        position = end
    raise UnreadableFile("The PNG is cut off before its end.")


def _pixels(image: Pillow.Image) -> Pixels:
    if image.mode.startswith("I"):  # 16-bit grey
        return np.asarray(np.clip(np.array(image), 0, 65535), np.uint16)
    return eight_bits(image)


def eight_bits(image: Pillow.Image) -> NDArray[np.uint8]:
    """Grey or RGB pixels of a decoded picture of 8 bits or less; transparent parts become black."""
    if image.mode == "LA" or "transparency" in image.info or image.mode in {"RGBA", "PA"}:
        return _rgb_or_grey(_on_black(image), keep_rgb=image.mode == "RGBA")
    if image.mode in {"L", "1"}:
        return np.array(image.convert("L"), np.uint8)
    return _rgb_or_grey(image.convert("RGB"), keep_rgb=image.mode != "P")


def _on_black(image: Pillow.Image) -> Pillow.Image:
    rgba = image.convert("RGBA")
    black = Pillow.new("RGBA", rgba.size, (0, 0, 0, 255))
    return Pillow.alpha_composite(black, rgba).convert("RGB")


def _rgb_or_grey(image: Pillow.Image, *, keep_rgb: bool) -> NDArray[np.uint8]:
    """RGB pixels, or grey ones when all three channels say the same and the file did not ask for RGB."""
    rgb = np.array(image, np.uint8)
    if keep_rgb or bool((rgb != rgb[:, :, :1]).any()):
        return rgb
    return np.ascontiguousarray(rgb[:, :, 0])


def encode_png(pixels: NDArray[Any]) -> bytes:
    """A PNG without metadata of (H, W) or (H, W, 3) uint8 or of (H, W) uint16.

    raises : InvalidInput for what a PNG cannot hold (int16: add an offset first)
    """
    check_pixels(pixels)
    if pixels.dtype == np.int16 or (pixels.dtype == np.uint16 and pixels.ndim == 3):
        raise InvalidInput(f"A PNG cannot hold {pixels.shape} {pixels.dtype.name}.")
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "PNG", compress_level=4)
    return buffer.getvalue()


def preview_png(picture: Picture, *, longest: int) -> bytes:
    """An 8-bit PNG of the picture through its window, no side longer than ``longest`` pixels, never enlarged."""
    centre, width = picture.window
    image = Pillow.fromarray(apply_window(picture.pixels, centre=centre, width=width))
    image.thumbnail((longest, longest), Pillow.Resampling.BOX)
    return encode_png(np.array(image))
