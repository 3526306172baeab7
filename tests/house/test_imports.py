"""Each import contract is seen failing on a planted violation: a contract that cannot fail holds nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

# contract → the files that break it and nothing else
PLANTS = {
    "The rooms: upper may import lower, neighbours do not know each other": {
        "dicom/planted.py": "import winnow.segmentation",
    },
    "Inside the server: doors, then verbs, then nouns, then storage": {
        "server/api/planted.py": "import winnow.server.worker",
    },
    "The science knows no Django": {"active/planted.py": "import django"},
    "A web request never loads torch or dask": {"server/services/planted.py": "import torch"},
    "Stages talk through rows: services do not import each other": {
        "server/services/annotate.py": "import winnow.server.services.export",
    },
    "Stages talk through rows: workers do not import each other": {
        "server/worker/ingest.py": "import winnow.server.worker.export",
    },
    "pydicom lives in one room": {"segmentation/planted.py": "import pydicom"},
    "dask behind one door (compute.cluster)": {"compute/planted.py": "import dask"},
    "imaging is numpy only": {"imaging/planted.py": "import scipy"},
    "No import cycles": {
        "imaging/planted.py": "import winnow.imaging.planted_too",
        "imaging/planted_too.py": "import winnow.imaging.planted",
    },
}


def broken_contracts(source: Path) -> set[str]:
    """Names of the contracts that the packages under ``source`` break."""
    answer = subprocess.run(
        [
            Path(sys.executable).with_name("lint-imports"),
            "--config",
            ROOT / "pyproject.toml",
            "--no-cache",
            "--no-logo",
        ],
        cwd=source,
        env={**os.environ, "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)(?: \(.*\))?$", answer.stdout, re.MULTILINE))
    assert set(verdicts) == {contract["name"] for contract in CONTRACTS}, answer.stdout + answer.stderr
    return {name for name, verdict in verdicts.items() if verdict == "BROKEN"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, in the folder that lint-imports is started in."""
    folder = tmp_path_factory.mktemp("planted") / "src"
    shutil.copytree(ROOT / "src" / "winnow", folder / "winnow", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_every_contract_has_a_plant_and_none_is_broken(copy: Path) -> None:
    assert [contract["name"] for contract in CONTRACTS] == list(PLANTS)
    assert broken_contracts(copy) == set()


@pytest.mark.parametrize("contract", PLANTS)
def test_a_planted_violation_breaks_exactly_its_contract(copy: Path, contract: str) -> None:
    before = {}
    for name, text in PLANTS[contract].items():
        file = copy / "winnow" / name
        before[file] = file.read_text() if file.exists() else None
        file.write_text(f"{before[file] or ''}\n{text}\n")
    try:
        assert broken_contracts(copy) == {contract}
    finally:
        for file, content in before.items():
            file.unlink() if content is None else file.write_text(content)


def test_a_new_room_needs_a_decision(copy: Path) -> None:
    room = copy / "winnow" / "attic"
    room.mkdir()
    (room / "__init__.py").touch()
    try:
        assert broken_contracts(copy) == {"The rooms: upper may import lower, neighbours do not know each other"}
    finally:
        shutil.rmtree(room)
