"""Makes src/winnow/dicom/rules_e1_1.json from the tables of the DICOM standard as data.

usage: make_deidentification_rules.py PROFILE TYPES PRIVATE EDITION TYPES_EDITION PRIVATE_EDITION

PROFILE  a folder with confidentiality_profile_attributes.json of github.com/innolitics/dicom-standard
TYPES    a folder with sops, ciods, ciod_to_modules, module_to_attributes and macro_to_attributes.json of the same
         project (its package `dicom-standard` on PyPI holds them; types of attributes hardly ever change)
PRIVATE  PS3.15 Annex E as reStructuredText, for Table E.3.10-1, from github.com/chsasank/dicom_standard
The editions are those of the three, as in the standard's own name: 2024b
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "src" / "winnow" / "dicom" / "rules_e1_1.json"
SOP_PREFIX = "1.2.840.10008.5.1.4.1.1."
OPTIONS = {
    "rtnSafePrivOpt": "retain_safe_private",
    "rtnUIDsOpt": "retain_uids",
    "rtnDevIdOpt": "retain_device_identity",
    "rtnInstIdOpt": "retain_institution_identity",
    "rtnPatCharsOpt": "retain_patient_characteristics",
    "rtnLongFullDatesOpt": "retain_full_dates",
    "rtnLongModifDatesOpt": "retain_modified_dates",
    "cleanDescOpt": "clean_descriptors",
    "cleanStructContOpt": "clean_structured_content",
    "cleanGraphOpt": "clean_graphics",
}


# kinds of value that hold numbers, codes or a few words; a sequence, binary data or a UID can hold anything
PLAIN = {"CS", "DS", "FD", "FL", "IS", "LO", "SH", "SL", "SS", "UL", "US"}


def main(profile: Path, types: Path, private: Path, *editions: str) -> None:
    """Writes one row a line: a new edition then shows as a readable difference."""
    edition, types_edition, private_edition = editions
    table = json.loads((profile / "confidentiality_profile_attributes.json").read_text())
    rows = sorted(_row(entry) for entry in table)
    compound = {row[0] for row in rows if "/" in row[2]}
    parts = {
        "edition": json.dumps(f"PS3.15 {edition}"),
        "types_edition": json.dumps(f"PS3.3 {types_edition}"),
        "private_edition": json.dumps(f"PS3.15 {private_edition}"),
        "rows": "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]",
        "types": _lines(_types(types, compound)),
        "nested": _lines(_nested(types, compound)),
        "private": _lines(_private(private)),
    }
    TARGET.write_text("{\n" + ",\n".join(f'"{name}": {text}' for name, text in parts.items()) + "\n}\n")


def _lines(entries: dict[str, Any]) -> str:
    return "{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(entries[key])}" for key in sorted(entries)) + "\n}"


def _row(entry: dict[str, str]) -> list[Any]:
    tag = entry["tag"].lower()
    plain = "private" if "odd" in tag else tag.strip("()").replace(",", "")
    options = {name: entry[column] for column, name in OPTIONS.items() if column in entry}
    return [plain, entry["name"], entry["basicProfile"], options]


def _types(folder: Path, tags: set[str]) -> dict[str, dict[str, list[str]]]:
    """For each tag with a compound code: type 1 or 2 → the SOP classes whose top level demands it so."""
    strictest: dict[tuple[str, str], str] = {}
    for entry in _load(folder, "module_to_attributes"):
        module, *path = entry["path"].split(":")
        if len(path) == 1 and path[0] in tags and entry["type"] and entry["type"][0] in "12":
            key = (module, path[0])
            strictest[key] = min(entry["type"][0], strictest.get(key, "3"))
    modules = defaultdict(set)
    for entry in _load(folder, "ciod_to_modules"):
        modules[entry["ciodId"]].add(entry["moduleId"])
    ciods = {entry["name"]: entry["id"] for entry in _load(folder, "ciods")}
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for sop in _load(folder, "sops"):
        for tag in tags:
            demanded = {
                strictest[module, tag] for module in modules[ciods.get(sop["ciod"], "")] if (module, tag) in strictest
            }
            if demanded:
                found[tag][min(demanded)].append(sop["id"].removeprefix(SOP_PREFIX))
    return {tag: {kind: sorted(sops) for kind, sops in sorted(found[tag].items())} for tag in sorted(found)}


def _nested(folder: Path, tags: set[str]) -> dict[str, dict[str, str]]:
    """For each tag with a compound code: the sequence that holds it → its strictest type there (1, 2 or 3)."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for name in ("module_to_attributes", "macro_to_attributes"):
        for entry in _load(folder, name):
            _, *path = entry["path"].split(":")
            if len(path) > 1 and path[-1] in tags and (entry["type"] or "?")[0] in "123":
                sequence = path[-2]
                found[path[-1]][sequence] = min(entry["type"][0], found[path[-1]].get(sequence, "3"))
    return {tag: dict(sorted(sequences.items())) for tag, sequences in found.items()}


def _private(text: Path) -> dict[str, dict[str, str]]:
    """For each private creator: group and last two digits of the element → its kind of value."""
    table = text.read_text().partition("table:: Safe Private Attributes")[2].partition(".. note")[0]
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for block in re.split(r"^ *\+[-=+]+\+$", table, flags=re.MULTILINE):
        lines = [line.strip().strip("|").split("|") for line in block.splitlines() if line.strip().startswith("|")]
        tag, creator, vr, *_ = [
            " ".join(part.strip() for part in column).strip() for column in zip(*lines, strict=True)
        ] or [""] * 3
        if (match := re.match(r"\((\w{4}), *xx(\w\w)\)", tag)) and vr in PLAIN:
            found[creator]["".join(match.groups()).lower()] = vr
    return {creator: dict(sorted(elements.items())) for creator, elements in found.items()}


def _load(folder: Path, name: str) -> list[dict[str, str]]:
    return list(json.loads((folder / f"{name}.json").read_text()))


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]), *sys.argv[4:])
