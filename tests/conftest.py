"""What all tests share: a data directory of their own, and how a test says that something is not there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


def pytest_configure(config: pytest.Config) -> None:
    """No test ever touches the data of an installation, whatever the environment says."""
    folder = Path(tempfile.mkdtemp(prefix="winnow-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    settings.WINNOW_DATA_DIR = folder
    settings.STATIC_ROOT = folder / "static"
    settings.FILE_UPLOAD_TEMP_DIR = folder / "incoming"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700)


@pytest.fixture(scope="session")
def need_program() -> Callable[[str], str]:
    """``need_program("chromium")`` is its path; without it the test is skipped, or failed where CI=true."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            give_up(f"the program {name} is not installed")
        return path

    return find


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real images beside the project; tests that use them are skipped where they are absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("there are no real images beside the project (../shared/data)")
    return SHARED_DATA
