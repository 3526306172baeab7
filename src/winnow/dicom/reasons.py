"""Why a file's pixels cannot be decoded, in words for a person."""

from __future__ import annotations

import re

from pydicom.dataset import Dataset
from pydicom.uid import UID

from winnow.dicom.values import text

_EXTENDED_JPEG = "1.2.840.10008.1.2.4.51"


def transfer_syntax(dataset: Dataset) -> UID:
    """How the file's pixels are encoded; an empty UID where it does not say."""
    return UID(text(getattr(dataset, "file_meta", Dataset()), "TransferSyntaxUID"))


def is_compressed(dataset: Dataset) -> bool:
    """Whether the file names a compressed encoding that the standard defines."""
    syntax = transfer_syntax(dataset)
    return bool(syntax.is_transfer_syntax and not syntax.is_private and syntax.is_compressed)


def why_not_decoded(dataset: Dataset, error: BaseException) -> str:
    """One sentence; the decoders' own messages name classes and plug-ins that help nobody here."""
    message, syntax = str(error), transfer_syntax(dataset)
    missing = re.search(r"Missing required element: \(\w+,\w+\) '([^']+)'", message)
    cut_off = "less than expected" in message or "no pixel data" in message.lower()
    twelve_bits = syntax == _EXTENDED_JPEG and text(dataset, "BitsStored") not in {"", "8"}
    reasons = (
        (missing, f"The DICOM file's header lacks {missing.group(1) if missing else ''}."),
        ("MPEG" in syntax.name or "HEVC" in syntax.name, "The DICOM file is a video: only still pictures are read."),
        (cut_off, "The DICOM file's pixel data are cut off: there are fewer bytes than its header says."),
        (twelve_bits, "12-bit lossy JPEG cannot be decoded: convert the file to a lossless form."),
        (not syntax, "The DICOM file does not say how its pixels are encoded."),
        (
            isinstance(error, NotImplementedError),
            f"The DICOM file's compression ({syntax.name}) cannot be decoded: convert the file to a lossless form.",
        ),
        (is_compressed(dataset), f"The DICOM file's compressed pixel data ({syntax.name}) are damaged or unusual."),
    )
    return next((text for holds, text in reasons if holds), "The DICOM file's pixel data do not fit its header.")
