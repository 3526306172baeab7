"""Every package is pinned exactly, so that every installation is the same one."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "constraints.txt").read_text().splitlines()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def normal(name: str) -> str:
    """The name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_line_pins_one_package_exactly() -> None:
    assert [line for line in LINES if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+!]*", line)] == []
    names = [normal(line.split("==")[0]) for line in LINES]
    assert len(names) == len(set(names))


def test_what_the_project_asks_for_is_pinned() -> None:
    asked = [*PROJECT["dependencies"], *(name for extra in PROJECT["optional-dependencies"].values() for name in extra)]
    pinned = {normal(line.split("==")[0]) for line in LINES}
    assert {normal(re.split(r"[=~<>\[]", line)[0]) for line in asked} - pinned == set()


def test_what_is_installed_is_what_is_pinned() -> None:
    pinned = {normal(name): version for name, version in (line.split("==") for line in LINES)}
    # the CUDA build of torch brings its own libraries, each pinned by torch itself
    unpinned = ("winnow", "pip", "setuptools", "nvidia-", "cuda-", "triton")
    # +cpu and the like name the build of a version, not another version
    installed = {normal(package.name): package.version.split("+")[0] for package in metadata.distributions()}
    different = {name: version for name, version in installed.items() if pinned.get(name) != version}
    assert {name: version for name, version in different.items() if not name.startswith(unpinned)} == {}


def test_the_front_end_is_pinned() -> None:
    package = json.loads((ROOT / "frontend" / "package.json").read_text())
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"][""]
    for kind in ("dependencies", "devDependencies"):
        assert lock[kind] == package[kind]
        assert [name for name, version in package[kind].items() if not re.fullmatch(r"~?\d+\.\d+\.\d+", version)] == []
