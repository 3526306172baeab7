from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from winnow.errors import CorruptData, NotFound, StorageFull
from winnow.server import storage
from winnow.server.storage import Blobs


@given(data=st.binary(max_size=300))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_put_is_what_is_got(data: bytes, tmp_path: Path):
    blobs = Blobs(tmp_path / "blobs")
    digest = blobs.put(data)
    assert blobs.exists(digest)
    assert blobs.get(digest) == data
    assert blobs.put(data) == digest


def test_a_blob_that_is_there_is_not_written_again(tmp_path: Path):
    blobs = Blobs(tmp_path)
    path = blobs.path(blobs.put(b"once"))
    before = path.stat().st_ino
    blobs.put(b"once")
    assert path.stat().st_ino == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_changed_blob_is_noticed():
    digest = storage.blobs.put(b"mask")
    storage.blobs.path(digest).write_bytes(b"mask!")
    with pytest.raises(CorruptData):
        storage.blobs.get(digest)


def test_a_missing_blob_is_named():
    with pytest.raises(NotFound, match="0123456789ab"):
        storage.blobs.get("0123456789abcdef")


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_a_full_disk_stores_nothing(call: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*((os, "fsync", full) if call == "fsync" else (Path, "rename", full)))
    with pytest.raises(StorageFull):
        Blobs(tmp_path).put(b"too much")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float16", "float32"])
def test_arrays_come_back_whole(dtype: str):
    array = np.arange(-3, 21).astype(dtype).reshape(4, 6)
    digest = storage.put_array(array)
    assert storage.put_array(array.copy(order="F")) == digest
    back = storage.get_array(digest, shape=(4, 6), dtype=dtype)
    np.testing.assert_array_equal(back, array)
    back[0, 0] = 1  # a copy of its own


def test_big_endian_arrays_are_stored_little_endian():
    big = np.array([[1, 256]], dtype=">u2")
    assert storage.put_array(big) == storage.put_array(big.astype("<u2"))


def test_an_array_of_another_shape_is_corrupt():
    digest = storage.put_array(np.zeros((4, 6), np.uint8))
    with pytest.raises(CorruptData, match="24 values"):
        storage.get_array(digest, shape=(5, 6), dtype="uint8")


def test_incoming_is_private_and_goes():
    folder = storage.incoming("a1b2")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / "0").write_bytes(b"patient")
    storage.discard_incoming("a1b2")
    assert not folder.exists()
    storage.discard_incoming("a1b2")


@pytest.mark.parametrize("name", ["", ".", "..", "../keys", "a/b", "/etc"])
def test_no_name_leaves_its_folder(name: str):
    with pytest.raises(NotFound):
        storage.incoming(name)
    with pytest.raises(NotFound):
        storage.discard_incoming(name)


def test_a_project_keeps_its_key_and_no_other():
    key = storage.project_key(1)
    assert len(key) == 32
    assert storage.project_key(1) == key
    assert storage.project_key(2) != key
    path = Path(storage.exports_dir()).parent / "keys" / "1"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    storage.discard_project_key(1)
    assert storage.project_key(1) != key


def test_scratch_survives_until_it_is_discarded():
    (storage.scratch(7) / "step").write_text("1")
    assert (storage.scratch(7) / "step").read_text() == "1"
    storage.discard_scratch(7)
    assert not (storage.scratch(7) / "step").exists()
