from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from winnow.errors import InvalidInput, UnreadableFile, UnsafeArchive
from winnow.imaging.files import encode_png, preview_png, read_picture, sniff
from winnow.imaging.picture import Picture


def saved(image: Pillow.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


GRADIENT = np.add.outer(np.arange(40), np.arange(60)).astype(np.uint8)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (saved(Pillow.new("L", (2, 2))), "png"),
        (saved(Pillow.new("L", (2, 2)), "JPEG"), "jpeg"),
        (bytes(128) + b"DICM", "dicom"),
        (b"PK\x03\x04rest", "zip"),
        (b"PK\x05\x06" + bytes(18), "zip"),
        (b"hello", None),
        (b"", None),
    ],
)
def test_content_tells_what_a_file_is(head: bytes, kind: str | None) -> None:
    assert sniff(head[:132]) == kind


@given(
    st.one_of(
        arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=20)),
        arrays.arrays(np.uint16, arrays.array_shapes(min_dims=2, max_dims=2, max_side=20)),
        arrays.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3))),
    )
)
def test_pixels_survive_png_in_their_depth(pixels: np.ndarray) -> None:
    picture = read_picture(encode_png(pixels))
    assert picture.pixels.dtype == pixels.dtype
    assert np.array_equal(picture.pixels, pixels)


def test_sixteen_bits_are_windowed_to_their_content() -> None:
    picture = read_picture(encode_png((GRADIENT.astype(np.uint16) + 1000) * 10))
    centre, width = picture.window
    assert 10000 <= centre - width / 2 <= centre + width / 2 <= 12000


def test_a_grey_jpeg_stays_grey_and_close() -> None:
    picture = read_picture(saved(Pillow.fromarray(GRADIENT), "JPEG", quality=95))
    assert picture.channels == 1
    assert np.abs(picture.pixels.astype(int) - GRADIENT).max() < 8


@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L"])
def test_jpegs_of_all_modes_come_in(mode: str) -> None:
    picture = read_picture(saved(Pillow.new(mode, (5, 4)), "JPEG"))
    assert (picture.height, picture.width) == (4, 5)
    assert picture.channels == (1 if mode == "L" else 3)


@pytest.mark.parametrize(("mode", "channels"), [("1", 1), ("L", 1), ("LA", 1), ("P", 1), ("RGB", 3), ("RGBA", 3)])
def test_pngs_of_all_modes_come_in(mode: str, channels: int) -> None:
    picture = read_picture(saved(Pillow.new(mode, (5, 4))))
    assert picture.pixels.dtype == np.uint8
    assert picture.channels == channels


def test_a_coloured_palette_becomes_rgb() -> None:
    image = Pillow.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 255, 0] + [0] * 762)
    image.putdata([0, 1])
    assert read_picture(saved(image)).pixels.tolist() == [[[255, 0, 0], [0, 255, 0]]]


def test_what_is_transparent_becomes_black() -> None:
    image = Pillow.new("RGBA", (2, 1), (200, 100, 50, 255))
    image.putpixel((1, 0), (200, 100, 50, 0))
    assert read_picture(saved(image)).pixels.tolist() == [[[200, 100, 50], [0, 0, 0]]]


def test_the_rotation_a_camera_noted_is_carried_out() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees
    picture = read_picture(saved(Pillow.fromarray(GRADIENT), "JPEG", exif=exif))
    assert (picture.height, picture.width) == (60, 40)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("kept", [0.3, 0.7, 0.95])
def test_a_file_cut_off_is_unreadable(kind: str, kept: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    data = saved(Pillow.fromarray(noise), kind)
    with pytest.raises(UnreadableFile, match=kind):
        read_picture(data[: int(len(data) * kept)])


def test_a_flipped_bit_in_a_png_is_noticed() -> None:
    data = bytearray(encode_png(GRADIENT))
    data[len(data) // 2] ^= 4
    with pytest.raises(UnreadableFile, match="damaged"):
        read_picture(bytes(data))


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"]))
def test_noise_is_unreadable_and_never_crashes(noise: bytes, head: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read_picture(head + noise)


@given(st.integers(0, 5000), st.integers(1, 255))
def test_any_damage_is_either_read_or_refused(where: int, change: int) -> None:
    data = bytearray(saved(Pillow.fromarray(GRADIENT), "JPEG"))
    data[where % len(data)] ^= change
    try:
        picture = read_picture(bytes(data))
    except InvalidInput:
        return
    assert picture.pixels.ndim in {2, 3}


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    bomb = saved(Pillow.new("1", (4000, 4000)))
    with pytest.raises(UnsafeArchive, match="1,000,000 pixels"):
        read_picture(bomb, max_pixels=1_000_000)
    with pytest.raises(UnsafeArchive):
        read_picture(saved(Pillow.new("1", (20000, 20000))))


def test_a_preview_is_small_windowed_and_without_metadata() -> None:
    note = PngInfo()
    note.add_text("Patient", "Nova^Ada")
    picture = read_picture(saved(Pillow.fromarray(GRADIENT), pnginfo=note))
    dark = Picture(np.array(picture.pixels), window=(1000.0, 2.0))
    data = preview_png(picture, longest=30)
    assert b"Nova" not in data
    assert read_picture(data).pixels.shape == (20, 30)
    assert read_picture(preview_png(dark, longest=500)).pixels.max() == 0
    assert read_picture(preview_png(dark, longest=500)).pixels.shape == (40, 60)


def test_a_preview_of_colours_and_of_hounsfield_units() -> None:
    rgb = Picture(np.zeros((10, 20, 3), np.uint8), window=(128.0, 256.0))
    hu = Picture(np.linspace(-1000, 1000, 200).reshape(10, 20).astype(np.int16), window=(0.5, 2001.0))
    assert read_picture(preview_png(rgb, longest=5)).channels == 3
    assert np.ptp(read_picture(preview_png(hu, longest=20)).pixels) == 255


@pytest.mark.parametrize(
    "pixels", [np.zeros((2, 2), np.int16), np.zeros((2, 2, 3), np.uint16), np.zeros((2, 2), float)]
)
def test_what_png_cannot_hold_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(InvalidInput):
        encode_png(pixels)
