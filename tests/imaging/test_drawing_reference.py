"""The golden file of the page's edits says what scipy says; Vitest holds the page to the same file."""

from __future__ import annotations

import json

from imaging.drawing_reference import GOLDEN, cases


def test_the_golden_edits_are_those_of_scipy() -> None:
    assert json.loads(GOLDEN.read_text()) == cases()


def test_each_golden_edit_changes_something() -> None:
    golden = json.loads(GOLDEN.read_text())
    assert [one["edit"] for one in golden["edits"] if one["before"] == one["after"]] == []
    assert all(any(set(row) - {"0"} for row in one["between"]) for one in golden["between"])
