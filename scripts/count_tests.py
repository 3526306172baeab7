"""Adds up what test.sh left in its folder of reports; exits 1 when anything failed."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET


def pytest_outcomes(report: Path) -> Counter[str]:
    """Outcomes in a JUnit report; an error while setting up counts as a failure."""
    outcomes: Counter[str] = Counter()
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - our own pytest wrote it a moment ago
        tags = {child.tag for child in case}
        outcomes["failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"] += 1
    return outcomes


def vitest_outcomes(report: Path) -> Counter[str]:
    """Outcomes in Vitest's JSON; a file that could not even be loaded counts as one failure."""
    outcomes: Counter[str] = Counter()
    for file in json.loads(report.read_text())["testResults"]:
        statuses = [test["status"] for test in file["assertionResults"]]
        for status in statuses or [file["status"]]:
            outcomes[status if status in {"passed", "failed"} else "skipped"] += 1
    return outcomes


def check_outcomes(report: Path) -> Counter[str]:
    """Outcomes of check.sh: one line for each step, the outcome first."""
    return Counter(line.split()[0] for line in report.read_text().splitlines())


def main(folder: Path) -> int:
    total: Counter[str] = Counter()
    readers = {"pytest.xml": pytest_outcomes, "vitest.json": vitest_outcomes, "check.txt": check_outcomes}
    for name, read in readers.items():
        report = folder / name
        outcomes = read(report) if report.exists() else Counter()
        code = report.with_suffix(".exit")
        stopped_early = code.exists() and code.read_text().strip() != "0" and not outcomes["failed"]
        if not outcomes or stopped_early:  # a runner that crashed, or found nothing to run, has failed
            outcomes["failed"] += 1
        total += outcomes
    sys.stdout.write(
        "{} passed, {} failed, {} skipped\n".format(*(total[key] for key in ("passed", "failed", "skipped")))
    )
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
