"""The corpus through ``winnow deidentify``, once for each set of options."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

from dicom.corpus.files import PRIVATE, corpus
from dicom.corpus.score import Score

from winnow.dicom import Options, deidentify_folder
from winnow.dicom.options import CODES

KEY = b"a key for tests, 32 bytes long.."
_OPTIONS = tuple(name for name in CODES if name != "clean_pixel_data")
# name → options in force; "burned_in" is the command's default, and stands for the Clean Pixel Data Option
RUNS: dict[str, tuple[str, ...]] = {
    "basic profile": ("burned_in",),
    **{name: (name,) for name in _OPTIONS},
    "all options": ("burned_in", *_OPTIONS),
}
SAFE = frozenset((group << 16) | 0x1000 | element for group, _, element, _, listed in PRIVATE if listed)


def deidentified(data: bytes, options: Collection[str]) -> tuple[bytes | None, dict[str, Any]]:
    """The file that was written, None where it was quarantined, and its entry in the report."""
    with tempfile.TemporaryDirectory() as folder:
        source, destination = Path(folder) / "in.dcm", Path(folder) / "out"
        source.write_bytes(data)
        chosen = Options.named(name for name in options if name != "burned_in")
        burned_in = "blank" if "burned_in" in options else "off"
        report = deidentify_folder(source, destination, key=KEY, options=chosen, burned_in=burned_in)
        written = [path.read_bytes() for path in destination.rglob("*.dcm")]
        return (written[0] if written else None), report["files"][0]


def scored(options: Collection[str], names: Collection[str] = ()) -> Score:
    """The whole corpus with these options, or the files of these names."""
    cases, days = corpus()
    score = Score(frozenset(options), days, SAFE)
    for case in cases:
        if names and case.recipe.name not in names:
            continue
        written, entry = deidentified(case.data, options)
        score.add(case, written, next((change["regions"] for change in entry["changes"] if "regions" in change), ()))
        if written is None:
            score.faults.append(f"{case.recipe.name}: {entry['status']}: {entry['reason']}")
    return score
