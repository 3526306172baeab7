"""Makes src/winnow/dicom/rules_e1_1.json from the tables of the DICOM standard as data.

usage: make_deidentification_rules.py PROFILE TYPES EDITION

PROFILE  a folder with confidentiality_profile_attributes.json of github.com/innolitics/dicom-standard
TYPES    a folder with sops, ciods, ciod_to_modules and module_to_attributes.json of the same project
         (its package `dicom-standard` on PyPI holds them; types of attributes hardly ever change)
EDITION  of PROFILE, as in the standard's own name: 2024b
"""

from __future__ import annotations

import json
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


def main(profile: Path, types: Path, edition: str) -> None:
    """Writes one row a line: a new edition then shows as a readable difference."""
    table = json.loads((profile / "confidentiality_profile_attributes.json").read_text())
    rows = sorted(_row(entry) for entry in table)
    compound = {row[0] for row in rows if "/" in row[2]}
    parts = {
        "edition": json.dumps(f"PS3.15 {edition}"),
        "rows": "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]",
        "types": "{\n"
        + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in _types(types, compound).items())
        + "\n}",
    }
    TARGET.write_text("{\n" + ",\n".join(f'"{name}": {text}' for name, text in parts.items()) + "\n}\n")


def _row(entry: dict[str, str]) -> list[Any]:
    tag = entry["tag"].lower()
    plain = "private" if "odd" in tag else tag.strip("()").replace(",", "")
    options = {name: entry[column] for column, name in OPTIONS.items() if column in entry}
    return [plain, entry["name"], entry["basicProfile"], options]


def _types(folder: Path, tags: set[str]) -> dict[str, dict[str, list[str]]]:
    """For each tag with a compound code: type 1 or 2 → the SOP classes whose top level demands it so."""

    def load(name: str) -> list[dict[str, str]]:
        return list(json.loads((folder / f"{name}.json").read_text()))

    strictest: dict[tuple[str, str], str] = {}
    for entry in load("module_to_attributes"):
        module, *path = entry["path"].split(":")
        if len(path) == 1 and path[0] in tags and entry["type"] and entry["type"][0] in "12":
            key = (module, path[0])
            strictest[key] = min(entry["type"][0], strictest.get(key, "3"))
    modules = defaultdict(set)
    for entry in load("ciod_to_modules"):
        modules[entry["ciodId"]].add(entry["moduleId"])
    ciods = {entry["name"]: entry["id"] for entry in load("ciods")}
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for sop in load("sops"):
        for tag in tags:
            demanded = {
                strictest[module, tag] for module in modules[ciods.get(sop["ciod"], "")] if (module, tag) in strictest
            }
            if demanded:
                found[tag][min(demanded)].append(sop["id"].removeprefix(SOP_PREFIX))
    return {tag: {kind: sorted(sops) for kind, sops in sorted(found[tag].items())} for tag in sorted(found)}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
