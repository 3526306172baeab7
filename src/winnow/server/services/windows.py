"""The windows that an image's file names."""

from __future__ import annotations

from winnow.dicom.windows import NamedWindow, windows_of
from winnow.server import storage
from winnow.server.models import Image


def named_windows(*, image: Image) -> list[NamedWindow]:
    """In pixel units and the file's order; none for an image that is not DICOM."""
    if not image.header:
        return []
    centre, width = image.window
    return windows_of(storage.blobs.get(image.header), first=(centre, width), frame=(image.frame or 1) - 1)
