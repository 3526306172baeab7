"""tesseract, the program that reads text in pictures: Debian's package tesseract-ocr, called as a child process.

Its words are for judging whether there is text at all: no caller may store or log them.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winnow.errors import TextSearchAway

PROGRAM = "tesseract"
SECONDS = 300.0  # of wall time: a quarter of one is needed, but the machine may be training
# sparse text in any order; no dictionaries, which would make English words out of anatomy
_OPTIONS = (
    *("--psm", "11", "--dpi", "150", "-l", "eng"),
    *("-c", "tessedit_do_invert=0", "-c", "load_system_dawg=0", "-c", "load_freq_dawg=0"),
    "tsv",
)
_WORD = "5"  # the level of a line of the table that tells of a word


@dataclass(frozen=True)
class Word:
    """What was read where: ``row`` is that of its middle, in pixels of the page; ``confidence`` 0..100."""

    row: float
    confidence: float
    text: str


@functools.cache
def program() -> str | None:
    """Where tesseract is; None where it is not installed."""
    return shutil.which(PROGRAM)


def read_words(page: NDArray[np.uint8], *, seconds: float = SECONDS) -> list[Word]:
    """The words on a page.

    page   : (H, W) uint8, dark letters on white
    raises : TextSearchAway where tesseract is not installed, fails, or takes longer than ``seconds``
    """
    path = program()
    if path is None:
        raise TextSearchAway("tesseract is not installed, so nobody can look for text in the pixels.")
    height, width = page.shape
    try:
        answer = subprocess.run(  # noqa: S603  our own arguments, no shell
            [path, "-", "-", *_OPTIONS],
            input=f"P5 {width} {height} 255\n".encode() + page.tobytes(),
            capture_output=True,
            timeout=seconds,
            check=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},  # its threads wait for each other on a busy machine
        )
    except subprocess.TimeoutExpired as error:
        raise TextSearchAway(f"tesseract looked for text longer than {seconds:g} s.") from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise TextSearchAway("tesseract ended with an error instead of looking for text.") from error
    lines = answer.stdout.decode(errors="replace").splitlines()[1:]
    return [_word(columns) for line in lines if (columns := line.split("\t"))[0] == _WORD]


def _word(columns: list[str]) -> Word:
    """From the columns level, page, block, paragraph, line, word, left, top, width, height, confidence, text."""
    return Word(float(columns[7]) + float(columns[9]) / 2, float(columns[10]), columns[11])
