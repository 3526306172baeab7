"""`winnow serve`: one command that runs a whole installation on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from winnow.imaging import tesseract

LANES = ("quick", "long")
RESTART_SECONDS = 2.0


class Command(BaseCommand):
    """Prepare the data directory, then keep the web service and one worker a lane running."""

    help = "start the web service and its workers"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.WINNOW_PORT)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        call_command("bootstrap")
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        commands = {
            "web": [
                *(sys.executable, "-m", "uvicorn", "winnow.server.asgi:application"),
                *("--host", host, "--port", str(port), "--no-access-log", "--timeout-graceful-shutdown", "5"),
            ]
        }
        for lane in LANES:
            commands[lane] = [sys.executable, "-m", "django", "worker", "--lane", lane]
        self.stdout.write(f"Winnow is at http://{host}:{port} (data in {settings.WINNOW_DATA_DIR}); Ctrl+C ends it.")
        if missing := _missing():
            self.stderr.write(missing)
        self.stdout.flush()
        _supervise(commands, stop)


def _missing() -> str:
    """What this installation cannot do for want of a program; "" for nothing."""
    if tesseract.program() is not None:
        return ""
    return (
        "warning: tesseract is not installed, so nobody searches pixels for text: what is likely to hold some is kept in "
        "quarantine, the rest comes in with a remark. Debian's package is tesseract-ocr."
    )


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    """A child in its own session, so that Ctrl+C reaches only us and we end it in order."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "winnow.server.settings"}
    return subprocess.Popen(command, env=environment, start_new_session=True, preexec_fn=_die_with_parent)  # noqa: S603, PLW1509


def _die_with_parent() -> None:
    """Ask Linux to end this child when the supervisor is killed: an orphan would keep the port and the leases."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 needed in the child only

        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _supervise(commands: dict[str, list[str]], stop: threading.Event) -> None:
    """Restart a worker that dies; end everything when the web service ends or we are asked to."""
    children = {name: _start(command) for name, command in commands.items()}
    try:
        while not stop.wait(RESTART_SECONDS if _dead(children) else 0.5):
            if children["web"].poll() is not None:
                sys.exit(children["web"].returncode or 1)
            for name in _dead(children):
                children[name] = _start(commands[name])
    finally:
        for child in children.values():
            child.terminate()
        for child in children.values():
            try:
                child.wait(timeout=15)
            except subprocess.TimeoutExpired:
                child.kill()


def _dead(children: dict[str, subprocess.Popen[bytes]]) -> list[str]:
    return [name for name, child in children.items() if child.poll() is not None]
