"""What a job settled when it began, so that the next attempt continues the same work and not a similar one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from winnow.server.storage import write_atomically

NOTE_SECONDS = 5.0


def settled(scratch: Path, decide: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The plan of the first attempt, or ``decide()`` written down as that (plain JSON)."""
    path = scratch / "plan.json"
    if not path.exists():
        write_atomically(path, json.dumps(decide()).encode())
    plan: dict[str, Any] = json.loads(path.read_bytes())
    return plan


class Stopwatch:
    """Seconds of work on a job over all its attempts; what a killed worker did since its last note is lost."""

    def __init__(self, scratch: Path) -> None:
        self._path = scratch / "seconds"
        self._before = float(self._path.read_text()) if self._path.exists() else 0.0
        self._start = self._noted = time.monotonic()

    def seconds(self) -> float:
        """Work so far."""
        return self._before + time.monotonic() - self._start

    def note(self) -> None:
        """Write it down, every few seconds at most."""
        if time.monotonic() - self._noted >= NOTE_SECONDS:
            write_atomically(self._path, repr(self.seconds()).encode())
            self._noted = time.monotonic()
