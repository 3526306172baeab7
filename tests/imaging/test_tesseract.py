from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from winnow.errors import TextSearchAway
from winnow.imaging import tesseract

PAGE = np.full((60, 200), 255, np.uint8)


def program(folder: Path, script: str) -> str:
    path = folder / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_words_and_where_they_are(need_program: Callable[[str], str]) -> None:
    need_program("tesseract")
    canvas = Pillow.fromarray(PAGE)
    ImageDraw.Draw(canvas).text((10, 20), "HELLO 1936", font=ImageFont.load_default(26), fill=0)
    words = tesseract.read_words(np.array(canvas))
    assert [word.text for word in words] == ["HELLO", "1936"]
    assert all(20 < word.row < 50 and word.confidence > 50 for word in words)
    assert tesseract.read_words(PAGE) == []


@pytest.mark.parametrize(
    ("script", "message"), [("exit 3", "error"), ("cat >/dev/null; sleep 60", "longer than 0.2 s")]
)
def test_a_program_that_fails_or_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    monkeypatch.setattr(tesseract, "program", lambda: program(tmp_path, script))
    with pytest.raises(TextSearchAway, match=message):
        tesseract.read_words(PAGE, seconds=0.2)


def test_without_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "program", lambda: None)
    with pytest.raises(TextSearchAway, match="not installed"):
        tesseract.read_words(PAGE)
