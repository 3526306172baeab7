"""What must become of a planted attribute: Table E.1-1 and PS3.15 E.3 read once more, without Winnow's engine.

The actions are those that the MIDI-B challenge counts (Medical Image De-Identification Benchmark, arXiv 2507.23608), and one more:
``unlisted_removed`` for what the table does not list and Winnow removes all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dicom.corpus.planting import Path, Plant
from dicom.corpus.standard import is_retired, keyword_of, vr_of

from winnow.dicom.rules import Row, table

REMOVED, NOT_NULL, TAG, TEXT = "text_removed", "text_notnull", "tag_retained", "text_retained"
DATE, UID_CHANGED, UID_CONSISTENT, PATIENT = "date_shifted", "uid_changed", "uid_consistent", "patid_consistent"
HIDDEN, PIXELS = "pixels_hidden", "pixels_retained"
UNLISTED = "unlisted_removed"
MIDI_B = (REMOVED, TEXT, NOT_NULL, TAG, DATE, UID_CHANGED, UID_CONSISTENT, PATIENT, HIDDEN, PIXELS)

GONE, EMPTY, DUMMY, NEW, KEPT, SHIFTED, WORDS, PROTECTED = (
    "gone",
    "empty",
    "dummy",
    "new",
    "kept",
    "shifted",
    "words",
    "protected",
)

# kinds of value that can hold names, dates or free text: where the table is silent they go (PS3.15 E.1.1, notes 1, 4 and 5)
_SPEAKING = frozenset({"PN", "DA", "DT", "TM", "AE", "AS", "LT", "ST", "UT", "UC", "UR", "UN"})
_CODES = frozenset({"LongCodeValue", "URNCodeValue"})  # the values of codes, which table note 10 lets stay
# short texts that name a person, a device or a place
_NAMING = frozenset(
    {"PatientBirthDateInAlternativeCalendar", "PatientDeathDateInAlternativeCalendar", "BreedRegistrationNumber"}
    | {
        "SecondaryCaptureDeviceID",
        "DeviceID",
        "DeidentificationMethod",
        "SubstanceAdministrationNotes",
        "ContentDescription",
    }
    | {"FrameOfReferenceTransformationComment", "ContactDisplayName", "AuthorizationEquipmentCertificationNumber"}
    | {"NTPSourceAddress", "StorageMediaFileSetID"}
)
# of edition 2026c
_NEWER = frozenset(
    {"ChannelLabel", "ChannelDerivationDescription", "MultiplexGroupLabel", "WaveformAnnotationSequence"}
    | {"EthnicGroupCodeSequence"}
)
_VOCABULARIES = frozenset({"CodingSchemeUID", "ContextUID", "MappingResourceUID"})
_BINARY = frozenset({"OB", "UN"})  # time stamps that nobody can move
_TEXTS = frozenset({"CS", "LO", "LT", "SH", "ST", "UC", "UT"})


@dataclass(frozen=True)
class Demand:
    """fate : what becomes of the attribute; reason : why it goes where the table is silent, else ""."""

    fate: str
    reason: str = ""


def demand(
    plant: Plant, options: frozenset[str], kinds: Mapping[tuple[Path, int], str], safe: frozenset[int]
) -> Demand:
    """What must become of an attribute.

    options : names of those in force
    kinds   : types by place, for the sequences that it lies in
    safe    : private attributes that Table E.3.10-1 lists
    """
    for depth, (sequence, _) in enumerate(plant.path):
        path = plant.path[:depth]
        above = _own(Plant(0, path, sequence, "SQ", kinds.get((path, sequence), "")), options)
        if above.fate not in {KEPT, NEW}:
            return Demand(PROTECTED, above.reason)
    if plant.tag >> 16 & 1:
        return Demand(KEPT if plant.tag in safe and "retain_safe_private" in options else GONE)
    return _own(plant, options)


def _own(plant: Plant, options: frozenset[str]) -> Demand:
    row = _row(plant.tag)
    if row is None:
        return _unlisted(plant, options)
    codes = {option: code for option, code in row.options.items() if option in options}
    if "retain_modified_dates" in codes and plant.vr not in _BINARY:  # whatever another option says of it (E.3.6)
        return Demand(SHIFTED if plant.vr in {"DA", "DT"} else KEPT)
    if "K" in codes.values():
        return Demand(KEPT)
    if "C" in codes.values() and plant.vr == "SQ":
        return Demand(KEPT)
    if "C" in codes.values() and plant.vr in _TEXTS:
        return Demand(WORDS)
    return Demand(_basic(row, plant.kind))


def _row(tag: int) -> Row | None:
    text = f"{tag:08x}"
    if text[:2] == "50":
        return table().rows["50xxxxxx"]
    return table().rows.get(text) or (table().rows.get("60xx" + text[4:]) if text[:2] == "60" else None)


def _basic(row: Row, kind: str) -> str:
    """Of a compound code what the attribute's type demands; in a place that the standard does not have, any protection."""
    simple = {"X": GONE, "Z": EMPTY, "D": DUMMY if kind else PROTECTED, "U": NEW, "K": KEPT}
    if row.code in simple:
        return simple[row.code]
    if "U" in row.code:
        return NEW
    letter = {"1": "D", "2": "Z"}.get(kind, "")
    return simple[letter] if letter in row.code.split("/") else DUMMY if letter else PROTECTED


def _unlisted(plant: Plant, options: frozenset[str]) -> Demand:
    keyword = keyword_of(plant.tag)
    if plant.tag >> 24 == 0x60:
        return Demand(GONE, "overlays")
    if keyword in _NEWER | _NAMING:
        newer = "rows of a newer edition of the table"
        return Demand(GONE, newer if keyword in _NEWER else "short texts that name a person, device or place")
    if vr_of(plant.tag) in _SPEAKING and keyword not in _CODES:
        return Demand(GONE, f"kind of value {vr_of(plant.tag)}")
    if is_retired(plant.tag) and plant.tag >> 16 != 0x0028:
        return Demand(GONE, "retired")
    defining = "SOPClass" in keyword or "TransferSyntax" in keyword or keyword in _VOCABULARIES
    if plant.vr == "UI" and plant.number and not defining:
        return Demand(KEPT) if "retain_uids" in options else Demand(NEW, "UIDs")
    return Demand(KEPT)
