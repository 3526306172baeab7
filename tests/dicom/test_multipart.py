"""multipart/related is taken apart the same however the network cuts it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pacs.odd import multipart

from winnow.dicom.multipart import LONGEST_HEAD, CutOff, parts

BODIES = st.lists(
    st.binary(max_size=60) | st.sampled_from([b"", b"\r\n", b"--b0", b"\r\n--b", b"\r\n\r\n", b"-"]), max_size=4
)


def arriving(data: bytes, size: int) -> Callable[[], bytes]:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return lambda: pieces.pop(0) if pieces else b""


def joined(data: bytes, *, size: int = 7) -> list[bytes]:
    return [b"".join(body) for body in parts(arriving(data, size), boundary="b0")]


@given(bodies=BODIES, size=st.integers(1, 50))
def test_each_body_comes_whole(bodies: list[bytes], size: int) -> None:
    assert joined(multipart(*bodies)[0], size=size) == bodies


def test_what_is_around_the_parts_is_passed_over() -> None:
    assert joined(b"hello\r\n--b0  \r\n\r\nbody\r\n--b0--\r\nbye") == [b"body"]


@given(cut=st.integers(0, 90))
def test_what_is_cut_off_is_told(cut: int) -> None:
    whole = multipart(b"one body", b"another")[0].removesuffix(b"--\r\n")
    with pytest.raises(CutOff):
        joined(whole[:cut] if cut < len(whole) else whole)


def test_a_body_that_nobody_reads_is_passed_over() -> None:
    data = multipart(b"first" * 50, b"second")[0]
    assert len(list(parts(arriving(data, 9), boundary="b0"))) == 2


def test_an_endless_head_is_not_gathered() -> None:
    given_out = 0

    def read() -> bytes:
        nonlocal given_out
        given_out += 1000
        return b"--b0\r\n" if given_out == 1000 else b"x" * 1000

    with pytest.raises(CutOff):
        list(parts(read, boundary="b0"))
    assert given_out < 2 * LONGEST_HEAD
