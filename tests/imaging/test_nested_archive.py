"""Archives that are no ZIP, and archives in archives."""

from __future__ import annotations

import base64
import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from winnow.errors import InvalidInput, UnreadableFile, UnsafeArchive
from winnow.imaging.archive import ArchiveLimits, walk_archive

FILES = {"b.png": b"2" * 700, "folder/a.png": b"1"}


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes], *, mode: str = "w", fmt: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=fmt) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def walk(tmp_path: Path, data: bytes, *, name: str = "", **limits: int) -> dict[str, bytes | str]:
    (tmp_path / "here").mkdir(exist_ok=True)
    path = tmp_path / "here" / "archive"
    path.write_bytes(data)
    found: dict[str, bytes | str] = {}
    for entry in walk_archive(path, name=name, limits=ArchiveLimits(**limits), scratch=path.parent):
        try:
            found[entry.path] = entry.read()
        except UnsafeArchive:
            raise
        except InvalidInput as error:
            found[entry.path] = error.message
    assert list(path.parent.iterdir()) == [path]  # nothing that was unpacked on the way stays
    return found


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("fmt", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_tar_is_walked_packed_or_not(tmp_path: Path, mode: str, fmt: int):
    assert walk(tmp_path, tarred(FILES, mode=mode, fmt=fmt)) == FILES


def test_names_in_a_tar_are_whole_and_harmless(tmp_path: Path):
    files = {f"{'扫描' * 90}/1.png": b"1", "../../etc/passwd": b"2", "._litter": b"3"}
    assert walk(tmp_path, tarred(files)) == {f"{'扫描' * 90}/1.png": b"1", "etc/passwd": b"2"}


def test_a_file_may_be_read_again_until_the_next_one(tmp_path: Path):
    (tmp_path / "a.tar").write_bytes(tarred(FILES))
    assert [(entry.read(), entry.read()) for entry in walk_archive(tmp_path / "a.tar")] == [
        (data, data) for data in FILES.values()
    ]


def test_links_in_a_tar_are_passed_over(tmp_path: Path):
    buffer = io.BytesIO(tarred(FILES))
    with tarfile.open(fileobj=buffer, mode="a") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert walk(tmp_path, buffer.getvalue()) == FILES


def test_a_single_file_packed_with_gzip_keeps_its_name(tmp_path: Path):
    data = bytes(range(256)) * 1000
    assert walk(tmp_path, gzip.compress(data), name="brain.nii.gz") == {"brain.nii.gz": data}
    assert walk(tmp_path, gzip.compress(data) + gzip.compress(b"more"), name="a") == {"a": data + b"more"}
    assert walk(tmp_path, zipped({"x/brain.nii.gz": gzip.compress(data)})) == {"x/brain.nii.gz": data}
    assert walk(tmp_path, tarred({"x/brain.nii.gz": gzip.compress(data)}, mode="w:gz")) == {"x/brain.nii.gz": data}


def test_archives_in_archives_are_opened_to_a_depth(tmp_path: Path):
    inner = zipped({"a.png": b"1", "in.tar.gz": tarred({"b.png": b"2"}, mode="w:gz")})
    outer = zipped({"first.png": b"0", "in.dcm": inner, "last.png": b"3"})
    expected = {"first.png": b"0", "in.dcm/a.png": b"1", "in.dcm/in.tar.gz/b.png": b"2", "last.png": b"3"}
    assert walk(tmp_path, outer) == expected
    assert walk(tmp_path, tarred({"out.zip": outer}, mode="w:gz"), depth=4) == {
        f"out.zip/{path}": data for path, data in expected.items()
    }
    shallow = walk(tmp_path, outer, depth=2)
    assert shallow["in.dcm/in.tar.gz"] == "More than 2 archives in each other are not opened."
    assert shallow["last.png"] == b"3"


def test_a_damaged_archive_in_an_archive_does_not_stop_the_rest(tmp_path: Path):
    broken = zipped({"a.png": b"1" * 3000})[:-40]
    cut = tarred({"b.png": bytes(3000)}, mode="w:gz")[:-30]
    found = walk(tmp_path, zipped({"broken.zip": broken, "cut.tgz": cut, "good.png": b"2"}))
    assert found["broken.zip"] == "This is not a ZIP, or its end is missing."
    assert [type(what) for path, what in found.items() if path.startswith("cut.tgz")] == [str]
    assert found["good.png"] == b"2"


def test_what_is_cut_off_is_unreadable(tmp_path: Path):
    assert walk(tmp_path, gzip.compress(bytes(range(256)) * 99)[:-50], name="a.nii.gz") == {
        "a.nii.gz": "The file is damaged in the archive."
    }
    with pytest.raises(UnreadableFile):
        walk(tmp_path, tarred({"a": bytes(range(256)) * 99}, mode="w:gz")[:-60])


def test_bombs_are_counted_where_they_come_out(tmp_path: Path):
    bomb = tarred({"a": bytes(300_000)}, mode="w:gz")
    for data in (bomb, zipped({"b.zip": zipped({"a": bytes(300_000)})}), zipped({"b.tgz": bomb})):
        assert len(walk(tmp_path, data)) == 1
        with pytest.raises(UnsafeArchive, match="more than 200,000 bytes"):
            walk(tmp_path, data, total_bytes=200_000)
    with pytest.raises(UnsafeArchive, match="times its size"):
        walk(tmp_path, bomb, ratio=20, ratio_floor=100_000)


def test_a_bomb_of_gzip_is_a_problem_of_its_own(tmp_path: Path):
    files = {"bomb.nii.gz": gzip.compress(bytes(300_000)), "good": b"1"}
    assert walk(tmp_path, zipped(files), file_bytes=100_000) == {
        "bomb.nii.gz": "The file unpacks to more than 100,000 bytes.",
        "good": b"1",
    }


def test_the_files_of_all_archives_are_counted_together(tmp_path: Path):
    data = zipped({f"{n}.zip": zipped({"a": b"1", "b": b"2"}) for n in range(3)})
    assert len(walk(tmp_path, data, entries=9)) == 6
    with pytest.raises(UnsafeArchive, match="8 are allowed"):
        walk(tmp_path, data, entries=8)


def test_a_folder_as_the_page_packs_it(tmp_path: Path):
    """tests/golden/folder.json holds the page to the same bytes."""
    golden = json.loads((Path(__file__).parents[1] / "golden" / "folder.json").read_text())
    expected = {path: content.encode() for path, content in golden["files"]}
    assert walk(tmp_path, base64.b64decode(golden["tar"])) == expected
