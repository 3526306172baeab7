"""A real PACS: Debian's Orthanc with its DICOMweb plugin, on loopback, with a folder of its own."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from e2e.installation import free_port

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
USER, PASSWORD = "winnow", "a password only Orthanc knows"


class Orthanc:
    """One running Orthanc; ``url`` is its DICOMweb service, which asks for USER and PASSWORD."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        (folder / "orthanc.json").write_text(json.dumps(self._configuration()))
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen([program, folder / "orthanc.json"], stdout=self._log, stderr=self._log)
        self._wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/dicom-web"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _configuration(self) -> dict[str, Any]:
        return {
            "Name": "test",
            "StorageDirectory": str(self.folder / "storage"),
            "IndexDirectory": str(self.folder / "index"),
            "Plugins": [str(PLUGIN)],
            "HttpPort": self.port,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": True,
            "RegisteredUsers": {USER: PASSWORD},
            "DicomServerEnabled": False,
            "DicomAet": "ORTHANC",
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        }

    def _wait(self) -> None:
        """Until it answers; polled, for it says so nowhere else."""
        deadline = time.monotonic() + 60
        while True:
            try:
                self.ask("GET", "/system")
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    pytest.fail("Orthanc did not come up:\n" + (self.folder / "log").read_text())
                time.sleep(0.1)
            else:
                return

    def ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        """Orthanc's own interface."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method, data=body)
        request.add_header("Authorization", f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def fill(self, files: Iterable[bytes]) -> list[str]:
        """Store DICOM files; returns Orthanc's own names of the instances."""
        return [self.ask("POST", "/instances", data)["ID"] for data in files]

    def empty(self) -> None:
        for patient in self.ask("GET", "/patients"):
            self.ask("DELETE", f"/patients/{patient}")

    def send(self, instances: list[str], *, port: int, aet: str = "WINNOW") -> dict[str, Any]:
        """Send instances by C-STORE to a receiver on loopback; answers what Orthanc says of it."""
        there = json.dumps({"AET": aet, "Host": "127.0.0.1", "Port": port}).encode()
        self.ask("PUT", "/modalities/winnow", there)
        order = {"Resources": instances, "Synchronous": True, "Timeout": 30}
        return dict(self.ask("POST", "/modalities/winnow/store", json.dumps(order).encode()))

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=40)
        self._log.close()
