"""`winnow deidentify` and text in pixels: blanked, left out, or let be, and what the report and the files say of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import JPEGExtended12Bit, RLELossless

from winnow import cli
from winnow.dicom.folder import deidentify_folder
from winnow.dicom.phantom import phantom_files
from winnow.errors import InvalidInput
from winnow.imaging import tesseract

SIZE = 256
TEXT = ("MUELLER^ANNA", "DOB:23/06/1936", "ID:6614592")
CODE, BASIC = "113101", "113100"
NOT_SEARCHED = "Nobody searched its pixels for text: tesseract is not installed."
ULTRASOUND = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.6.1", "Modality": "US"}

Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def program(need_program: Callable[[str], str]) -> None:
    need_program("tesseract")


def ink() -> np.ndarray:
    canvas = Pillow.new("L", (SIZE, SIZE), 0)
    for row, text in enumerate(TEXT):
        ImageDraw.Draw(canvas).text((8, 8 + 18 * row), text, font=ImageFont.load_default(14), fill=255)
    return np.array(canvas)


INK = ink() > 100


def one(number: int = 0, *, text: bool, compressed: bool = False, **attributes: Any) -> Dataset:
    """A slice of an invented CT, written on or not, or what its attributes make of it."""
    *_, (_, data, _) = phantom_files(patients=1, slices=number + 1, size=SIZE)
    dataset = dcmread(io.BytesIO(data))
    if text:
        pixels = dataset.pixel_array.copy()
        pixels[INK] = pixels.max()
        dataset.PixelData = pixels.tobytes()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    if compressed:
        dataset.compress(RLELossless, generate_instance_uid=False)
    return dataset


@pytest.fixture
def run(tmp_path: Path, key: bytes) -> Run:
    """De-identify these data sets and answer the report's entries, in the order given."""

    def deidentified(*datasets: Dataset, **options: Any) -> list[dict[str, Any]]:
        (tmp_path / "in").mkdir()
        for number, dataset in enumerate(datasets):
            dataset.save_as(tmp_path / "in" / f"{number:03}.dcm", enforce_file_format=True)
        report = deidentify_folder(tmp_path / "in", tmp_path / "out", key=key, **options)
        assert not [word for word in ("MUELLER", "23/06/1936", "6614592") if word in json.dumps(report)]
        files: list[dict[str, Any]] = report["files"]
        return files

    return deidentified


@pytest.fixture
def written(tmp_path: Path) -> Callable[[], list[Dataset]]:
    return lambda: [dcmread(path) for path in sorted((tmp_path / "out").rglob("*.dcm"))]


def left(dataset: Dataset) -> float:
    """The share of the ink's pixels that still differ from the darkest value."""
    pixels = dataset.pixel_array
    return float((pixels[INK] != pixels.min()).mean())


def codes(dataset: Dataset) -> list[str]:
    return [item.CodeValue for item in dataset.DeidentificationMethodCodeSequence]


def regions(entry: dict[str, Any]) -> list[list[int]]:
    return [region for change in entry["changes"] for region in change.get("regions", [])]


@pytest.mark.parametrize("compressed", [False, True])
def test_text_is_blanked_by_default_and_nothing_else_is_changed(run: Run, written: Any, compressed: bool) -> None:
    original = one(text=True, **ULTRASOUND)
    (entry,) = run(one(text=True, compressed=compressed, **ULTRASOUND))
    (file,) = written()
    assert left(file) < 0.02
    found = regions(entry)
    assert (entry["status"], entry["reason"]) == (
        *("written", f"Text in its pixels was blanked: {len(found)} regions."),
    )
    (change,) = [change for change in entry["changes"] if change["tag"] == "(7FE0,0010)"]
    assert (change["keyword"], change["action"], change["regions"]) == ("PixelData", "C", found)
    outside = np.ones((SIZE, SIZE), np.bool_)
    for x, y, width, height in found:
        outside[y : y + height, x : x + width] = False
    assert outside.mean() > 0.8
    assert np.array_equal(file.pixel_array[outside], original.pixel_array[outside])
    assert (file.BurnedInAnnotation, codes(file)) == ("NO", [BASIC, CODE])


