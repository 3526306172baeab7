"""A storage service that is called by others: what it takes, what it refuses and with which status, what it cuts off."""

from __future__ import annotations

import io
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE, _config
from pynetdicom.sop_class import CTImageStorage, Verification

from winnow.dicom.phantom import phantom_files
from winnow.dicom.receive import LONGEST_PDU, Receiver, Sender
from winnow.errors import InvalidInput, StorageFull, WrongState

FILES = [data for _, data, _ in phantom_files(patients=1, slices=3, size=32)]
LARGEST = 1 << 20
Take = Callable[[Sender, Path], None]


class Took:
    """Moves what comes into a folder, or refuses it with ``refuse``."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.coming_in = folder / "taken", folder / "coming in"
        self.folder.mkdir()
        self.coming_in.mkdir()
        self.senders: list[Sender] = []
        self.refuse: Exception | None = None

    def __call__(self, sender: Sender, file: Path) -> None:
        if self.refuse:
            raise self.refuse
        self.senders.append(sender)
        file.rename(self.folder / f"{len(self.senders)}")


@pytest.fixture
def took(tmp_path: Path) -> Took:
    return Took(tmp_path)


@contextmanager
def receiving(took: Took, **options: Any) -> Iterator[Receiver]:
    fixed = {"address": ("127.0.0.1", 0), "aet": "WINNOW", "folder": took.coming_in, "largest": LARGEST, "take": took}
    with Receiver(**(fixed | options)) as receiver:
        yield receiver


@pytest.fixture
def receiver(took: Took) -> Iterator[Receiver]:
    with receiving(took) as receiver:
        yield receiver


@contextmanager
def associated(port: int, *, calling: str = "SCANNER", called: str = "WINNOW") -> Iterator[Any]:
    entity = AE(calling)
    entity.add_requested_context(CTImageStorage)
    entity.add_requested_context(Verification)
    association = entity.associate("127.0.0.1", port, ae_title=called)
    line = association.dul.socket.socket  # which the library forgets to close once the other side has
    try:
        yield association
    finally:
        if association.is_established:
            association.release()
        if line is not None:
            line.close()


def large(size: int) -> Dataset:
    dataset = dcmread(io.BytesIO(FILES[0]))
    dataset.PixelData = bytes(size)
    return dataset


def test_objects_are_taken_as_they_came(receiver: Receiver, took: Took) -> None:
    with associated(receiver.port) as association:
        assert association.send_c_echo().Status == 0
        for data in FILES:
            assert association.send_c_store(dcmread(io.BytesIO(data))).Status == 0
    assert set(took.senders) == {Sender("SCANNER", "127.0.0.1")}
    came = {one.SOPInstanceUID: one.PixelData for one in map(dcmread, took.folder.iterdir())}
    sent = map(dcmread, map(io.BytesIO, FILES))
    assert came == {one.SOPInstanceUID: one.PixelData for one in sent}
    assert {path.stat().st_mode & 0o777 for path in took.folder.iterdir()} == {0o600}
    assert list(took.coming_in.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StorageFull("The disk has too little left."), 0xA700),
        (OSError("broken disk"), 0xA700),
        (WrongState("Not now."), 0x0110),
    ],
)
def test_a_refusal_has_its_status_and_leaves_nothing(
    receiver: Receiver, took: Took, error: Exception, status: int
) -> None:
    took.refuse = error
    with associated(receiver.port) as association:
        answer = association.send_c_store(dcmread(io.BytesIO(FILES[0])))
        assert answer.Status == status
        took.refuse = None
        assert association.send_c_store(dcmread(io.BytesIO(FILES[1]))).Status == 0
    assert len(list(took.folder.iterdir())) == 1
    assert list(took.coming_in.iterdir()) == []


def test_an_object_that_is_too_large_is_refused(receiver: Receiver, took: Took) -> None:
    with associated(receiver.port) as association:
        answer = association.send_c_store(large(LARGEST))
        assert (answer.Status, "WINNOW_MAX_FILE_BYTES" in answer.ErrorComment) == (0xA700, True)
        assert association.send_c_store(large(LARGEST - 10_000)).Status == 0
    assert len(took.senders) == 1
    assert list(took.coming_in.iterdir()) == []


def wait_until_closed(association: Any) -> None:
    association.join(timeout=30)
    assert not association.is_alive()


def test_one_that_never_ends_is_cut_off(receiver: Receiver, took: Took) -> None:
    with associated(receiver.port) as association:
        answer = association.send_c_store(large(8 * LARGEST))
        assert "Status" not in answer
        wait_until_closed(association)
    assert took.senders == []
    with associated(receiver.port) as association:  # others go on
        assert association.send_c_store(dcmread(io.BytesIO(FILES[0]))).Status == 0
    assert list(took.coming_in.iterdir()) == []


def test_a_disk_that_fills_up_meanwhile_cuts_it_off(took: Took) -> None:
    def full(_: Sender) -> None:
        raise StorageFull("The disk has too little left.")

    with receiving(took, largest=16 * LARGEST, coming=full) as receiver, associated(receiver.port) as association:
        assert "Status" not in association.send_c_store(large(8 * LARGEST))
        wait_until_closed(association)
    assert list(took.coming_in.iterdir()) == []


def test_a_length_that_nobody_agreed_to_is_not_gathered(receiver: Receiver) -> None:
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=30) as line:
        line.sendall(struct.pack(">BBL", 1, 0, LONGEST_PDU + 1))
        assert line.recv(100)[:1] in (b"", b"\x07")  # closed, or aborted


def test_only_its_own_title_is_answered(receiver: Receiver) -> None:
    with associated(receiver.port, called="SOMEBODY") as association:
        assert association.is_rejected


def test_only_named_peers_may_send(took: Took) -> None:
    with receiving(took, peers=["SCANNER"]) as receiver:
        with associated(receiver.port, calling="STRANGER") as association:
            assert association.is_rejected
        with associated(receiver.port, calling="SCANNER") as association:
            assert association.is_established


@pytest.mark.parametrize("title", ["", "   ", "A" * 17, "BACK\\SLASH", "TAB\t", "MÜNCHEN"])
def test_what_is_no_title(took: Took, title: str) -> None:
    for options in ({"aet": title}, {"peers": [title]}):
        with pytest.raises(InvalidInput), receiving(took, **options):
            pass


def test_a_port_that_is_taken(receiver: Receiver, took: Took) -> None:
    with pytest.raises(OSError, match="in use"), receiving(took, address=("127.0.0.1", receiver.port)):
        pass


def test_it_leaves_the_library_as_it_was(took: Took) -> None:
    import tempfile

    before = (_config.STORE_RECV_CHUNKED_DATASET, tempfile.tempdir)
    with receiving(took):
        pass
    assert (_config.STORE_RECV_CHUNKED_DATASET, tempfile.tempdir) == before
