"""Functions that the child processes of the tests run; they import nothing heavy."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from winnow.errors import InvalidMask

Report = Callable[[float], None]


def double(task: int, report: Report) -> int:
    report(0.5)
    return 2 * task


def times(factor: int, task: int, _report: Report) -> int:
    return factor * task


def process_and_threads(_task: object, _report: Report) -> tuple[int, str]:
    return os.getpid(), os.environ["OMP_NUM_THREADS"]


def refuse(task: str, _report: Report) -> None:
    raise InvalidMask("The mask is 3x3; 4x4 is needed.", image=task)


class Unpicklable(Exception):
    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second} became one argument")


def fail_unpicklably(_task: object, _report: Report) -> None:
    raise Unpicklable(1, 2)


def exit_quietly(_task: object, _report: Report) -> None:
    raise SystemExit(0)


def out_of_memory(_task: object, _report: Report) -> None:
    raise MemoryError


def kill_itself(task: int, _report: Report) -> None:
    os.kill(os.getpid(), task)


def run_for_ever(folder: Path, report: Report) -> None:
    """Says who it is in a file of that name, then works until it is ended."""
    (folder / str(os.getpid())).touch()
    while True:
        time.sleep(0.01)
        report(0.5)


def ignore_everything(folder: Path, report: Report) -> Any:
    """As ``run_for_ever``, deaf to polite signals."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return run_for_ever(folder, report)


def run_for_ever_or_refuse(task: Path | str, report: Report) -> None:
    """A folder: run for ever; text: refuse as soon as the other one has said who it is in the folder named."""
    if isinstance(task, Path):
        run_for_ever(task, report)
    folder = Path(str(task).removeprefix("wait for "))
    while not any(folder.iterdir()):
        time.sleep(0.01)
    refuse("000.png", report)


def kill_its_process_once(marker: Path, _report: Report) -> str:
    """The first call dies without a word; the next one, wherever it runs, finds the marker and answers."""
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"
