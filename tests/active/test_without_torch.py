"""A web request may ask for the strategies: what it loads must not pull in torch."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module",
    ["strategies", "uncertainty", "quality", "calibration", "descriptors", "resampling", "tables", "resume", "advice"],
)
def test_imports_without_torch(module):
    code = f"import sys, winnow.active.{module}; sys.exit('torch' in sys.modules or 'django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
