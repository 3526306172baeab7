"""`winnow serve` as a user starts it, in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue

import pytest


@dataclass
class Installation:
    """`winnow serve` as a user starts it; `password` is read from what its first start prints."""

    root: Path
    port: int
    password: str = ""
    process: subprocess.Popen[str] | None = None
    reader: threading.Thread | None = None
    lines: list[str] = field(default_factory=list)
    queue: Queue[str] = field(default_factory=Queue)
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {
            **os.environ,
            "WINNOW_DATA_DIR": str(self.root),
            "PORT": str(self.port),
            "WINNOW_LEASE_SECONDS": "4",
            "OMP_NUM_THREADS": "1",
            **self.settings,
        }
        self.process = subprocess.Popen(
            [Path(sys.executable).with_name("winnow"), "serve"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._wait_until_it_answers()

    def python(self, script: str, *, stdin: bytes = b"") -> None:
        """Run a script beside the service, on the same data."""
        command = [Path(sys.executable).with_name("winnow"), "manage", "shell", "-c", script]
        environment = {**os.environ, "WINNOW_DATA_DIR": str(self.root)}
        done = subprocess.run(command, env=environment, input=stdin, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()

    def _wait_until_it_answers(self) -> None:
        """Read its lines until uvicorn says that it listens; a dead process ends the reading."""
        assert self.process is not None
        assert self.process.stdout is not None
        queue = self.queue = Queue()
        self.reader = threading.Thread(target=_pump, args=(self.process.stdout, queue))
        self.reader.start()
        while True:
            try:
                line = queue.get(timeout=90)
            except Empty:
                pytest.fail("winnow serve did not come up:\n" + "".join(self.lines))
            self.lines.append(line)
            if found := re.search(r"[Pp]assword:?\s+(\S+)", line):
                self.password = found.group(1)
            if "Uvicorn running" in line:
                break
            if line == "":
                pytest.fail("winnow serve ended:\n" + "".join(self.lines))
        with urllib.request.urlopen(f"{self.url}/", timeout=90) as answer:
            assert answer.status == 200

    def said(self) -> str:
        """Everything it has written, once it is stopped."""
        while not self.queue.empty():
            self.lines.append(self.queue.get())
        return "".join(self.lines)

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(timeout=40)
            if self.reader is not None and self.process.stdout is not None:
                self.reader.join()
                self.process.stdout.close()
            self.process = None


def _pump(stream: Iterable[str], queue: Queue[str]) -> None:
    """Keep reading for as long as the service lives, so that a full pipe never blocks it; "" marks the end."""
    for line in stream:
        queue.put(line)
    queue.put("")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
