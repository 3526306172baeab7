"""The proof of de-identification: a corpus full of invented identifiers, every demanded action counted, every byte searched.

The counts of the whole corpus are in benchmarks/results/deidentification.json; tests/dicom/corpus says what is counted.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from dicom.corpus import required as must
from dicom.corpus.builder import ROWS
from dicom.corpus.documents import DOCUMENTS, document
from dicom.corpus.files import corpus
from dicom.corpus.planting import planted_in
from dicom.corpus.run import KEY, RUNS, scored
from dicom.corpus.score import Score, inflated
from dicom.corpus.scripts import SCRIPTS
from pydicom import dcmread

from winnow.dicom import Options, deidentify_folder, read_deidentified

pytestmark = pytest.mark.filterwarnings("ignore:.*:UserWarning")  # pydicom's, of odd values

WHOLE = ("basic profile", "all options")
SOME = ("ct-2", "ct-3", "mr-2")  # two files of one patient, and another's


@pytest.fixture(autouse=True)
def program(need_program: Callable[[str], str]) -> None:
    need_program("tesseract")


@cache
def counted(run: str) -> Score:
    return scored(RUNS[run], names=() if run in WHOLE else SOME)


def test_the_corpus_holds_what_it_is_meant_to() -> None:
    cases, days = corpus()
    assert {case.recipe.modality for case in cases} == {"CT", "MR", "US", "OT"}
    assert {case.recipe.script for case in cases} == set(SCRIPTS)
    assert len({case.recipe.syntax for case in cases}) == 6
    for case in cases:
        numbers, found = planted_in(inflated(case.data), days)
        told = {plant.number for plant in case.plants if plant.vr not in BINARY_NUMBERS} - {0}
        assert told - numbers == set(), case.recipe.name  # what is searched for can be found
        assert case.hidden <= numbers, case.recipe.name
        assert len(found) > 200
        top = {plant.tag for plant in case.plants if not plant.path}
        assert {tag for tag in ROWS if tag >> 16 >= 8} - top == set()
        assert set(ROWS) - {plant.tag for plant in case.plants if plant.path} == set()
    assert max(len(plant.path) for case in cases for plant in case.plants) >= 4


# numbers that are stored as such: looked at in their places, not in the bytes
BINARY_NUMBERS = {"US", "SS", "UL", "SL", "UV", "SV", "FL", "FD", "AT", "AS", "DA", "SQ"}


@pytest.mark.parametrize("run", RUNS)
def test_999_of_1000_actions_are_right_and_nothing_planted_is_left(run: str) -> None:
    score = counted(run)
    assert score.leaks == []
    assert score.share() >= 0.999, score.faults[:20]
    assert score.right.total() > (30_000 if run in WHOLE else 7_000)
    removal, retention = score.right[must.REMOVED], score.right[must.TEXT] + score.right[must.TAG]
    assert min(removal, retention) > 1_500
    # what Winnow takes out beyond the table is known, and little
    assert score.share_by_the_table() > 0.95
    assert set(score.silent) <= {*REASONS, *(f"kind of value {vr}" for vr in ("LT", "ST", "UC", "UR", "UT"))}


REASONS = {
    "rows of a newer edition of the table",
    "the rest of a text in which a name is found",
    "short texts that name a person, device or place",
    "overlays",
    "UIDs",
}


def test_each_action_of_the_challenge_is_asked_for() -> None:
    basic, dates = counted("basic profile"), counted("retain_modified_dates")
    assert {*basic.right, must.DATE} == {*must.MIDI_B, must.UNLISTED}
    assert dates.right[must.DATE] > 500
    assert basic.right[must.HIDDEN] == 6  # three words in two pictures


def test_nothing_planted_comes_through_the_door_of_the_server() -> None:
    cases, days = corpus()
    for case in cases:
        done = read_deidentified(case.data, key=KEY, options=Options())
        numbers, found = planted_in(done.header, days)
        kept = {
            plant.number for plant in case.plants if must.demand(plant, frozenset(), {}, frozenset()).fate == must.KEPT
        }
        assert numbers - kept - {0} == set()
        assert found == set()
        told = json.dumps([change.as_dict() for change in done.changes], ensure_ascii=False).encode()
        assert planted_in(told, days) == (set(), set())
        assert len(done.pictures) == int(dcmread(io.BytesIO(case.data)).get("NumberOfFrames") or 1)


def test_neither_reports_nor_names_of_files_say_what_was_planted(tmp_path: Path) -> None:
    cases, days = corpus()
    numbered = {
        case.recipe.name: dcmread(io.BytesIO(case.data), specific_tags=[0x00100010, 0x00100020]) for case in cases
    }
    for case in cases:
        header = numbered[case.recipe.name]
        names = str(header.PatientName).replace("^", "_").replace("=", "-")
        folder = tmp_path / "in" / names / str(header.PatientID).split(maxsplit=1)[0]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{case.recipe.name}.dcm").write_bytes(case.data)
    report = deidentify_folder(tmp_path / "in", tmp_path / "out", key=KEY, burned_in="off")
    assert {entry["status"] for entry in report["files"]} == {"written"}
    told = json.dumps(report, ensure_ascii=False) + " ".join(str(path) for path in (tmp_path / "out").rglob("*"))
    assert planted_in(told.encode(), days) == (set(), set())


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_documents_are_quarantined_whatever_they_hold(kind: str, tmp_path: Path) -> None:
    """Structured and encapsulated ones are text: no rule of a table makes them safe."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "1.dcm").write_bytes(document(kind))
    report = deidentify_folder(tmp_path / "in", tmp_path / "out", key=KEY)
    (entry,) = report["files"]
    assert entry["status"] == "quarantined"
    assert DOCUMENTS[kind].reason in entry["reason"]
    assert entry["changes"] == []
    assert not any(path.is_file() for path in (tmp_path / "out").rglob("*"))
    assert planted_in(json.dumps(report).encode(), {}) == (set(), set())


def test_what_the_documentation_says_was_measured_on_this_corpus() -> None:
    root = Path(__file__).parents[2]
    report = json.loads((root / "benchmarks" / "results" / "deidentification.json").read_text())
    page = (root / "docs" / "reference" / "deidentification.md").read_text()
    planted = {
        case.recipe.name: sum(1 for plant in case.plants if plant.number) + len(case.hidden) for case in corpus()[0]
    }
    assert {name: file["planted"] for name, file in report["files"].items()} == planted
    assert f"{sum(planted.values()):,} invented values" in page
    assert set(report["runs"]) == set(RUNS)
    for run in report["runs"].values():
        assert run["share"] >= 0.999
        assert run["planted_values_left"] == 0
        rows = {f"{right:,}" if right == demanded else "-" for right, demanded in run["actions"].values()}
        assert all(f"| {count} |" in page for count in rows)
