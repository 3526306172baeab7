"""Files to send: pictures, archives, and everything that is wrong with them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from winnow.dicom.phantom import phantom_files
from winnow.server import storage
from winnow.server.models import Job, Project


def png(value: int = 0, *, size: int = 16, noise: bool = False) -> bytes:
    """A grey PNG that differs from that of any other value."""
    pixels = np.full((size, size), value % 256, np.uint8)
    pixels[0, :2] = 255, value // 256
    if noise:
        pixels = np.random.default_rng(value).integers(0, 256, (size, size), np.uint8)
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(np.full((20, 30, 3), (200, 30, 90), np.uint8)).save(buffer, "JPEG")
    return buffer.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def slices(*, patients: int = 1, count: int = 3) -> dict[str, bytes]:
    """Invented CT slices by path, the patient's name in it."""
    return {path: data for path, data, _ in phantom_files(patients=patients, slices=count, size=32)}


def without_pixels(data: bytes) -> bytes:
    import pydicom

    dataset = pydicom.dcmread(io.BytesIO(data))
    del dataset.PixelData
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def arrived(project: Project, files: Mapping[str, bytes], **fields: Any) -> Job:
    """The job of an upload, its files in the incoming area as services.ingest leaves them."""
    folder = storage.incoming("0123abcd")
    for number, data in enumerate(files.values()):
        (folder / str(number)).write_bytes(data)
    (folder / "names.json").write_text(json.dumps(list(files)))
    payload = {"incoming": "0123abcd"}
    return Job.objects.create(project=project, kind="ingest", payload=payload, **fields)


def is_gone(data_dir: Path) -> bool:
    return not (data_dir / "incoming" / "0123abcd").exists()
