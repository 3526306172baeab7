"""A PACS that does what a test wants: answers oddly, slowly, or in the middle of a sentence."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

# what one request is answered with: writes to the handler
Script = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One request, handed to the script of its server."""

    server: Any
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.pacs.asked.append(self)
        self.server.pacs.script(self)

    def give(self, status: int, body: bytes = b"", *, claimed: int | None = None, **headers: str) -> None:
        """An answer; ``claimed`` bytes are promised instead of those that follow."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if claimed is None else claimed))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def give_json(self, body: bytes) -> None:
        self.give(200, body, Content_Type="application/dicom+json")

    def hold(self) -> None:
        """Say nothing more until the PACS is stopped."""
        self.server.pacs.stopped.wait()

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is what the tests are about."""


class OddPacs:
    """Listens on loopback; ``script`` says what it does next, ``asked`` holds the requests that came."""

    def __init__(self, *, certificate: Path | None = None) -> None:
        self.script: Script = lambda handler: handler.give_json(b"[]")
        self.asked: list[Handler] = []
        self.stopped = threading.Event()
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.pacs = self  # type: ignore[attr-defined]
        self._scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"{self._scheme}://{self.host}/dicom-web"

    def stop(self) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def multipart(*files: bytes, end: bool = True) -> tuple[bytes, str]:
    """(body, Content-Type) of DICOM files as WADO-RS sends them; without its end, as a broken line leaves it."""
    parts = [b"--b0\r\nContent-Type: application/dicom\r\n\r\n" + data + b"\r\n" for data in files]
    return b"".join(parts) + (b"--b0--\r\n" if end else b""), 'multipart/related; type="application/dicom"; boundary=b0'


def make_certificate(path: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path
