from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import RLELossless

from winnow.dicom import read_deidentified
from winnow.dicom.isolated import COMMAND, Decoder
from winnow.errors import UnreadableFile, UnsafeArchive

READS_A_BYTE = "import os, sys; sys.stdin.buffer.read(1); "


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@pytest.fixture
def compressed(make: Callable[..., Dataset], as_bytes: Callable[[Dataset], bytes]) -> bytes:
    values = np.arange(64, dtype=np.uint16).reshape(8, 8)
    dataset = make(np.stack([values, values + 7]), PixelSpacing=["1", "2"], RescaleSlope="1", RescaleIntercept="-5")
    dataset.compress(RLELossless, generate_instance_uid=False)
    return as_bytes(dataset)


@pytest.fixture
def decoder() -> Decoder:
    return Decoder()


def test_pictures_come_back_as_they_were_decoded(compressed: bytes, decoder: Decoder) -> None:
    for _ in range(2):  # the child is kept
        first, second = decoder.decode(compressed)
        assert first.pixels.dtype == np.int16
        assert first.pixels.ravel().tolist() == list(range(-5, 59))
        assert np.array_equal(second.pixels, first.pixels + 7)
        assert first.spacing_mm == (1.0, 2.0)
        assert first.pixels.flags.writeable
    decoder.close()


def test_the_door_decodes_compressed_files_there(compressed: bytes, key: bytes) -> None:
    assert len(read_deidentified(compressed, key=key).pictures) == 2


def test_the_reason_of_a_refusal_comes_back(
    make: Callable[..., Dataset], as_bytes: Callable[[Dataset], bytes], decoder: Decoder
) -> None:
    with pytest.raises(UnreadableFile, match="no pixel data"):
        decoder.decode(as_bytes(make(PixelData=None)))
    with pytest.raises(UnsafeArchive, match="64,000,000"):
        decoder.decode(as_bytes(make(Rows=65535, Columns=65535)))
    decoder.close()


def test_a_decoder_that_dies_costs_one_file_only(compressed: bytes, decoder: Decoder) -> None:
    decoder._command = python(READS_A_BYTE + "os.abort()")
    with pytest.raises(UnreadableFile, match="end the decoder"):
        decoder.decode(compressed)
    decoder._command = COMMAND
    assert len(decoder.decode(compressed)) == 2
    os.kill(decoder._child.pid, signal.SIGKILL)  # between two files
    decoder._child.wait()
    assert len(decoder.decode(compressed)) == 2
    decoder.close()


def test_a_decoder_that_hangs_is_ended(compressed: bytes) -> None:
    hanging = Decoder(command=python("import signal; signal.pause()"), seconds=0.2)
    with pytest.raises(UnreadableFile, match=r"longer than 0\.2 s"):
        hanging.decode(compressed)
    assert hanging._child is None


def test_the_child_ends_with_its_parent() -> None:
    """The end of its standard input is all it needs: that comes even when the parent is killed."""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdin.close()
        assert child.wait(timeout=60) == 0
