"""Every error has a status and a line in the documentation, every setting a heading; and nothing else is listed."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

from winnow import errors

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
SETTINGS = ROOT / "src" / "winnow" / "server" / "settings.py"
ERRORS = {
    name: value
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, errors.WinnowError)
}


def documented_statuses() -> dict[str, int]:
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", (REFERENCE / "errors.md").read_text(), re.MULTILINE)
    return {name: int(status) for name, status in rows}


def test_every_error_is_documented_with_its_status() -> None:
    from winnow.server.api.errors import status_of

    assert documented_statuses() == {name: status_of(error) for name, error in ERRORS.items()}


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    parents: list[str] = []
    drawn = {}
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"((?:[│ ]   )*(?:[├└]── )?)([A-Z]\w+)(?:\s{2,}|$)", line):
            depth = len(found.group(1)) // 4
            parents[depth:] = [found.group(2)]
            drawn[found.group(2)] = parents[depth - 1] if depth else "Exception"
    assert drawn == {name: error.__base__.__name__ for name, error in ERRORS.items()}


def variables_read(file: Path) -> set[str]:
    """Names in os.environ.get("NAME"), os.environ["NAME"] and os.getenv("NAME")."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"os.environ.get", "os.getenv"}:
            names.add(ast.literal_eval(node.args[0]))
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            names.add(ast.unparse(node.slice).strip("'"))
    return names


def test_every_setting_has_a_heading_and_every_heading_a_setting() -> None:
    headings = re.findall(r"^## `(\w+)`$", (REFERENCE / "settings.md").read_text(), re.MULTILINE)
    assert len(headings) == len(set(headings))
    assert set(headings) == variables_read(SETTINGS)


def test_settings_are_read_in_one_place() -> None:
    elsewhere = {
        file.relative_to(ROOT).as_posix(): names
        for file in (ROOT / "src").rglob("*.py")
        if file != SETTINGS and (names := {n for n in variables_read(file) if n.startswith(("PORT", "WINNOW_"))})
    }
    assert elsewhere == {}
