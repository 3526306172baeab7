"""PS3.15 Table E.1-1 as data: what happens to each attribute of a DICOM file before anything is stored.

``rules_e1_1.json`` holds every row of the table with its basic profile code and its options' codes, the types
that PS3.3 gives the attributes whose code leaves a choice, and Table E.3.10-1 (safe private attributes), each with
its edition; scripts/make_deidentification_rules.py makes it. Beyond the table, attributes whose kind of value can
hold anything about a person are removed as well: ``basic_action`` answers "X" for them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydicom._dicom_dict import DicomDictionary

from winnow.dicom.options import Options

SOP_PREFIX = "1.2.840.10008.5.1.4.1.1."

# kinds of value that hold names, dates or free text; what the table leaves of them is removed all the same
_SPEAKING = frozenset({"PN", "DA", "DT", "TM", "AE", "AS", "LT", "ST", "UT", "UC", "UR", "UN"})
# ... but for code values, without which a code sequence says nothing
_CODES = frozenset({0x00080119, 0x00080120})
# short texts that the table does not list, and rows of a newer edition of it (2026c)
_SPEAKING_KEYWORDS = frozenset(
    {
        "PatientBirthDateInAlternativeCalendar",
        "PatientDeathDateInAlternativeCalendar",
        "BreedRegistrationNumber",
        "DeviceID",
        "SecondaryCaptureDeviceID",
        "NTPSourceAddress",
        "OwnerID",
        "StorageMediaFileSetID",
        "RadiationMachineName",
        "HangingProtocolCreator",
        "HangingProtocolUserGroupName",
        "ContactDisplayName",
        "ContentDescription",
        "ComponentWelderIDs",
        "AuthorizationEquipmentCertificationNumber",
        "BoardingPassID",
        "ItineraryID",
        "AssignedLocation",
        "DeidentificationMethod",
        "SubstanceAdministrationNotes",
        "SystemStatusComment",
        "TestResultComment",
        "DoseComment",
        "FrameOfReferenceTransformationComment",
        "ChannelLabel",
        "ChannelDerivationDescription",
        "MultiplexGroupLabel",
        "WaveformAnnotationSequence",
        "EthnicGroupCodeSequence",
    }
)
# UIDs of vocabularies: without them a code says less, and they name nobody (table note 10)
_VOCABULARIES = frozenset({"CodingSchemeUID", "ContextUID", "MappingResourceUID"})
PRECEDENCE = (
    "retain_modified_dates",
    "retain_uids",
    "retain_device_identity",
    "retain_patient_characteristics",
    "clean_descriptors",
    "clean_graphics",
    "retain_safe_private",
)
# what an overlay's plane needs beside its data (PS3.3 C.9.2): rows, columns, frames, type, origin, bits, position
_OVERLAY = frozenset({0x0010, 0x0011, 0x0015, 0x0040, 0x0050, 0x0051, 0x0100, 0x0102})
_PIXEL_GROUPS = frozenset({0x0028, 0x7FE0})


@dataclass(frozen=True)
class Row:
    """One row of the table: its basic profile code (``X/Z/D`` ...) and the codes of the options."""

    name: str
    code: str
    options: dict[str, str]


@dataclass(frozen=True)
class Table:
    """What the standard says; tags are 8 hexadecimal digits.

    rows    : by tag
    types   : tag → "1" or "2" → SOP classes whose top level demands it so
    nested  : tag → sequence that holds it → "1", "2" or "3", the strictest of all objects that have it there
    private : private creator → group and the element's last two digits → kind of value, of those thought safe
    """

    edition: str
    rows: dict[str, Row]
    types: dict[str, dict[str, frozenset[str]]]
    nested: dict[str, dict[str, str]]
    private: dict[str, dict[str, str]]


@cache
def table() -> Table:
    """The table, read once."""
    data = json.loads(files(__package__).joinpath("rules_e1_1.json").read_text())
    return Table(
        edition=data["edition"],
        rows={tag: Row(name, code, options) for tag, name, code, options in data["rows"]},
        types={
            tag: {kind: frozenset(SOP_PREFIX + sop for sop in sops) for kind, sops in kinds.items()}
            for tag, kinds in data["types"].items()
        },
        nested=data["nested"],
        private=data["private"],
    )


PROFILE = table().edition


@cache
def row(tag: int) -> Row | None:
    """The table's row for a tag, its wildcards (odd groups, 50xx, 60xx) included."""
    rows = table().rows
    if (tag >> 16) & 1:
        return rows["private"]
    text = f"{tag:08x}"
    if text in rows:
        return rows[text]
    if text[:2] == "50":
        return rows["50xxxxxx"]
    return rows.get(text[:2] + "xx" + text[4:]) if text[:2] == "60" else None


