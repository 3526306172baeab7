"""Decoding of compressed pixels in a process of its own, and what is done to them on the way.

The codecs are C and C++: on damaged data some end their whole process (gdcm::Exception in its JPEG
codec, seen), run for ever or ask for all memory. A worker must survive every file, so compressed files
are decoded by a child that is kept for the next file, and replaced when it dies or takes too long.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import resource
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
from pydicom.dataset import Dataset

from winnow.dicom.account import Regions
from winnow.dicom.blanking import overwritten
from winnow.dicom.read import decode_pictures, open_dataset
from winnow.dicom.reasons import is_compressed
from winnow.errors import CannotDeidentify, InvalidInput, UnreadableFile, UnsafeArchive
from winnow.imaging.picture import Picture

SECONDS = 120.0
MEMORY_BYTES = 8 << 30
# -P: no module is ever taken from the current directory
COMMAND = (sys.executable, "-P", "-c", "from winnow.dicom.isolated import serve; serve()")
_LENGTH = struct.Struct("<Q")
_ERRORS = {error.__name__: error for error in (InvalidInput, UnreadableFile, UnsafeArchive, CannotDeidentify)}


class Decoder:
    """A child that decodes one file after the other; its answers are plain bytes, nothing is unpickled."""

    def __init__(self, *, command: Sequence[str] = COMMAND, seconds: float = SECONDS) -> None:
        self._command, self._seconds = command, seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def decode(self, data: bytes) -> list[Picture]:
        """The pictures in a DICOM file; raises what decoding raises, UnreadableFile when the child dies or hangs."""
        return _pictures(*self._ask({"do": "decode"}, data))

    def overwrite(self, data: bytes, regions: Regions) -> bytes:
        """The DICOM file, uncompressed, with these regions overwritten; raises as ``decode`` and ``overwritten``."""
        _, written = self._ask({"do": "overwrite", "regions": [list(map(int, region)) for region in regions]}, data)
        return written

    def _ask(self, wish: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        """What the child says, and the bytes that belong to it."""
        with self._lock:
            child = self._running()
            hung = threading.Event()
            watch = threading.Timer(self._seconds, _end, (child, hung))
            watch.start()
            try:
                answer = _exchange(child, b"\n".join([json.dumps(wish).encode(), data]))
            except (OSError, EOFError) as error:
                self._close()
                if hung.is_set():
                    raise UnreadableFile(f"Decoding the pixel data took longer than {self._seconds:g} s.") from error
                raise UnreadableFile(
                    "The DICOM file's compressed pixel data are damaged: they end the decoder."
                ) from error
            finally:
                watch.cancel()
        head, _, rest = answer.partition(b"\n")
        said: dict[str, Any] = json.loads(head)
        if "error" in said:
            raise _ERRORS[said["error"]](said["message"])
        return said, rest

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._close()
            self._child = subprocess.Popen(  # noqa: S603  our own command, no shell
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # the codecs chatter
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        return self._child

    def close(self) -> None:
        """Ends the child; the next file starts another."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        child.wait()


def _end(child: subprocess.Popen[bytes], hung: threading.Event) -> None:
    hung.set()
    child.kill()


def _exchange(child: subprocess.Popen[bytes], data: bytes) -> bytes:
    if child.stdin is None or child.stdout is None:
        raise EOFError
    _send(child.stdin, data)
    return _receive(child.stdout)


def _send(stream: IO[bytes], data: bytes) -> None:
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes:
    """Raises EOFError when the other side has gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _pictures(said: dict[str, Any], rest: bytes) -> list[Picture]:
    pictures, start = [], 0
    for each in said["pictures"]:
        dtype = np.dtype(each["dtype"])
        count = int(np.prod(each["shape"]))
        pixels = np.frombuffer(rest, dtype, count, start).reshape(each["shape"]).copy()
        start += count * dtype.itemsize
        spacing = each["spacing"]
        pictures.append(Picture(pixels, tuple(each["window"]), None if spacing is None else tuple(spacing)))
    return pictures


def _answer(asked: bytes) -> bytes:
    head, _, data = asked.partition(b"\n")
    wish = json.loads(head)
    try:
        if wish["do"] == "overwrite":
            return b"\n".join([b"{}", overwritten(data, wish["regions"])])
        pictures = decode_pictures(open_dataset(data))
    except InvalidInput as error:
        name = type(error).__name__
        return json.dumps({"error": name if name in _ERRORS else "InvalidInput", "message": error.message}).encode()
    heads = [
        {"dtype": p.pixels.dtype.str, "shape": p.pixels.shape, "window": p.window, "spacing": p.spacing_mm}
        for p in pictures
    ]
    return b"\n".join([json.dumps({"pictures": heads}).encode(), b"".join(p.pixels.tobytes() for p in pictures)])


def serve() -> None:
    """The child: answers until its standard input closes, which it does when the parent ends, however it ends."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # codecs print to standard output
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(EOFError, BrokenPipeError):
            while True:
                _send(answers, _answer(_receive(sys.stdin.buffer)))


_decoder = Decoder()
atexit.register(_decoder.close)


def decoded(data: bytes, dataset: Dataset) -> list[Picture]:
    """The pictures in a DICOM file, compressed ones by the one child of this process; raises as ``Decoder.decode``.

    dataset : the same file, opened
    """
    return _decoder.decode(data) if is_compressed(dataset) else decode_pictures(dataset)


def without_regions(data: bytes, dataset: Dataset, regions: Regions) -> bytes:
    """The DICOM file with these regions overwritten, as ``decoded`` reads it; raises as ``Decoder.overwrite``."""
    return _decoder.overwrite(data, regions) if is_compressed(dataset) else overwritten(data, regions)
