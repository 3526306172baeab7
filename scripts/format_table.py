"""Makes the table of DICOM formats in docs/reference/formats.md from a run: each is written, taken in, and compared.

usage: format_table.py            writes the table
       format_table.py --check    says where the page is not what the run gives, and ends with 1

Every file is generated here; what Winnow makes of it stands in the table: the kind of its pixels, and how far they are
from those that were written. What cannot be written here (HTJ2K, JPEG 2000 Part 2, video) is not in it.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydicom import dcmread, dcmwrite, uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate

from winnow.dicom import read_deidentified
from winnow.errors import WinnowError

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "formats.md"
BEGIN, END = "<!-- made by scripts/format_table.py -->\n", "<!-- end -->\n"
Case = tuple[str, str, Dataset, np.ndarray | None]
SHAPE = (40, 48)


def ramp(dtype: Any, low: int, high: int, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    return np.linspace(low, high, int(np.prod(shape))).astype(dtype).reshape(shape)


def smooth_colours() -> np.ndarray:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return np.stack([x * 5, y * 6, 120 + x * 2 - y * 2], axis=-1).astype(np.uint8)


def dataset(pixels: np.ndarray, *, syntax: str = uid.ExplicitVRLittleEndian, bits: int = 0, **more: Any) -> Dataset:
    """A secondary capture around pixels (H, W), (H, W, 3) or (N, H, W)."""
    made, colours = Dataset(), pixels.shape[-1] == 3
    frames = pixels.shape[:-2] if not colours else pixels.shape[:-3]
    made.SOPClassUID, made.Modality = uid.SecondaryCaptureImageStorage, "OT"
    made.SOPInstanceUID, made.SeriesInstanceUID, made.StudyInstanceUID = "1.2.3.1", "1.2.3.2", "1.2.3.3"
    made.Rows, made.Columns = SHAPE
    if frames:
        made.NumberOfFrames = frames[0]
    made.SamplesPerPixel = 3 if colours else 1
    made.PhotometricInterpretation = "RGB" if colours else "MONOCHROME2"
    if colours:
        made.PlanarConfiguration = 0
    allocated = pixels.dtype.itemsize * 8
    made.BitsAllocated, made.BitsStored, made.HighBit = allocated, bits or allocated, (bits or allocated) - 1
    made.PixelRepresentation = int(pixels.dtype.kind == "i")
    order = ">" if syntax == uid.ExplicitVRBigEndian else "<"
    made.PixelData = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    made["PixelData"].VR = "OW" if allocated > 8 else "OB"
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = syntax
    for keyword, value in more.items():
        setattr(made, keyword, value)
    return made


def as_bytes(made: Dataset) -> bytes:
    buffer = io.BytesIO()
    little = made.file_meta.TransferSyntaxUID != uid.ExplicitVRBigEndian
    made.preamble = bytes(128)
    made.file_meta.MediaStorageSOPClassUID, made.file_meta.MediaStorageSOPInstanceUID = made.SOPClassUID, "1.2.3.1"
    implicit = made.file_meta.TransferSyntaxUID == uid.ImplicitVRLittleEndian
    dcmwrite(buffer, made, implicit_vr=implicit, little_endian=little, force_encoding=True)
    return buffer.getvalue()


def with_jpeg(pixels: np.ndarray) -> Dataset:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95, subsampling=0)
    made = dataset(pixels, syntax=uid.JPEGBaseline8Bit)
    made.PixelData = encapsulate([buffer.getvalue() + b"\0" * (len(buffer.getvalue()) % 2)])
    made["PixelData"].is_undefined_length = True
    made.PhotometricInterpretation = "YBR_FULL_422" if pixels.ndim == 3 else "MONOCHROME2"
    return made


def lossless_jpeg(made: Dataset, name: str) -> Dataset:
    """Another encoding of a data set, as gdcm writes it; it works on files."""
    import gdcm  # noqa: PLC0415  before zlib is in use it would bring its own, and deflated files end the process

    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/a.dcm", f"{folder}/b.dcm"
        Path(source).write_bytes(as_bytes(made))
        reader, change, writer = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax(), gdcm.ImageWriter()
        reader.SetFileName(source)
        reader.Read()
        change.SetTransferSyntax(gdcm.TransferSyntax(getattr(gdcm.TransferSyntax, name)))
        change.SetInput(reader.GetImage())
        change.Change()
        writer.SetFileName(target)
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        writer.Write()
        return dcmread(target)


def compressed(made: Dataset, syntax: str) -> Dataset:
    made.compress(syntax, generate_instance_uid=False)
    return made


def syntaxes() -> Iterator[Case]:
    grey = ramp(np.int16, -1000, 3000)
    name = "transfer syntax"
    native = (uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian)
    for syntax in (*native, uid.DeflatedExplicitVRLittleEndian):
        yield name, uid.UID(syntax).name, dataset(grey, syntax=syntax), grey
    for syntax in (uid.RLELossless, uid.JPEGLSLossless, uid.JPEG2000Lossless):
        yield name, uid.UID(syntax).name, compressed(dataset(grey), syntax), grey
    unsigned = ramp(np.uint16, 0, 4000)
    for process, syntax in (("14", uid.JPEGLossless), ("14_1", uid.JPEGLosslessSV1)):
        yield name, uid.UID(syntax).name, lossless_jpeg(dataset(unsigned), f"JPEGLosslessProcess{process}"), unsigned
    near = dataset(unsigned)
    near.compress(uid.JPEGLSNearLossless, jls_error=2, generate_instance_uid=False)
    yield name, uid.JPEGLSNearLossless.name, near, unsigned
    lossy = dataset(unsigned)
    lossy.compress(uid.JPEG2000, j2k_cr=[4], generate_instance_uid=False)
    yield name, uid.JPEG2000.name, lossy, unsigned
    eight = ramp(np.uint8, 0, 255)
    yield name, f"{uid.JPEGBaseline8Bit.name}, grey", with_jpeg(eight), eight
    yield name, f"{uid.JPEGBaseline8Bit.name}, colour", with_jpeg(smooth_colours()), smooth_colours()
    twelve = with_jpeg(eight)
    twelve.file_meta.TransferSyntaxUID, twelve.BitsAllocated, twelve.BitsStored = uid.JPEGExtended12Bit, 16, 12
    twelve.PixelData = encapsulate([b"\xff\xd8\xff\xd9"])
    yield name, "JPEG Extended (Process 2 and 4), 12 bits", twelve, None


def ybr(rgb: np.ndarray) -> np.ndarray:
    """PS3.3 C.7.6.3.1.2, YBR_FULL."""
    matrix = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
    return np.clip(np.round(rgb @ matrix.T + [0, 128, 128]), 0, 255).astype(np.uint8)


def photometrics() -> Iterator[Case]:
    name = "photometric interpretation"
    eight, rgb = ramp(np.uint8, 0, 255), smooth_colours()
    yield name, "MONOCHROME2", dataset(eight), eight
    yield name, "MONOCHROME1 (inverted)", dataset(eight, PhotometricInterpretation="MONOCHROME1"), 255 - eight
    yield name, "RGB, by pixel", dataset(rgb), rgb
    planes = dataset(rgb, PlanarConfiguration=1, PixelData=np.moveaxis(rgb, -1, 0).tobytes())
    yield name, "RGB, by plane", planes, rgb
    yield name, "YBR_FULL", dataset(ybr(rgb), PhotometricInterpretation="YBR_FULL"), rgb
    wide = rgb.copy()
    wide[:, 1::2] = wide[:, ::2]
    packed = ybr(wide)
    halved = np.stack([packed[:, ::2, 0], packed[:, 1::2, 0], packed[:, ::2, 1], packed[:, ::2, 2]], axis=-1)
    less = dataset(wide, PhotometricInterpretation="YBR_FULL_422", PixelData=halved.tobytes())
    yield name, "YBR_FULL_422", less, wide
    colours = [(np.arange(256) * factor % 256 * 257).astype("<u2") for factor in (1, 3, 7)]
    palette = dataset(eight, PhotometricInterpretation="PALETTE COLOR")
    for channel, table in zip(("Red", "Green", "Blue"), colours, strict=True):
        setattr(palette, f"{channel}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(palette, f"{channel}PaletteColorLookupTableData", table.tobytes())
    yield name, "PALETTE COLOR", palette, np.stack([table[eight] >> 8 for table in colours], -1).astype(np.uint8)


def depths() -> Iterator[Case]:
    name = "bits"
    bits = (ramp(np.uint8, 0, 255) > 99).astype(np.uint8)
    one = dataset(bits, PixelData=np.packbits(bits.ravel(), bitorder="little").tobytes())
    one.BitsAllocated, one.BitsStored, one.HighBit = 1, 1, 0
    yield name, "1", one, bits * 255
    for stored, allocated in ((8, 8), (10, 16), (12, 16), (16, 16)):
        values = ramp(f"uint{allocated}", 0, (1 << stored) - 1)
        yield name, f"{stored} in {allocated}", dataset(values, bits=stored), values
    signed = ramp(np.int16, -2048, 2047)
    overlaid = dataset((signed & 0x0FFF).astype(np.uint16) | np.uint16(0x5000), bits=12, PixelRepresentation=1)
    yield name, "12 in 16, signed, other bits in use", overlaid, signed
    hu = ramp(np.uint16, 0, 4000)
    ct = dataset(hu, Modality="CT", RescaleSlope=1, RescaleIntercept=-1024)
    yield name, "16, CT with rescale (HU)", ct, hu.astype(np.int16) - 1024
    padded = hu.copy()
    padded[:4] = 63536
    filled = dataset(padded, PixelPaddingValue=63536, Modality="CT", RescaleSlope=1, RescaleIntercept=-1024)
    yield name, "16, padding outside (becomes the least value)", filled, np.where(padded > 4000, hu[4, 0], hu) - 1024.0
    large = ramp(np.uint32, 0, 1_000_000)
    yield name, "32 (spread over 16)", dataset(large), large * (65535 / 1_000_000)
    for dtype, keyword in ((np.float32, "FloatPixelData"), (np.float64, "DoubleFloatPixelData")):
        values = ramp(dtype, -1, 1)
        made = dataset(values, **{keyword: values.tobytes()})
        del made.PixelData, made.BitsStored, made.HighBit, made.PixelRepresentation
        yield name, f"{values.itemsize * 8}, floating (spread over 16)", made, (values + 1) * (65535 / 2)


def frames() -> Iterator[Case]:
    name = "frames"
    stack = ramp(np.uint16, 0, 4000, (3, *SHAPE))
    yield name, "multi-frame", dataset(stack), stack
    yield name, "multi-frame, RLE", compressed(dataset(stack), uid.RLELossless), stack
    enhanced = dataset(stack, SOPClassUID=uid.EnhancedMRImageStorage, Modality="MR")
    shared, plane = Dataset(), Dataset()
    plane.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PlaneOrientationSequence = [plane]
    enhanced.SharedFunctionalGroupsSequence = [shared]
    enhanced.PerFrameFunctionalGroupsSequence = []
    for number in range(3):
        group, position = Dataset(), Dataset()
        position.ImagePositionPatient = [0, 0, 5 - number]
        group.PlanePositionSequence = [position]
        enhanced.PerFrameFunctionalGroupsSequence.append(group)
    yield name, "enhanced MR, places by frame", enhanced, stack


def outcome(made: Dataset, expected: np.ndarray | None) -> str:
    """What Winnow made of a file."""
    try:
        file = read_deidentified(as_bytes(made), key=b"a key for tables, 32 bytes long.")
    except WinnowError as error:
        return f"refused: {error.message}"
    pixels = np.stack([picture.pixels for picture in file.pictures])
    kind = f"{pixels.dtype.name}{', RGB' if file.pictures[0].channels == 3 else ''}"
    many = f"{len(file.pictures)} images, " if len(file.pictures) > 1 else ""
    places = ", with places" if file.pictures[-1].place else ""
    if expected is None:
        return f"{many}{kind}{places}"
    worst = float(np.abs(pixels.reshape(expected.shape).astype(float) - expected).max())
    return f"{many}{kind}{places}: {'the same' if worst <= 0.5 else f'within {int(np.ceil(worst))}'}"


def table() -> str:
    lines = ["| | | comes in as |", "|---|---|---|"]
    for cases in (syntaxes, photometrics, depths, frames):
        lines += [f"| {about} | {name} | {outcome(made, expected)} |" for about, name, made, expected in cases()]
    return "\n".join(lines) + "\n"


def main() -> int:
    before, old, after = PAGE.read_text().replace(END, BEGIN, 1).split(BEGIN)
    new = table()
    if "--check" not in sys.argv:
        PAGE.write_text(before + BEGIN + new + END + after)
        return 0
    sys.stdout.writelines(f"{line}\n" for line in new.splitlines() if line not in old.splitlines())
    return int(new != old)


if __name__ == "__main__":
    sys.exit(main())
