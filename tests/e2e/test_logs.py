"""What an installation writes to its log names no patient and tells no secret, however much it is asked to write."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.installation import Installation, free_port
from pydicom import dcmread, dcmwrite

from winnow.dicom.phantom import phantom_files

NAMES = ("Quirrenbach", "Eudora", "PID-77143", "19480229", "ACC-90817")
WRONG_PASSWORD = "a wrong passphrase of mine"


@pytest.fixture
def talkative(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(root=tmp_path / "data", port=free_port(), settings={"WINNOW_LOG_LEVEL": "DEBUG"})
    try:
        made.start()
        yield made
    finally:
        made.stop()


def identifying() -> bytes:
    """A ZIP of a DICOM file that says whose it is, one that is cut off, and a text, all with names to match."""
    _, data, _ = next(phantom_files(seed=1, patients=1, slices=1))
    dataset = dcmread(io.BytesIO(data))
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate, dataset.AccessionNumber = (
        "Quirrenbach^Eudora", *NAMES[2:],
    )  # fmt: skip
    file, package = io.BytesIO(), io.BytesIO()
    dcmwrite(file, dataset)
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("Quirrenbach Eudora/PID-77143.dcm", file.getvalue())
        archive.writestr("Quirrenbach Eudora/cut.dcm", file.getvalue()[:700])
        archive.writestr("Quirrenbach Eudora/letter.txt", b"Dear Mrs Quirrenbach")
    return package.getvalue()


def call(
    url: str, token: str, *, method: str = "GET", body: bytes | None = None, kind: str = "application/json"
) -> Any:
    """The answer's JSON, an error's as well."""
    headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return json.loads(error.read())


def test_the_log_names_nobody_and_tells_no_secret(talkative: Installation) -> None:
    environment = os.environ | {"WINNOW_DATA_DIR": str(talkative.root)}
    command = [str(Path(sys.executable).with_name("winnow")), "token", "admin"]
    token = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    api = f"{talkative.url}/api"

    wrong = json.dumps({"name": "admin", "password": WRONG_PASSWORD}).encode()
    assert call(f"{api}/login", "", method="POST", body=wrong)["error"] == "Unauthenticated"
    assert call(f"{api}/me", f"{token}x")["error"] == "Unauthenticated"
    labels = [{"value": 1, "name": "a", "colour": "#000000"}]
    project = call(f"{api}/projects", token, method="POST", body=json.dumps({"name": "P", "labels": labels}).encode())
    boundary = b"----winnow"
    head = b'Content-Disposition: form-data; name="file"; filename="Quirrenbach Eudora.zip"\r\n\r\n'
    form = b"--" + boundary + b"\r\n" + head + identifying() + b"\r\n--" + boundary + b"--\r\n"
    kind = f"multipart/form-data; boundary={boundary.decode()}"
    job = call(f"{api}/projects/{project['id']}/uploads", token, method="POST", body=form, kind=kind)
    events = urllib.request.Request(f"{api}/jobs/{job['id']}/events", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(events, timeout=120) as stream:
        stream.read()  # ends with the job
    done = call(f"{api}/jobs/{job['id']}", token)
    assert done["result"]["written"] == 1, done
    talkative.stop()

    log = talkative.said()
    assert f"job {job['id']}" in log, "this is the log of what was done"
    for told in (*NAMES, WRONG_PASSWORD, token, "PID", "letter.txt"):
        assert told.casefold() not in log.casefold(), told
    assert talkative.password not in log[log.index("Uvicorn running") :]
