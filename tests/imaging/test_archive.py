from __future__ import annotations

import random
import struct
import tempfile
import tracemalloc
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.errors import InvalidInput, UnreadableFile, UnsafeArchive
from winnow.imaging.archive import ArchiveLimits, safe_path, walk_archive


def packed(path: Path, files: list[tuple[str, bytes]], *, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return path


def walk(path: Path, **limits: int) -> list[tuple[str, bytes | str]]:
    """Each file's name with its bytes, or with the message of what is wrong with it."""
    found: list[tuple[str, bytes | str]] = []
    for entry in walk_archive(path, limits=ArchiveLimits(**limits)):
        try:
            found.append((entry.path, entry.read()))
        except UnsafeArchive:
            raise
        except InvalidInput as error:
            found.append((entry.path, error.message))
    return found


def test_files_come_in_order_with_their_position(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", [("b.png", b"2"), ("folder/", b""), ("folder/a.png", b"1")])
    entries = list(walk_archive(path))
    assert [(entry.position, entry.path, entry.size) for entry in entries] == [(0, "b.png", 1), (1, "folder/a.png", 1)]
    assert walk(path) == [("b.png", b"2"), ("folder/a.png", b"1")]


def test_what_operating_systems_leave_behind_is_passed_over(tmp_path: Path) -> None:
    litter = ["__MACOSX/a.png", "x/__MACOSX/._b", ".DS_Store", "x/.ds_store", "Thumbs.db", "x/._a.png", "desktop.ini"]
    path = packed(tmp_path / "a.zip", [(name, b"x") for name in litter] + [("x/a.png", b"1")])
    assert walk(path) == [("x/a.png", b"1")]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("//server/share/a", "server/share/a"),
        ("C:\\Users\\a.dcm", "Users/a.dcm"),
        ("C:..\\a.dcm", "a.dcm"),
        ("a/./b//c/../d", "a/b/c/d"),
        ("病人/扫描.dcm", "病人/扫描.dcm"),
        ("a\nb\x1b[31m.png", "a_b_[31m.png"),
        ("evil\u202egnp.exe", "evil_gnp.exe"),
        ("..", ""),
        ("/", ""),
    ],
)
def test_names_stay_in_their_folder(name: str, safe: str) -> None:
    assert safe_path(name) == safe


