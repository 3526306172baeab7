"""From stored pixel values to pictures (PS3.3 C.7.6.3, C.11.1, C.11.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import RLELossless

from winnow.dicom.reasons import is_compressed, transfer_syntax, why_not_decoded
from winnow.errors import UnreadableFile, UnsafeArchive
from winnow.imaging.files import MAX_PIXELS
from winnow.imaging.picture import Picture
from winnow.imaging.window import full_window

Array = NDArray[Any]
_PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_COLOURS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "YBR_PARTIAL_420", "YBR_PARTIAL_422")
_GREYS = ("MONOCHROME1", "MONOCHROME2")
_INT16, _UINT16 = np.iinfo(np.int16), np.iinfo(np.uint16)


def decode_frames(dataset: Dataset) -> Iterator[Picture]:
    """Each frame as a Picture; raises UnreadableFile, saying why, and UnsafeArchive for frames beyond all measure."""
    if not any(keyword in dataset for keyword in _PIXEL_KEYWORDS):
        raise UnreadableFile("The DICOM file has no pixel data.")
    try:
        side = int(dataset.Rows) * int(dataset.Columns)
        photometric = str(dataset.get("PhotometricInterpretation") or "MONOCHROME2").strip()
        samples = int(dataset.get("SamplesPerPixel") or 1)
    except Exception as error:
        raise UnreadableFile("The DICOM file does not say its rows and columns.") from error
    if side > MAX_PIXELS:
        raise UnsafeArchive(f"The picture has more than {MAX_PIXELS:,} pixels.", max_pixels=MAX_PIXELS)
    if photometric not in (*_COLOURS, *_GREYS, "PALETTE COLOR") or samples not in {1, 3}:
        raise UnreadableFile(f"Pictures of the kind {photometric} with {samples} samples a pixel are not read.")
    try:
        for index in range(int(dataset.get("NumberOfFrames") or 1)):
            frame = pixel_array(dataset, index=index, correct_unused_bits=False)
            yield _picture(frame, dataset, photometric=photometric, index=index)
    except (GeneratorExit, KeyboardInterrupt, SystemExit):
        raise
    except (
        BaseException
    ) as error:  # decoders raise whatever the bytes lead them to; those in Rust panic beside Exception
        raise UnreadableFile(why_not_decoded(dataset, error)) from error


def _picture(frame: Array, dataset: Dataset, *, photometric: str, index: int) -> Picture:
    spacing = _spacing(dataset, index)
    if photometric == "PALETTE COLOR":
        rgb = _from_palette(frame, dataset)
        return Picture(rgb, window=full_window(rgb), spacing_mm=spacing)
    if frame.ndim == 3:
        rgb = _eight_bits(frame, bits=int(dataset.get("BitsStored") or 8))
        return Picture(rgb, window=full_window(rgb), spacing_mm=spacing)
    return _grey(frame, dataset, inverted=photometric == "MONOCHROME1", index=index, spacing=spacing)


def _from_palette(frame: Array, dataset: Dataset) -> NDArray[np.uint8]:
    """Colours through the file's lookup tables; many hold 8-bit values in 16-bit words, high or low."""
    colours = apply_color_lut(frame, dataset)[..., :3]
    if (
        colours.dtype == np.uint16
        and dataset.original_encoding[1] is False
        and "RedPaletteColorLookupTableData" in dataset
    ):
        colours = colours.byteswap()  # pydicom reads the tables as little-endian always
    return _eight_bits(colours, bits=16 if int(colours.max()) > 255 else 8)


def _eight_bits(rgb: Array, *, bits: int) -> NDArray[np.uint8]:
    """Colours of so many bits in the 8 that a screen shows."""
    return np.ascontiguousarray(rgb >> max(0, bits - 8)).astype(np.uint8)


