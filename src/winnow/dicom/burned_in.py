"""How likely a DICOM file has text in its pixels, by what its header says."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from winnow.dicom.refusal import sop_class
from winnow.dicom.rules import SOP_PREFIX
from winnow.dicom.values import text
from winnow.imaging.text_search import Expected

_SCREENS = ("7.", "3.", "6.")  # secondary capture, ultrasound multi-frame, ultrasound (PS3.4 B.5)
_WRITERS = frozenset({"US", "IVUS", "ES", "XC", "OT", "SC", "BDUS"})
_SLICES = frozenset({"CT", "MR", "PT"})


def expected_text(dataset: Dataset) -> Expected:
    """What to expect of a file's pixels, before anybody looks.

    source : Burned In Annotation PS3.3 C.7.6.1.1.1 (0028,0301), Conversion Type C.8.6.1, Image Type C.7.6.1.1.2
    """
    if text(dataset, "BurnedInAnnotation").strip().upper() == "YES":
        return "declared"
    kind = sop_class(dataset).removeprefix(SOP_PREFIX)
    modality = text(dataset, "Modality").strip().upper()
    if modality == "SEG":
        return "never"
    if f"{kind}.".startswith(_SCREENS) or modality in _WRITERS or text(dataset, "ConversionType"):
        return "likely"
    types = dataset.get("ImageType") or []
    types = {str(value).upper() for value in (types if isinstance(types, MultiValue) else [types])}
    return "seldom" if modality in _SLICES and not types & {"SECONDARY", "SCREEN SAVE"} else "possible"
