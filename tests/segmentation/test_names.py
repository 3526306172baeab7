"""The names of the networks are known without torch, and are those of the files there are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from winnow.segmentation.names import DEFAULT, NETWORK_NAMES
from winnow.segmentation.networks import __path__ as folders


def test_the_names_are_those_of_the_networks():
    files = {path.stem for path in Path(folders[0]).glob("*.py")} - {"__init__", "base"}
    assert sorted(NETWORK_NAMES) == sorted(files)
    assert NETWORK_NAMES[0] == DEFAULT


def test_asking_for_them_loads_no_torch():
    code = "import sys, winnow.segmentation.names; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