def _grey(
    frame: Array, dataset: Dataset, *, inverted: bool, index: int, spacing: tuple[float, float] | None
) -> Picture:
    """Grey values: HU for CT, else as stored, with the window in the same units."""
    stored = _stored_bits(frame, dataset)
    padding = _padding(stored, dataset)
    if stored.dtype.kind in "iub" and dataset.get("BitsStored") == 1:
        stored = stored.astype(np.uint8) * 255
    window = _voi(dataset, index)
    slope, intercept = _rescale(dataset, index)
    tables = dataset.get("ModalityLUTSequence")
    if tables and tables[0].get("LUTDescriptor") is not None:
        stored, slope, intercept = apply_modality_lut(stored, dataset), 1.0, 0.0
    values, scale, offset = _sixteen_bits(stored, slope, intercept, hounsfield=_is_hounsfield(dataset))
    if window is not None:  # the window speaks of rescaled values; values = (rescaled - offset) / scale
        window = ((window[0] - offset) / scale, max(1.0, window[1] / abs(scale)))
    if inverted:
        values, top = _inverted(values, dataset)
        window = None if window is None else (top - window[0] + 1, window[1])
    if padding is not None and not padding.all():
        values = np.where(padding, values[~padding].min(), values)
    return Picture(np.ascontiguousarray(values), window=window or full_window(values), spacing_mm=spacing)


def _stored_bits(frame: Array, dataset: Dataset) -> Array:
    """Only the bits that hold the value: the others may hold overlays (PS3.5 8.1.1)."""
    allocated, stored = int(dataset.get("BitsAllocated") or 0), int(dataset.get("BitsStored") or 0)
    if frame.dtype.kind not in "iu" or not 0 < stored < allocated:
        return frame
    placed = not is_compressed(dataset) or transfer_syntax(dataset) == RLELossless
    low = max(0, int(dataset.get("HighBit") or stored - 1) + 1 - stored) if placed else 0
    spare = frame.dtype.itemsize * 8 - stored
    if low == 0 and frame.dtype.kind == "u" and int(frame.max()) < 1 << stored:
        return frame
    # up and down again: the shift down repeats the sign of signed types
    return np.right_shift(np.left_shift(frame, spare - low), spare)


def _padding(stored: Array, dataset: Dataset) -> NDArray[np.bool_] | None:
    """Where the scanner filled the picture up (PS3.3 C.7.5.1.1.2); None for nowhere."""
    value = numbers(dataset, "PixelPaddingValue")
    if len(value) != 1 or stored.dtype.kind not in "iu":
        return None
    limit = numbers(dataset, "PixelPaddingRangeLimit")
    low, high = sorted(_signed(int(each), stored) for each in (value[0], (limit or value)[0]))
    where = (stored >= low) & (stored <= high)
    return where if bool(where.any()) else None


def _signed(value: int, stored: Array) -> int:
    """Padding values are often written with the wrong sign: the same 16 bits read as the pixels are."""
    if stored.dtype.kind == "i" and value > _INT16.max:
        return value - 65536
    return value + 65536 if stored.dtype.kind == "u" and value < 0 else value


def _is_hounsfield(dataset: Dataset) -> bool:
    return bool(dataset.get("Modality") == "CT" or dataset.get("RescaleType") == "HU")


def _sixteen_bits(stored: Array, slope: float, intercept: float, *, hounsfield: bool) -> tuple[Array, float, float]:
    """Values in uint8, uint16 or int16, with the scale and offset that lead from them to rescaled ones."""
    if hounsfield:
        return _hounsfield(stored, slope, intercept), 1.0, 0.0
    if stored.dtype.kind in "iu":
        low, high = int(stored.min()), int(stored.max())
        if stored.dtype == np.uint8:
            return stored, slope, intercept
        for kind in (np.uint16, np.int16) if stored.dtype.kind == "u" else (np.int16, np.uint16):
            if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
                return stored.astype(kind), slope, intercept
    # more than 16 bits or floating: the range of this picture is spread over 16
    finite = np.nan_to_num(stored.astype(np.float64), nan=float(np.nanmin(stored)))
    least, span = float(finite.min()), float(np.ptp(finite)) or 1.0
    spread = np.round((finite - least) * (_UINT16.max / span)).astype(np.uint16)
    return spread, slope * span / _UINT16.max, intercept + slope * least