@given(st.text(max_size=60) | st.text(alphabet="./\\:C\x00a", max_size=30))
def test_no_name_leaves_its_folder(name: str) -> None:
    safe = PurePosixPath(safe_path(name))
    assert not safe.is_absolute()
    assert ".." not in safe.parts
    assert "\\" not in str(safe)
    assert str(safe).isprintable() or not name.isprintable()
    assert safe_path(str(safe)) in {str(safe), ""} or ":" in str(safe)
    str(safe).encode("utf-8")


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20).filter(
            lambda name: not name.endswith("/")  # that is a folder
        ),
        st.binary(max_size=50).filter(lambda data: not data.startswith((b"PK", b"\x1f\x8b"))),
        max_size=6,
    )
)
def test_any_names_in_an_archive_are_walked(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = packed(Path(folder) / "a.zip", [("f" + name, data) for name, data in files.items()])
        for entry in walk_archive(path):
            assert entry.path
            if entry.problem is None:
                assert entry.read() == list(files.values())[entry.position]


def test_a_name_in_utf8_without_its_flag_and_one_in_cp437(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", [("XXXXXX.png", b"1"), ("Y.png", b"2")], method=zipfile.ZIP_STORED)
    data = path.read_bytes().replace(b"XXXXXX", "扫描".encode()).replace(b"Y.png", b"\x81.png")
    path.write_bytes(data)
    assert [name for name, _ in walk(path)] == ["扫描.png", "ü.png"]


def test_duplicates_are_both_read(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        path = packed(tmp_path / "a.zip", [("a.png", b"1"), ("a.png", b"2")])
    assert walk(path) == [("a.png", b"1"), ("a.png", b"2")]


def test_a_damaged_entry_does_not_stop_the_rest(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", [("bad", b"A" * 99), ("good", b"1")], method=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"AAAAA", b"ABAAA", 1))
    assert walk(path) == [("bad", "The file is damaged in the archive."), ("good", b"1")]


def test_a_damaged_stream_does_not_stop_the_rest(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", [("bad", bytes(range(256)) * 40), ("good", b"1")])
    data = bytearray(path.read_bytes())
    data[40:60] = bytes(20)
    path.write_bytes(data)
    assert walk(path) == [("bad", "The file is damaged in the archive."), ("good", b"1")]


def test_an_entry_that_is_not_what_it_claims_is_damaged(tmp_path: Path) -> None:
    text = bytes(range(256)) * 40
    for offset, lie in ((16, b"\0\0\0\0"), (24, struct.pack("<L", len(text) + 1)), (24, struct.pack("<L", 99))):
        path = packed(tmp_path / "a.zip", [("bad", text), ("good", b"1")])
        data = bytearray(path.read_bytes())
        entry = data.index(b"PK\x01\x02")  # in the table of contents: the checksum, the size
        data[entry + offset : entry + offset + 4] = lie
        path.write_bytes(data)
        assert walk(path) == [("bad", "The file is damaged in the archive."), ("good", b"1")]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_beginning_of_a_file_comes_alone_and_spoils_nothing(method: int, tmp_path: Path) -> None:
    text = random.Random(0).randbytes(300_000)
    path = packed(tmp_path / "a.zip", [("a", text), ("b", b"1")], method=method)
    exactly = ArchiveLimits(total_bytes=len(text) + 1)  # what is read twice must not count twice
    for entry, whole in zip(walk_archive(path, limits=exactly), (text, b"1"), strict=True):
        start = entry.start(1000)
        assert whole.startswith(start)
        assert min(1000, len(whole)) <= len(start) <= 1 << 16
        assert entry.read() == entry.read() == entry.start(1 << 20) == whole


def test_damage_met_at_the_beginning_is_remembered(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", [("bad", random.Random(0).randbytes(200_000))], method=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    for entry in walk_archive(path):
        with pytest.raises(UnreadableFile):
            entry.start(1 << 20)
        with pytest.raises(UnreadableFile):
            entry.read()


def test_an_encrypted_entry_says_so(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", [("secret", b"1"), ("good", b"1")])
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    path.write_bytes(data)
    (name, message), good = walk(path)
    assert name == "secret"
    assert "encrypted" in str(message)
    assert good == ("good", b"1")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_without_a_bound_are_not_unpacked(tmp_path: Path, method: int) -> None:
    path = packed(tmp_path / "a.zip", [("a", bytes(1000))], method=method)
    assert "not opened" in str(walk(path)[0][1])


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip at all", b"PK\x05\x06" + bytes(17)])
def test_what_is_no_zip_is_unreadable(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(UnreadableFile):
        list(walk_archive(tmp_path / "a.zip"))


def test_an_archive_cut_off_is_unreadable(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", [("a", b"1" * 1000), ("b", b"2")])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(UnreadableFile):
        list(walk_archive(path))


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"entries": 2}, "holds 3 files; 2 are allowed"),
        ({"total_bytes": 2999}, "more than 2,999 bytes"),
    ],
)
def test_what_an_archive_claims_is_limited(tmp_path: Path, limits: dict[str, int], message: str) -> None:
    path = packed(tmp_path / "a.zip", [(name, bytes(1000)) for name in "abc"])
    assert len(walk(path)) == 3
    with pytest.raises(UnsafeArchive, match=message):
        walk(path, **limits)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"file_bytes": 99_999}, "The file unpacks to more than 99,999 bytes."),
        ({"ratio": 20, "ratio_floor": 1000}, "The file unpacks to more than 20 times its size."),
        ({"total_bytes": 50_000, "file_bytes": 99_999}, "The file unpacks to more than 99,999 bytes."),
    ],
)
def test_a_bomb_does_not_keep_the_others_out(tmp_path: Path, limits: dict[str, int], message: str) -> None:
    path = packed(tmp_path / "a.zip", [("first", b"1"), ("bomb", bytes(100_000)), ("last", b"2")])
    assert walk(path, **limits) == [("first", b"1"), ("bomb", message), ("last", b"2")]


def test_blank_files_in_an_ordinary_archive_are_no_bombs(tmp_path: Path) -> None:
    noise = random.Random(0).randbytes(5000)
    path = packed(tmp_path / "a.zip", [("noise", noise), ("blank", bytes(20_000))])
    assert walk(path, ratio=10, ratio_floor=1000) == [("noise", noise), ("blank", bytes(20_000))]


def test_a_lying_header_does_not_fill_the_memory(tmp_path: Path) -> None:
    """30 MB of zeros that claim to be 10 bytes."""
    path = packed(tmp_path / "bomb.zip", [("a.png", bytes(30 << 20))])
    data = bytearray(path.read_bytes())
    real = (30 << 20).to_bytes(4, "little")
    path.write_bytes(data.replace(real, (10).to_bytes(4, "little")))
    del data
    tracemalloc.start()
    try:
        assert walk(path) == [("a.png", "The file is damaged in the archive.")]
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
