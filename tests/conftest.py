"""What every test may lean on: a data directory of its own, people, a project, and clients to call the doors with."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.test import Client

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
LABELS = [
    {"value": 1, "name": "ground-glass", "colour": "#e64980", "code": ""},
    {"value": 2, "name": "consolidation", "colour": "#15aabf", "code": ""},
]


def pytest_configure(config: pytest.Config) -> None:
    """No test ever touches the data of an installation, whatever the environment says."""
    folder = Path(tempfile.mkdtemp(prefix="winnow-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    django_settings.WINNOW_DATA_DIR = folder
    django_settings.FILE_UPLOAD_TEMP_DIR = folder / "incoming"
    django_settings.FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700)


@pytest.fixture(scope="session")
def need_program() -> Callable[[str], str]:
    """``need_program("chromium")`` is its path; without it the test is skipped, or failed where CI=true."""

    def find(name: str) -> str:
        path = shutil.which(name) or shutil.which(name, path="/usr/sbin")
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


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A real file, not shared memory: threads and other processes meet it as they do in an installation."""
    database = django_settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def own_data_dir(settings: Any, tmp_path: Path) -> Path:
    """Blobs, uploads and keys of this test only; and a password hasher that costs nothing."""
    data = tmp_path / "data"
    (data / "incoming").mkdir(parents=True, mode=0o700)
    settings.WINNOW_DATA_DIR = data
    settings.FILE_UPLOAD_TEMP_DIR = data / "incoming"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return data


@pytest.fixture
def make_user(db: None) -> Callable[..., Any]:  # noqa: ARG001 the fixture opens the database
    from winnow.server.models import User

    def make(name: str, **fields: Any) -> Any:
        return User.objects.create_user(username=name, password="correct horse battery", **fields)

    return make


@pytest.fixture
def project(make_user: Callable[..., Any]) -> Any:
    """A project of two classes with the members mia (manager), ann (annotator) and rex (reviewer)."""
    from winnow.server.models import Membership, Project

    project = Project.objects.create(name="Lungs", labels=LABELS)
    for name, role in (("mia", "manager"), ("ann", "annotator"), ("rex", "reviewer")):
        Membership.objects.create(project=project, user=make_user(name), role=role)
    return project


@pytest.fixture
def user(project: Any) -> Callable[[str], Any]:
    """The people of ``project`` by name."""
    return lambda name: project.memberships.get(user__username=name).user


@pytest.fixture
def make_image(project: Any) -> Callable[..., Any]:
    """An image of 4 rows and 6 columns of uint8 in ``project``."""
    from winnow.server import storage
    from winnow.server.models import Image

    def make(name: str = "000.png", **fields: Any) -> Any:
        number = project.images.count()
        pixels = np.full((4, 6), number, np.uint8)
        defaults: dict[str, Any] = {
            "project": project, "name": name, "height": 4, "width": 6, "dtype": "uint8", "window": [127.5, 255.0],
            "pixels": storage.put_array(pixels), "fingerprint": f"{number:064x}", "patient": name,
        }  # fmt: skip
        return Image.objects.create(**(defaults | fields))

    return make


class Caller:
    """A client that speaks JSON and answers CSRF as the pages do."""

    def __init__(self, client: Client, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        headers = self.headers | options.pop("headers", {})
        if isinstance(body, bytes):
            options = {"content_type": "application/octet-stream"} | options
        else:
            options = {"content_type": "application/json"} | options
            body = b"" if body is None else json.dumps(body).encode()
        return self.client.generic(method, f"/api{path}", body, headers=headers, **options)


@pytest.fixture
def browser() -> Callable[[Any], Caller]:
    """Signed in by session cookie, with CSRF checks on and the header the pages send."""

    def sign_in(user: Any) -> Caller:
        client = Client(enforce_csrf_checks=True)
        client.force_login(user)
        client.cookies["csrftoken"] = "c" * 32
        return Caller(client, {"X-CSRFToken": "c" * 32})

    return sign_in


@pytest.fixture
def script() -> Callable[..., Caller]:
    """Signed in by bearer token."""
    from winnow.server.services import accounts

    def sign_in(user: Any, scope: str = "manage") -> Caller:
        token, _ = accounts.create_token(actor=user, name="test", scope=scope)
        return Caller(Client(enforce_csrf_checks=True), {"Authorization": f"Bearer {token}"})

    return sign_in


@pytest.fixture(scope="session")
def running_orthanc(need_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One Orthanc for all tests; without it or its plugin they are skipped, or fail where CI=true."""
    from pacs.orthanc import PLUGIN, Orthanc

    program = need_program("Orthanc")
    if not PLUGIN.exists():
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("Orthanc's plugin for DICOMweb is not installed (Debian's orthanc-dicomweb)")
    orthanc = Orthanc(program, tmp_path_factory.mktemp("orthanc"))
    yield orthanc
    orthanc.stop()


@pytest.fixture
def orthanc(running_orthanc: Any) -> Any:
    """A real PACS with nothing in it."""
    running_orthanc.empty()
    return running_orthanc


@pytest.fixture
def odd_pacs() -> Iterator[Any]:
    """A PACS that does what the test wants (tests/pacs/odd.py); as it is, it answers and has nothing."""
    from pacs.odd import OddPacs

    odd = OddPacs()
    yield odd
    odd.stop()
