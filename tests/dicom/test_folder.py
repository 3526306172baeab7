from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from winnow.dicom.folder import deidentify_folder, load_or_make_key
from winnow.dicom.options import Options
from winnow.dicom.phantom import phantom_files
from winnow.errors import InvalidInput, NotFound, UnreadableFile

Make = Callable[..., Dataset]
AsBytes = Callable[[Dataset], bytes]


@pytest.fixture
def source(tmp_path: Path, make: Make, as_bytes: AsBytes) -> Path:
    folder = tmp_path / "in" / "NOVA_ADA"
    folder.mkdir(parents=True)
    (folder / "1.dcm").write_bytes(as_bytes(make(SOPInstanceUID="1.2.3.4.1")))
    (folder / "2.dcm").write_bytes(as_bytes(make(SOPInstanceUID="1.2.3.4.2")))
    (folder / "copy of 1.dcm").write_bytes(as_bytes(make(SOPInstanceUID="1.2.3.4.1")))
    other = make(np.ones((3, 4), np.uint16), SOPInstanceUID="1.2.3.4.1")
    (folder / "other 1.dcm").write_bytes(as_bytes(other))
    (folder / "burned.dcm").write_bytes(as_bytes(make(BurnedInAnnotation="YES")))
    (folder / "text.dcm").write_text("no DICOM at all")
    return folder.parent


def test_each_file_has_its_line(source: Path, tmp_path: Path, key: bytes) -> None:
    report = deidentify_folder(source, tmp_path / "out", key=key)
    by_name = {line["path"].split("/")[-1]: line for line in report["files"]}
    assert {name: line["status"] for name, line in by_name.items()} == {
        "1.dcm": "written",
        "2.dcm": "written",
        "burned.dcm": "quarantined",
        "copy of 1.dcm": "duplicate",
        "other 1.dcm": "written",
        "text.dcm": "quarantined",
    }
    assert "burned" in by_name["burned.dcm"]["reason"]
    assert "not a DICOM" in by_name["text.dcm"]["reason"]
    named = next(change for change in by_name["1.dcm"]["changes"] if change["tag"] == "(0010,0010)")
    assert named["action"] == "Z"
    assert len(named["old"]) == 16
    assert "NOVA" not in json.dumps(report).upper()


def test_only_what_is_safe_is_written_under_new_uids(source: Path, tmp_path: Path, key: bytes) -> None:
    deidentify_folder(source, tmp_path / "out", key=key)
    written = sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert len(written) == 3
    for path in written:
        data = path.read_bytes()
        dataset = dcmread(path)
        assert path.parent.name == dataset.SeriesInstanceUID
        assert path.stem.removesuffix("-2") == dataset.SOPInstanceUID
        assert not any(word in data for word in (b"Nova", b"NV-4711", b"1.2.3."))
        assert dataset.pixel_array.shape == (3, 4)


def test_a_zip_and_a_single_file_are_sources_too(source: Path, tmp_path: Path, key: bytes) -> None:
    package = tmp_path / "in.zip"
    with zipfile.ZipFile(package, "w") as archive:
        for path in sorted(source.rglob("*.dcm")):
            archive.write(path, path.relative_to(source))
        archive.writestr("inner.zip", b"PK\x03\x04 something")
    from_folder = deidentify_folder(source, tmp_path / "a", key=key)["files"]
    from_zip = deidentify_folder(package, tmp_path / "b", key=key)["files"]
    assert from_zip[:-1] == from_folder
    assert "not a ZIP" in from_zip[-1]["reason"]
    single = deidentify_folder(source / "NOVA_ADA" / "1.dcm", tmp_path / "c", key=key)
    assert [(line["path"], line["status"]) for line in single["files"]] == [("1.dcm", "written")]


def test_phantoms_keep_every_pixel(tmp_path: Path, key: bytes) -> None:
    (tmp_path / "in").mkdir()
    stored = []
    for number, (_, data, _) in enumerate(phantom_files(patients=2, slices=2, size=64)):
        (tmp_path / "in" / f"{number}.dcm").write_bytes(data)
        stored.append(dcmread(tmp_path / "in" / f"{number}.dcm").PixelData)
    report = deidentify_folder(tmp_path / "in", tmp_path / "out", key=key)
    assert [line["status"] for line in report["files"]] == ["written"] * 4
    assert sorted(dcmread(path).PixelData for path in (tmp_path / "out").rglob("*.dcm")) == sorted(stored)


def test_sources_and_destinations_that_cannot_be(source: Path, tmp_path: Path, key: bytes) -> None:
    with pytest.raises(NotFound):
        deidentify_folder(tmp_path / "nowhere", tmp_path / "out", key=key)
    for destination in (source, source / "out", source.parent):
        with pytest.raises(InvalidInput, match="another folder"):
            deidentify_folder(source, destination, key=key)
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(UnreadableFile):
        deidentify_folder(tmp_path / "broken.zip", tmp_path / "out", key=key)


def test_links_out_of_the_source_are_not_followed(source: Path, tmp_path: Path, key: bytes) -> None:
    (tmp_path / "secret.dcm").write_bytes((source / "NOVA_ADA" / "1.dcm").read_bytes())
    (source / "link.dcm").symlink_to(tmp_path / "secret.dcm")
    assert len(deidentify_folder(source, tmp_path / "out", key=key)["files"]) == 6


def test_a_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "key"
    key = load_or_make_key(path)
    assert load_or_make_key(path) == key
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_make_key(None) != load_or_make_key(None)
    path.write_bytes(b"short")
    with pytest.raises(InvalidInput, match="5 bytes"):
        load_or_make_key(path)


def test_options_are_told_in_the_report(source: Path, tmp_path: Path, key: bytes) -> None:
    report = deidentify_folder(source, tmp_path / "out", key=key, options=Options(retain_uids=True))
    assert (report["profile"], report["options"]) == ("PS3.15 2024b", ["retain_uids"])
    assert any(path.name == "1.2.3.4.1.dcm" for path in (tmp_path / "out").rglob("*.dcm"))
    with pytest.raises(InvalidInput, match="clean-pixel-data"):
        deidentify_folder(source, tmp_path / "out", key=key, options=Options(clean_pixel_data=True))