@cache
def basic_action(tag: int) -> str:
    """The basic profile's code for a tag: X, Z, D, U or a compound of them such as X/Z/D; K where nothing is to do."""
    found = row(tag)
    return _beyond(tag) if found is None else found.code


@cache
def chosen_action(tag: int, options: Options) -> tuple[str, str]:
    """The option that decides on a tag and its code, K or C; ("", the basic profile's code) where none does.

    A date that two options speak of is moved, not kept as it is.
    """
    found = row(tag)
    if found is not None:
        for option in PRECEDENCE:
            if getattr(options, option) and option in found.options:
                return option, found.options[option]
    elif options.retain_uids and _beyond(tag) == "U":
        return "retain_uids", "K"
    elif options.clean_graphics and tag >> 24 == 0x60 and tag & 0xFFFF in _OVERLAY:
        return "clean_graphics", "C"
    return "", basic_action(tag)


@cache
def _beyond(tag: int) -> str:
    """What happens to an attribute that the table does not list."""
    group = tag >> 16
    if tag & 0xFFFF == 0 or group in {0x0000, 0x0004} or group >> 8 == 0x60 or tag not in DicomDictionary:
        return "X"  # group lengths, commands, directories, overlays, what nobody knows
    vr, _, _, retired, keyword = DicomDictionary[tag]
    if keyword in _SPEAKING_KEYWORDS or (vr in _SPEAKING and tag not in _CODES):
        return "X"
    if retired and group not in _PIXEL_GROUPS:
        return "X"
    names_an_instance = vr == "UI" and "SOPClass" not in keyword and keyword not in _VOCABULARIES
    return "U" if names_an_instance else "K"


def resolve(code: str, *, tag: int, sop_class: str, sequence: int | None = None) -> str:
    """One letter for a code: of a compound, the most thorough choice that leaves a valid file.

    sop_class : decides by the attribute's type there: type 1 wants a dummy, type 2 may be empty, type 3 goes
    sequence  : the tag of the sequence that holds the attribute; None at the top level
    source    : PS3.15 Table E.1-1a; the types are those of PS3.3
    """
    offered = code.replace("*", "").split("/")
    if len(offered) == 1:
        return offered[0]
    if "U" in offered:  # the sequence stays, its UIDs are replaced
        return "U"
    kind = _kind(tag, sop_class) if sequence is None else _kind_in(tag, sequence)
    if kind == "2" and "Z" in offered:
        return "Z"
    return offered[0] if kind == "3" else offered[-1]


def _kind(tag: int, sop_class: str) -> str:
    """The attribute's type at the top level; 3 where the object does not have it."""
    types = table().types.get(f"{tag:08x}", {})
    return next((kind for kind in ("1", "2") if sop_class in types.get(kind, ())), "3")


def _kind_in(tag: int, sequence: int) -> str:
    """The attribute's type in a sequence; 1, which removes least, where no object has it there."""
    return table().nested.get(f"{tag:08x}", {}).get(f"{sequence:08x}", "1")
