"""Files and functions stay short enough to be read in one sitting, and hold nothing of a developer's machine."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON_LINES, TEST_LINES, FRONTEND_LINES, FUNCTION_LINES = 250, 300, 350, 40

# longer with a reason
LONG_FILES = {
    "src/winnow/imaging/phantom.py": "one body, drawn organ by organ",
}
GENERATED = {"frontend/src/api/schema.d.ts"}


def tracked(*endings: str) -> list[Path]:
    """Files of the project: what git tracks, and what it would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name.endswith(endings or "") and name and (ROOT / name).is_file()]


def test_files_are_short() -> None:
    too_long = {}
    for file in tracked(".py", ".ts", ".vue"):
        name = file.relative_to(ROOT).as_posix()
        python = TEST_LINES if name.startswith("tests/") else PYTHON_LINES
        limit = python if file.suffix == ".py" else FRONTEND_LINES
        lines = len(file.read_text().splitlines())
        if lines > limit and name not in {*LONG_FILES, *GENERATED} and "/migrations/" not in name:
            too_long[name] = lines
    assert too_long == {}


def test_exceptions_are_needed() -> None:
    assert [name for name in LONG_FILES if len((ROOT / name).read_text().splitlines()) <= PYTHON_LINES] == []


def test_functions_are_short() -> None:
    too_long = {}
    for file in tracked(".py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                documented = ast.get_docstring(node) is not None
                first = node.body[1] if documented and len(node.body) > 1 else node.body[0]
                lines = (node.end_lineno or 0) - first.lineno + 1
                if lines > FUNCTION_LINES:
                    too_long[f"{file.relative_to(ROOT).as_posix()}:{node.lineno} {node.name}"] = lines
    assert too_long == {}


HOMES = ("home", "Users", "root", "work", "farm")
PERSONAL_PATH = re.compile(rf"(?<![\w.}}\])-])/(?:{'|'.join(HOMES)})/[\w.]|[A-Z]:\\Users")


def test_no_file_knows_a_developers_machine() -> None:
    found = []
    for file in tracked():
        try:
            text = file.read_text()
        except UnicodeDecodeError:
            continue  # a picture
        found += [
            f"{file.relative_to(ROOT).as_posix()}: {line.strip()[:100]}"
            for line in text.splitlines()
            if PERSONAL_PATH.search(line)
        ]
    assert found == []


@pytest.mark.parametrize("path", [f"/{home}/somebody" for home in HOMES])
def test_the_pattern_sees_such_a_path(path: str) -> None:
    assert PERSONAL_PATH.search(f"open('{path}')")
    assert not PERSONAL_PATH.search(f"https://example.org{path}")