def test_what_was_searched_and_held_none_says_so(run: Run, written: Any) -> None:
    (entry,) = run(one(text=False, **ULTRASOUND))
    (file,) = written()
    assert (entry["status"], entry["reason"], regions(entry)) == ("written", "", [])
    assert (file.BurnedInAnnotation, codes(file)) == ("NO", [BASIC, CODE])


def test_by_wish_files_with_text_are_left_out(run: Run, written: Any) -> None:
    with_text, without = run(one(0, text=True, **ULTRASOUND), one(1, text=False, **ULTRASOUND), burned_in="quarantine")
    assert (with_text["status"], with_text["reason"]) == ("quarantined", "There seems to be text in its pixels.")
    assert (without["status"], len(written())) == ("written", 1)


def test_by_wish_nobody_searches_and_nothing_claims_it(run: Run, written: Any) -> None:
    plain, declared = run(one(0, text=True, **ULTRASOUND), one(1, text=True, BurnedInAnnotation="YES"), burned_in="off")
    (file,) = written()
    assert (plain["status"], declared["status"]) == ("written", "quarantined")
    assert left(file) > 0.9
    assert "BurnedInAnnotation" not in file
    assert codes(file) == [BASIC]


def test_a_file_that_says_so_is_blanked_or_left_out(run: Run, written: Any) -> None:
    found, not_found = run(one(0, text=True, BurnedInAnnotation="YES"), one(1, text=False, BurnedInAnnotation="YES"))
    (file,) = written()
    assert (found["status"], not_found["status"]) == ("written", "quarantined")
    assert "none was found" in not_found["reason"]
    assert (left(file) < 0.02, file.BurnedInAnnotation) == (True, "NO")


def test_a_clean_sample_spares_its_series_and_one_with_text_widens(run: Run, written: Any) -> None:
    clean = [one(number, text=False) for number in range(2)]
    marked = [one(number, text=True, SeriesInstanceUID="1.2.3.9") for number in range(20)]
    for number, dataset in enumerate(marked):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.9.{number}"
    entries = run(*clean, *marked)
    assert {entry["status"] for entry in entries} == {"written"}
    assert [bool(regions(entry)) for entry in entries] == [False] * 2 + [True] * 20
    # the clean series was not searched but for its sample, so nothing is said of it
    assert [left(file) < 0.02 for file in written() if CODE in codes(file)] == [True] * 20
    assert len(written()) == 22


def test_pixels_that_cannot_be_read_are_not_let_out_unsearched(run: Run, written: Any) -> None:
    unread = one(text=True, compressed=True, **ULTRASOUND)
    unread.file_meta.TransferSyntaxUID = JPEGExtended12Bit
    (entry,) = run(unread)
    assert entry["status"] == "quarantined"
    assert entry["reason"].startswith("Its pixels cannot be searched for text: ")
    assert written() == []


def test_without_the_program_nothing_comes_out_silently(
    run: Run, written: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tesseract, "program", lambda: None)
    likely, seldom = run(one(0, text=True, **ULTRASOUND), one(1, text=True))
    assert (likely["status"], likely["reason"]) == ("quarantined", NOT_SEARCHED)
    assert (seldom["status"], seldom["reason"]) == ("written", NOT_SEARCHED)
    (file,) = written()
    assert codes(file) == [BASIC]


def test_another_word_is_refused(tmp_path: Path, key: bytes) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(InvalidInput, match="one of blank, quarantine, off"):
        deidentify_folder(tmp_path / "in", tmp_path / "out", key=key, burned_in="paint")


def test_the_command_takes_the_option_and_warns_where_it_cannot_search(
    tmp_path: Path, written: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    one(text=True, **ULTRASOUND).save_as(tmp_path / "in" / "a.dcm", enforce_file_format=True)
    report = tmp_path / "report.json"
    command = ["deidentify", str(tmp_path / "in"), str(tmp_path / "out"), "--report", str(report)]
    assert cli.main(command) == 0
    assert capsys.readouterr().err == ""
    assert regions(json.loads(report.read_text())["files"][0])
    assert cli.main([*command, "--burned-in", "off"]) == 0
    assert {left(file) > 0.5 for file in written()} == {False, True}  # pseudonyms of another passing key
    monkeypatch.setattr(tesseract, "program", lambda: None)
    assert cli.main(command) == 0
    assert "tesseract is not installed" in capsys.readouterr().err