def _hounsfield(stored: Array, slope: float, intercept: float) -> NDArray[np.int16]:
    """Rescaled values, rounded, those beyond 16 bits cut off."""
    if slope != 1 or intercept % 1 or stored.dtype.kind not in "iub":
        return np.clip(np.round(stored * slope + intercept), _INT16.min, _INT16.max).astype(np.int16)
    if stored.dtype.itemsize <= 2 and not _leaves_sixteen_bits(stored, int(intercept)):
        # 16 bits wrap around as they should: a third of the work of wide integers, which nearly no slice needs
        return stored.astype(np.int16) + np.array(int(intercept) & 0xFFFF, np.uint16).astype(np.int16)
    return np.clip(stored.astype(np.int64) + int(intercept), _INT16.min, _INT16.max).astype(np.int16)


def _leaves_sixteen_bits(stored: Array, offset: int) -> bool:
    return int(stored.min()) + offset < _INT16.min or int(stored.max()) + offset > _INT16.max


def _inverted(values: Array, dataset: Dataset) -> tuple[Array, float]:
    """MONOCHROME1 with bright and dark exchanged within the range its bits can hold, and that range's low + high."""
    if values.dtype == np.int16:
        return np.int16(-1) - values, -1.0
    bits = int(dataset.get("BitsStored") or values.dtype.itemsize * 8)
    top = (1 << bits) - 1 if 1 < bits <= values.dtype.itemsize * 8 else int(np.iinfo(values.dtype).max)
    top = max(top, int(values.max()))
    return (top - values.astype(np.int64)).astype(values.dtype), float(top)


def _rescale(dataset: Dataset, index: int) -> tuple[float, float]:
    group = functional_group(dataset, "PixelValueTransformationSequence", index) or dataset
    slope = numbers(group, "RescaleSlope") or [1.0]
    intercept = numbers(group, "RescaleIntercept") or [0.0]
    return slope[0] or 1.0, intercept[0]


def _voi(dataset: Dataset, index: int) -> tuple[float, float] | None:
    """The first window that the file names."""
    group = functional_group(dataset, "FrameVOILUTSequence", index) or dataset
    centre, width = numbers(group, "WindowCenter"), numbers(group, "WindowWidth")
    return (centre[0], width[0]) if centre and width and width[0] >= 1 else None


def _spacing(dataset: Dataset, index: int) -> tuple[float, float] | None:
    group = functional_group(dataset, "PixelMeasuresSequence", index) or dataset
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"):
        pair = numbers(group, keyword)
        if len(pair) == 2 and min(pair) > 0:
            return pair[0], pair[1]
    return None


def functional_group(dataset: Dataset, keyword: str, index: int) -> Dataset | None:
    """A functional group of an enhanced multi-frame file: the frame's own, else the shared one (PS3.3 C.7.6.16)."""
    frames = dataset.get("PerFrameFunctionalGroupsSequence") or []
    for holder in [*frames[index : index + 1], *(dataset.get("SharedFunctionalGroupsSequence") or [])]:
        if items := holder.get(keyword):
            first: Dataset = items[0]
            return first
    return None


def numbers(dataset: Dataset, keyword: str) -> list[float]:
    """An attribute's finite numbers; none where it is missing or cannot be read."""
    try:
        value: Any = dataset.get(keyword)
        values = [] if value is None else [float(each) for each in np.atleast_1d(np.array(value, dtype=np.float64))]
    except Exception:  # noqa: BLE001  a broken number is as good as none
        return []
    return values if np.isfinite(values).all() else []
