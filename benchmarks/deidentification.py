"""How many of the actions that de-identification demands are right, on invented files full of invented identifiers.

    nice python benchmarks/deidentification.py --json benchmarks/results/deidentification.json

The corpus, and what must become of each attribute, are those of the tests (tests/dicom/corpus): something is planted in every row of
Table E.1-1, in everything that PS3.3 has in the files' kinds, in sequences, private blocks, overlays, curves, the file meta group,
behind and in the pixels. Actions are counted in the manner of the MIDI-B challenge (arXiv 2507.23608). What the table lets stay
and Winnow takes out all the same is counted by its reason, and a second share counts it as wrong. Needs tesseract and the
development packages.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from dicom.corpus.files import corpus
from dicom.corpus.required import MIDI_B, UNLISTED
from dicom.corpus.run import RUNS, scored

from winnow.dicom.rules import PROFILE

if TYPE_CHECKING:
    from dicom.corpus.score import Score


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, required=True)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # pydicom's, of odd values
    cases, _ = corpus()
    report: dict[str, Any] = {
        "profile": PROFILE,
        "files": {
            case.recipe.name: {
                "modality": case.recipe.modality, "encoding": case.recipe.syntax.name, "characters": case.recipe.script,
                "planted": sum(1 for plant in case.plants if plant.number) + len(case.hidden),
            }
            for case in cases
        },
        "runs": {},
    }  # fmt: skip
    for name, options in RUNS.items():
        report["runs"][name] = counted(scored(options))
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report["runs"], indent=1))
    print(table(report["runs"]))


def counted(score: Score) -> dict[str, Any]:
    """[right, demanded] of each action, both shares, and what is left in the bytes."""
    actions = {name: [score.right[name], score.right[name] + score.wrong[name]] for name in (*MIDI_B, UNLISTED)}
    return {
        "actions": {name: count for name, count in actions.items() if count[1]},
        "right": score.right.total(),
        "demanded": score.right.total() + score.wrong.total(),
        "share": round(score.share(), 6),
        "beyond_the_table": dict(sorted(score.silent.items())),
        "share_by_the_table_alone": round(score.share_by_the_table(), 6),
        "planted_values_left": len(score.leaks),
    }


def table(runs: dict[str, Any]) -> str:
    """As docs/reference/deidentification.md shows it."""
    lines = [
        "| | " + " | ".join(f"`{name}`" if "_" in name else name for name in runs) + " |",
        "|---" * (len(runs) + 1) + "|",
    ]
    for action in (*MIDI_B, UNLISTED):
        counts = [run["actions"].get(action) for run in runs.values()]
        cells = [
            "" if count is None else f"{count[0]:,}" if count[0] == count[1] else f"{count[0]:,} of {count[1]:,}"
            for count in counts
        ]
        lines.append(f"| {action} | " + " | ".join(cells) + " |")
    for label, key in (("right", "share"), ("right by the table alone", "share_by_the_table_alone")):
        lines.append(f"| {label} | " + " | ".join(f"{run[key]:.2%}" for run in runs.values()) + " |")
    lines.append(
        "| planted values left | " + " | ".join(str(run["planted_values_left"]) for run in runs.values()) + " |"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
