"""The scripts behind make: what they count, what they ask of a machine, and that no failure passes unseen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
SHELL = shutil.which("sh") or "sh"
JUNIT = """<testsuites><testsuite>
  <testcase name="a"/><testcase name="b"/><testcase name="c"><failure/></testcase>
  <testcase name="d"><error/></testcase><testcase name="e"><skipped/></testcase>
</testsuite></testsuites>"""
PROGRAMS = {"python3.11", "node", "npm", "chromium", "tesseract", "Orthanc"}
PLUGIN = "usr/share/orthanc/plugins/libOrthancDicomWeb.so"
VITEST = {
    "testResults": [
        {"status": "passed", "assertionResults": [{"status": "passed"}, {"status": "pending"}]},
        {"status": "failed", "assertionResults": []},
    ]
}


def count(folder: Path) -> tuple[int, str]:
    command = [sys.executable, SCRIPTS / "count_tests.py", folder]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.returncode, answer.stdout.splitlines()[-1]


def reports(folder: Path, *, junit: str = JUNIT, vitest: object = VITEST, check: str = "passed python lint\n") -> Path:
    (folder / "pytest.xml").write_text(junit)
    (folder / "vitest.json").write_text(json.dumps(vitest))
    (folder / "check.txt").write_text(check)
    return folder


def test_outcomes_are_added_up(tmp_path: Path) -> None:
    assert count(reports(tmp_path)) == (1, "4 passed, 3 failed, 2 skipped")


def test_nothing_failed(tmp_path: Path) -> None:
    junit = '<testsuites><testcase name="a"/></testsuites>'
    vitest = {"testResults": [{"status": "passed", "assertionResults": [{"status": "passed"}]}]}
    assert count(reports(tmp_path, junit=junit, vitest=vitest)) == (0, "3 passed, 0 failed, 0 skipped")


@pytest.mark.parametrize("lost", ["pytest.xml", "vitest.json", "check.txt"])
def test_a_runner_without_a_report_has_failed(tmp_path: Path, lost: str) -> None:
    reports(
        tmp_path, junit='<testsuites><testcase name="a"/></testsuites>', vitest={"testResults": []}, check="passed x"
    )
    (tmp_path / lost).unlink()
    code, line = count(tmp_path)
    assert code == 1
    assert " 0 failed" not in line


def test_a_runner_that_ends_badly_without_a_failure_has_failed(tmp_path: Path) -> None:
    reports(tmp_path, junit='<testsuites><testcase name="a"/></testsuites>')
    (tmp_path / "pytest.exit").write_text("3\n")
    assert count(tmp_path) == (1, "3 passed, 2 failed, 1 skipped")


def fake(folder: Path, *names: str, exit_code: int = 0) -> None:
    """Programs that do nothing but end with ``exit_code``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(f"#!/bin/sh\nexit {exit_code}\n")
        (folder / name).chmod(0o755)


def with_plugin(folder: Path) -> None:
    """A system with Orthanc's plugin for DICOMweb."""
    (folder / PLUGIN).parent.mkdir(parents=True)
    (folder / PLUGIN).touch()


def real(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).symlink_to(shutil.which(name) or name)


def system(folder: Path, purpose: str, *, ci: str = "") -> subprocess.CompletedProcess[str]:
    """system.sh on a machine that has only the programs in ``folder`` (and so nothing to install with)."""
    environment = {"PATH": str(folder), "CI": ci, "SYSTEM_ROOT": str(folder)}
    command = [SHELL, SCRIPTS / "system.sh", purpose]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_machine_that_has_everything(tmp_path: Path) -> None:
    fake(tmp_path, *PROGRAMS)
    real(tmp_path, "id", "tr")
    with_plugin(tmp_path)
    answer = system(tmp_path, "test", ci="true")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


@pytest.mark.parametrize(("lost", "named"), [("python3.11", "python3.11-venv"), ("node", "nodejs"), ("npm", "npm")])
def test_what_is_missing_is_named(tmp_path: Path, lost: str, named: str) -> None:
    fake(tmp_path, *PROGRAMS - {lost})
    real(tmp_path, "id", "tr")
    with_plugin(tmp_path)
    answer = system(tmp_path, "runtime")
    assert answer.returncode == 1
    assert named in answer.stderr


def test_without_chromium_browser_tests_skip_except_in_ci(tmp_path: Path) -> None:
    fake(tmp_path, *PROGRAMS - {"chromium"})
    real(tmp_path, "id", "tr")
    with_plugin(tmp_path)
    assert system(tmp_path, "runtime").stderr == ""
    assert system(tmp_path, "test").returncode == 0
    assert "skipped" in system(tmp_path, "test").stderr
    assert system(tmp_path, "test", ci="true").returncode == 1


def test_without_tesseract_all_but_ci_go_on_with_a_warning(tmp_path: Path) -> None:
    fake(tmp_path, *PROGRAMS - {"tesseract"})
    real(tmp_path, "id", "tr")
    with_plugin(tmp_path)
    for purpose in ("runtime", "test"):
        answer = system(tmp_path, purpose)
        assert answer.returncode == 0
        assert "tesseract-ocr" in answer.stderr
    assert system(tmp_path, "runtime", ci="true").returncode == 0
    assert system(tmp_path, "test", ci="true").returncode == 1


@pytest.mark.parametrize("lost", ["orthanc", "orthanc-dicomweb"])
def test_without_a_pacs_its_tests_skip_except_in_ci(tmp_path: Path, lost: str) -> None:
    fake(tmp_path, *PROGRAMS - {"Orthanc" if lost == "orthanc" else ""})
    real(tmp_path, "id", "tr")
    if lost == "orthanc":
        with_plugin(tmp_path)
    assert system(tmp_path, "runtime").stderr == ""
    answer = system(tmp_path, "test")
    assert (answer.returncode, answer.stderr) == (
        0, f"warning: {lost} is missing, so the tests that need a real PACS will be skipped.\n"
    )  # fmt: skip
    assert system(tmp_path, "test", ci="true").returncode == 1


def test_check_runs_every_step_and_lists_the_failed_ones(tmp_path: Path) -> None:
    fake(tmp_path / ".venv" / "bin", "ruff", "lint-imports", "winnow")
    fake(tmp_path / ".venv" / "bin", "mypy", exit_code=1)
    fake(tmp_path / "bin", "npm", "npx")
    (tmp_path / "frontend" / "src" / "api").mkdir(parents=True)
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPTS / "check.sh", tmp_path / "scripts")
    environment = os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    command = [SHELL, "scripts/check.sh", "results.txt"]
    answer = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    results = (tmp_path / "results.txt").read_text().splitlines()
    assert answer.returncode == 1
    assert [line for line in results if line.startswith("failed")] == ["failed python types", "failed front-end schema"]
    assert len(results) == 8
    assert answer.stdout.splitlines()[-3:] == ["failed:", "  python types", "  front-end schema"]
