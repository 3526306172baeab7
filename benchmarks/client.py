"""Winnow over HTTP with nothing but the standard library: an installation to measure, and a client to drive it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WINNOW = Path(sys.executable).with_name("winnow")


class Client:
    """Calls the interface with a bearer token. Any answer that is not a success ends the benchmark with its message."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/") + "/api"
        self.token = token

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> bytes:
        """The body of the answer; ``body`` is sent as it is when bytes, else as JSON."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"} | headers
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)  # noqa: S310 http, or what --url says
        try:
            with urllib.request.urlopen(request, timeout=600) as answer:  # noqa: S310
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path}: {error.code} {error.read().decode(errors='replace')[:500]}")

    def json(self, method: str, path: str, body: Any = None) -> Any:
        """The answer as JSON; None for an empty one."""
        return json.loads(self.call(method, path, body) or b"null")

    def upload(self, project: int, name: str, data: bytes) -> Any:
        """Send one file as a form does; answers the job."""
        mark = secrets.token_hex(16)
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + data + f"\r\n--{mark}--\r\n".encode()
        kind = f"multipart/form-data; boundary={mark}"
        return json.loads(self.call("POST", f"/projects/{project}/uploads", body, Content_Type=kind))

    def finished(self, job: Any) -> Any:
        """Wait for a job; anything but success ends the benchmark."""
        shown = ""
        while job["state"] in {"queued", "running"}:
            time.sleep(0.5)
            job = self.json("GET", f"/jobs/{job['id']}")
            line = f"  {job['kind']} {job['progress']:.0%} {job['message']}"
            if sys.stderr.isatty() and line != shown:
                print(f"\r{line:<78}", end="", file=sys.stderr)
            shown = line
        if job["state"] != "succeeded":
            sys.exit(f"{job['kind']} {job['state']}: {job['error']} {job['message']}\n{job['log']}")
        return job

    def listed(self, path: str) -> Iterator[Any]:
        """Every item of a list, page by page."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.json("GET", f"{path}?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
            yield from page["items"]
            cursor = page["next"]


@contextlib.contextmanager
def installation(data_dir: Path) -> Iterator[Client]:
    """`winnow serve` on a free port with an empty data directory, ended afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "WINNOW_DATA_DIR": str(data_dir), "OMP_NUM_THREADS": "1"}
    command = [WINNOW, "serve", "--port", str(port)]
    with (data_dir.parent / "serve.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_until_served(server, port, data_dir.parent / "serve.log")
        made = subprocess.run(
            [WINNOW, "token", "admin"], env=environment, check=True, capture_output=True, text=True, timeout=60
        )
        yield Client(f"http://127.0.0.1:{port}", made.stdout.strip())
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)


def _wait_until_served(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.2)
    sys.exit(f"The service did not start:\n{log.read_text()[-2000:]}")
