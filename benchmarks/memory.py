"""How much memory a process and all its children hold at most, watched from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

EVERY_SECONDS = 0.25
MB = 1 << 20


def watched(command: Sequence[Any], *, environment: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Runs a command whose last line is JSON. Returns that, and {"rss_mb", "pss_mb", "processes"} at the peak.

    rss counts what processes share (libraries, above all torch) once for each of them, pss once; a limit on rss is the
    stricter one. Linux only.
    """
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        watch = _Watch(process.pid)
        watch.start()
        said = process.stdout.read() if process.stdout else ""
        watch.end.set()
        watch.join()
    if process.returncode:
        sys.exit(f"{command} ended with {process.returncode}")
    return json.loads(said.splitlines()[-1]), watch.peak


class _Watch(threading.Thread):
    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.end = threading.Event()
        self.peak: dict[str, Any] = {"rss_mb": 0.0, "pss_mb": 0.0, "processes": 0}

    def run(self) -> None:
        while not self.end.wait(EVERY_SECONDS):
            pids = _tree(self.pid)
            now = {"rss_mb": sum(map(_rss, pids)), "pss_mb": sum(map(_pss, pids)), "processes": len(pids)}
            self.peak = {name: max(self.peak[name], round(value, 1)) for name, value in now.items()}


def _tree(root: int) -> list[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
    found = [root]
    for pid in found:  # grows as it goes: children, then theirs
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _rss(pid: int) -> float:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MB
    return 0.0


def _pss(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / MB
    return 0.0
