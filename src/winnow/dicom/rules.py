"""PS3.15 Table E.1-1 as data: what happens to each attribute of a DICOM file before anything is stored.

``rules_e1_1.json`` holds every row of the table with its basic profile code and its options' codes;
scripts/make_deidentification_rules.py makes it. Beyond the table, attributes whose kind of value can
hold anything about a person are removed as well: ``action`` answers "X" for them.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydicom._dicom_dict import DicomDictionary

from winnow.errors import InvalidInput

SOP_PREFIX = "1.2.840.10008.5.1.4.1.1."

# kinds of value that hold names, dates or free text; what the table leaves of them is removed all the same
_SPEAKING = frozenset({"PN", "DA", "DT", "TM", "AE", "AS", "LT", "ST", "UT", "UC", "UR", "UN"})
# ... but for code values, without which a code sequence says nothing
_CODES = frozenset({0x00080119, 0x00080120})
# short texts that the table does not list (some are newer than this edition of it)
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
    }
)
_PIXEL_GROUPS = frozenset({0x0028, 0x7FE0})


@dataclass(frozen=True)
class Row:
    """One row of the table: its basic profile code (``X/Z/D`` ...) and the codes of the options."""

    name: str
    code: str
    options: dict[str, str]


@dataclass(frozen=True)
class Table:
    """rows: by tag as 8 hexadecimal digits; types: tag → "1" or "2" → SOP classes that demand it so."""

    edition: str
    rows: dict[str, Row]
    types: dict[str, dict[str, frozenset[str]]]


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
    )


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


def action(tag: int, options: Collection[str] = ()) -> str:
    """The code for a tag: X, Z, D, U, a compound of them such as X/Z/D, an option's C or K; K where nothing is to do.

    options : names as in the data file, such as ``retain_uids``; the first that has a code for the tag holds
    raises  : InvalidInput for an option that the table does not have
    """
    known = {name for each in table().rows.values() for name in each.options}
    if unknown := set(options) - known:
        raise InvalidInput(f"Table E.1-1 has no option {', '.join(sorted(unknown))}.")
    found = row(tag)
    if found is None:
        return _beyond(tag)
    return next((found.options[option] for option in options if option in found.options), found.code)


@cache
def basic_action(tag: int) -> str:
    """``action`` without options: asked for each attribute of each file."""
    return action(tag)


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
    return "U" if vr == "UI" and "SOPClass" not in keyword else "K"


def resolve(code: str, *, tag: int, sop_class: str, nested: bool) -> str:
    """One letter for a code: of a compound, the most thorough choice that leaves a valid file.

    sop_class : decides by the attribute's type there: type 1 wants a dummy, type 2 may be empty, type 3 goes
    nested    : inside a sequence its type is not looked up: the attribute stays, with an empty or dummy value
    """
    offered = code.replace("*", "").split("/")
    if len(offered) == 1:
        return offered[0]
    if nested or "U" in offered:
        return offered[-1]
    types = table().types.get(f"{tag:08x}", {})
    if sop_class in types.get("1", ()):
        return offered[-1]
    if sop_class in types.get("2", ()):
        return "Z" if "Z" in offered else offered[-1]
    return offered[0]
