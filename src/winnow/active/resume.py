"""What lets hours of work go on where they were broken off: files written whole, and a watch that goes on counting."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

LINE_BREAK = r"\n *"
PLAIN_LIST = re.compile(rf"\[{LINE_BREAK}([^\[\]{{}}]*){LINE_BREAK}\]")
NOTE_SECONDS = 1.0  # between two notes of a watch


def write_json(path: Path, value: object) -> None:
    """Written beside and renamed, so that a reader never sees half a file; a plain list stays on its line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    # a line break is never part of a string in JSON
    text = PLAIN_LIST.sub(lambda found: f"[{re.sub(LINE_BREAK, ' ', found[1])}]", text)
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)


class Watch:
    """Seconds spent in a folder's work, over all attempts at it; once stopped, they stay as they are."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "seconds.json"
        known: dict[str, Any] = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.before = float(known.get("seconds", 0.0))
        self.done = bool(known.get("done", False))
        self.began = self.noted = time.perf_counter()

    def note(self) -> None:
        """Keep the seconds so far, once a second at most: a killed process loses those since its last note."""
        if time.perf_counter() - self.noted >= NOTE_SECONDS:
            self.noted = time.perf_counter()
            self._write(done=False)

    def stop(self) -> float:
        """The work is done; answers its seconds."""
        seconds = self._seconds()
        self._write(done=True)
        return seconds

    def _seconds(self) -> float:
        return self.before if self.done else self.before + time.perf_counter() - self.began

    def _write(self, *, done: bool) -> None:
        if not self.done:
            write_json(self.path, {"seconds": self._seconds(), "done": done})
