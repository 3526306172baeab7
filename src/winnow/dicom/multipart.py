"""multipart/related (RFC 2046 5.1, PS3.18 8.6.1.2.1) as it comes in: part by part, none of them held in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

LONGEST_HEAD = 16 << 10
_NEW_LINE, _HEAD_END = b"\r\n", b"\r\n\r\n"


class CutOff(Exception):
    """It ended before its last boundary, or is no multipart at all."""


def parts(read: Callable[[], bytes], *, boundary: str) -> Iterator[Iterator[bytes]]:
    """Each part's body in pieces; what is left of one is passed over when the next is asked for.

    read     : the next bytes, b"" at the end
    boundary : of the header Content-Type
    raises   : CutOff
    """
    stream = _Stream(read, _NEW_LINE + b"--" + boundary.encode("latin-1"))
    for _ in stream.until_boundary():  # what comes before the first part means nothing
        pass
    while stream.has_part():
        body = stream.until_boundary()
        yield body
        for _ in body:
            pass


class _Stream:
    """Bytes with one question: what comes up to the next boundary?"""

    def __init__(self, read: Callable[[], bytes], mark: bytes) -> None:
        self._read, self._mark = read, mark
        self._held = _NEW_LINE  # the first boundary may be the very beginning

    def until_boundary(self) -> Iterator[bytes]:
        """The bytes up to the boundary, which is taken away with them."""
        while (end := self._held.find(self._mark)) < 0:
            # all but what may be a boundary's beginning
            sure = len(self._held) - len(self._mark) + 1
            if sure > 0:
                yield self._held[:sure]
                self._held = self._held[sure:]
            self._more()
        if end:
            yield self._held[:end]
        self._held = self._held[end + len(self._mark) :]

    def has_part(self) -> bool:
        """Whether a part follows the boundary, whose head is passed over; False behind the last one."""
        self._hold(2)
        if self._held.startswith(b"--"):
            return False
        # a part without headers begins with an empty line of its own
        while (end := self._held.find(_HEAD_END)) < 0:
            if len(self._held) > LONGEST_HEAD:
                raise CutOff
            self._more()
        self._held = self._held[end + len(_HEAD_END) :]
        return True

    def _hold(self, size: int) -> None:
        while len(self._held) < size:
            self._more()

    def _more(self) -> None:
        data = self._read()
        if not data:
            raise CutOff
        self._held += data
