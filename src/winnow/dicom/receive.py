"""A storage service (PS3.4 Annex B): takes what others send by C-STORE, and answers each object with a status.

Objects are written to the disk while they come, never decoded, and handed on as files.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydicom.dataset import Dataset
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, _config, evt

from winnow.errors import InvalidInput, StorageFull, TooLarge, WinnowError

__all__ = ["Receiver", "Sender"]

SUCCESS, OUT_OF_RESOURCES, PROCESSING_FAILURE = 0x0000, 0xA700, 0x0110  # PS3.4 Table B.2-1, PS3.7 C.5.1
VERIFICATION = "1.2.840.10008.1.1"
OFFERED_PDU, LONGEST_PDU = 1 << 17, 1 << 20
LOOK_BYTES = 4 << 20
MOST_ASSOCIATIONS = 10

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sender:
    """Who sends: the AE title that it gives itself, and where from."""

    aet: str
    address: str


class Receiver:
    """Listens for as long as the ``with`` block; one at a time in a process.

    address : (host, port) to listen on; port 0 for any
    aet     : the AE title that others must call
    peers   : AE titles that may call; anybody where none is named
    folder  : where objects lie while they come
    largest : bytes an object may have; what grows to twice of it is cut off, for a status is only heard at its end
    take    : what becomes of a whole object: moves the file away; raises to refuse it
    coming  : called every few megabytes of an object; raises to cut it off
    """

    def __init__(
        self,
        *,
        address: tuple[str, int],
        aet: str,
        folder: Path,
        largest: int,
        take: Callable[[Sender, Path], None],
        coming: Callable[[Sender], None] = lambda _: None,
        peers: Sequence[str] = (),
    ) -> None:
        for title in (aet, *peers):
            _guard_title(title)
        self._address, self._aet, self._peers = address, aet.strip(), [peer.strip() for peer in peers]
        self._folder, self._largest, self._take, self._coming = folder, largest, take, coming
        self._lines: dict[Any, _Line] = {}
        self._server: Any = None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        """Raises OSError where the address cannot be listened on."""
        logging.getLogger("pynetdicom").propagate = False  # it quotes UIDs and, where they are odd, values
        self._before = (_config.STORE_RECV_CHUNKED_DATASET, tempfile.tempdir)
        # objects go to the disk as they come, and to no other place than the private one
        _config.STORE_RECV_CHUNKED_DATASET, tempfile.tempdir = True, str(self._folder)
        handlers: list[Any] = [(evt.EVT_CONN_OPEN, self._opened), (evt.EVT_C_STORE, self._store)]
        handlers += [(evt.EVT_ABORTED, self._cut_off), (evt.EVT_CONN_CLOSE, self._closed)]
        try:
            self._server = self._entity().start_server(self._address, block=False, evt_handlers=handlers)
        except BaseException:
            self._restore()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Cut off what is coming; whole objects stay."""
        self._server.shutdown()
        for association in self._server.active_associations:
            association.abort()
        self._restore()

    def _restore(self) -> None:
        _config.STORE_RECV_CHUNKED_DATASET, tempfile.tempdir = self._before

    def _entity(self) -> AE:
        entity = AE(self._aet)
        entity.require_called_aet = True
        entity.require_calling_aet = self._peers
        entity.maximum_associations = MOST_ASSOCIATIONS
        entity.maximum_pdu_size = OFFERED_PDU
        entity.add_supported_context(VERIFICATION)
        for context in AllStoragePresentationContexts:
            entity.add_supported_context(str(context.abstract_syntax), ALL_TRANSFER_SYNTAXES)
        return entity

    def _opened(self, event: Any) -> None:
        link = event.assoc.dul.socket
        # or each answer waits for the acknowledgement of the one before: 52 ms an object instead of 11
        link.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = _Line(link.socket, link.recv, most=2 * self._largest, look=lambda: self._coming(_sender(event.assoc)))
        self._lines[event.assoc] = line
        link.recv = line.recv

    def _store(self, event: Any) -> Dataset:
        line = self._lines.get(event.assoc)
        if line is not None:
            line.begin()
        path = Path(event.dataset_path)
        try:
            _guard_size(path, self._largest)
            _sync(path)
            self._take(_sender(event.assoc), path)
        except (TooLarge, StorageFull) as error:
            return _status(OUT_OF_RESOURCES, error.message)
        except OSError:
            return _status(OUT_OF_RESOURCES, "Cannot be written.")
        except WinnowError as error:
            return _status(PROCESSING_FAILURE, error.message)
        return _status(SUCCESS)

    def _cut_off(self, event: Any) -> None:
        """Of an object that did not come whole nothing stays."""
        file = getattr(event.assoc.dimse.message, "_data_set_file", None)
        if file is not None:
            with contextlib.suppress(OSError, ValueError):
                file.close()
            Path(file.name).unlink(missing_ok=True)

    def _closed(self, event: Any) -> None:
        self._cut_off(event)
        line = self._lines.pop(event.assoc, None)
        if line is not None:
            line.socket.close()  # which the library forgets where the other side was first


class _Line:
    """What a connection reads, counted: the library would gather as many bytes as a sender claims."""

    def __init__(
        self, connection: socket.socket, recv: Callable[[int], bytearray], *, most: int, look: Callable[[], None]
    ) -> None:
        self.socket, self._recv, self._most, self._look = connection, recv, most, look
        self._bytes = self._looked_at = 0

    def begin(self) -> None:
        """The next object counts from nothing."""
        self._bytes = self._looked_at = 0

    def recv(self, size: int) -> bytearray:
        """The next bytes. Raises OSError, which closes the connection, where there are more than may be."""
        self._bytes += size
        if size > LONGEST_PDU or self._bytes > self._most + LONGEST_PDU:
            raise OSError("more than may come")
        if self._bytes - self._looked_at > LOOK_BYTES:
            self._looked_at = self._bytes
            try:
                self._look()
            except WinnowError as error:
                logger.warning("cut off while receiving: %s", error.message)
                raise OSError(error.message) from error
        return self._recv(size)


def _guard_title(title: str) -> None:
    known = title.isascii() and title.isprintable() and "\\" not in title
    if not known or not 1 <= len(title.strip()) <= 16:
        raise InvalidInput(f"{title!r} is no AE title: 1 to 16 ASCII characters, no backslash (PS3.5 6.2).")


def _sender(association: Any) -> Sender:
    return Sender(aet=str(association.requestor.ae_title).strip(), address=str(association.requestor.address))


def _guard_size(path: Path, largest: int) -> None:
    if path.stat().st_size > largest:
        raise TooLarge(f"At most {largest} bytes are taken (WINNOW_MAX_FILE_BYTES).")


def _sync(path: Path) -> None:
    """Success is only answered for what a power cut leaves."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _status(status: int, comment: str = "") -> Dataset:
    answer = Dataset()
    answer.Status = status
    if comment:
        answer.ErrorComment = comment[:64]
    return answer
