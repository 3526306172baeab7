"""`make audit` tells vulnerable packages from an audit that could not be made."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
FOUND = "echo Found 1 known vulnerability in 1 package; exit 1"
AWAY = "echo cannot connect >&2; exit 1"
NPM_FOUND = """echo '{"auditReportVersion": 2}'; exit 1"""
NPM_AWAY = """echo '{"message": "request failed"}'; exit 1"""


def audit(folder: Path, *, pip: str, npm: str) -> subprocess.CompletedProcess[str]:
    """The script with programs that only say and return what these lines of shell do."""
    for path, lines in ((folder / "build" / "audit" / "bin" / "pip-audit", pip), (folder / "bin" / "npm", npm)):
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\n{lines}\n")
        path.chmod(0o755)
    (folder / "frontend").mkdir()
    (folder / "scripts").mkdir()
    shutil.copy(SCRIPTS / "audit.sh", folder / "scripts")
    environment = os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    command = [shutil.which("sh") or "sh", "scripts/audit.sh"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("pip", "npm", "status", "said"),
    [
        ("exit 0", "exit 0", 0, ["ok", "ok"]),
        (FOUND, "exit 0", 1, ["VULNERABLE", "ok"]),
        ("exit 0", NPM_FOUND, 1, ["ok", "VULNERABLE"]),
        (AWAY, "exit 0", 2, ["not made: cannot connect", "ok"]),
        (AWAY, NPM_FOUND, 1, ["not made", "VULNERABLE"]),
        (FOUND, NPM_AWAY, 1, ["VULNERABLE", "not made"]),
        (AWAY, NPM_AWAY, 2, ["not made", "not made"]),
    ],
)
def test_what_it_says(tmp_path: Path, pip: str, npm: str, status: int, said: list[str]) -> None:
    answer = audit(tmp_path, pip=pip, npm=npm)
    assert answer.returncode == status, answer.stdout
    lines = [line for line in answer.stdout.splitlines() if line.startswith("audit: ")]
    assert [want in line for want, line in zip(said, lines, strict=True)] == [True, True]
