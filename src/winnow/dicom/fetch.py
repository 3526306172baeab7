"""One GET to a PACS that may be away, slow, or lie: timeouts, no redirects, and no waiting that cannot be broken off.

Nothing here follows an address that the PACS gives, asks a proxy, or writes an address into a log: addresses of a
search hold patients' names.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Self
from urllib.parse import quote, urlencode, urlsplit

from winnow.errors import PacsAway, PacsRefuses

PIECE = 1 << 16
CONNECT_SECONDS = 10.0
LOOK_SECONDS = 0.25
Check = Callable[[], None]


@dataclass(frozen=True)
class Server:
    """A DICOMweb service.

    url     : its base, http or https, to which /studies is added
    seconds : how long it may be silent
    """

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    seconds: float = 30.0

    @property
    def host(self) -> str:
        """What messages call it: host and port, without the path."""
        return urlsplit(self.url).netloc


class Answer:
    """The good answer to a GET: its type and its bytes, as they come."""

    def __init__(self, server: Server, response: HTTPResponse, watch: _Watch) -> None:
        self._server, self._response, self._watch = server, response, watch
        self.status = response.status
        self.media_type = response.headers.get_content_type()
        self.boundary = response.headers.get_boundary() or ""

    def read(self) -> bytes:
        """The next bytes, "" at the end. Raises PacsAway when it ends too early, and what the check raised."""
        with _named(self._server, self._watch):
            data = self._response.read1(PIECE)
            self._watch.look()
            if not data and self._response.length:
                raise HTTPException
            return data


@contextmanager
def fetched(
    server: Server,
    path: str,
    *,
    accept: str,
    query: Sequence[tuple[str, str]] = (),
    check: Check = lambda: None,
    within: float | None = None,
) -> Iterator[Answer]:
    """GET a path below the server's base.

    check  : called several times a second while anything is waited for; ends it by raising
    within : seconds for all of it; None for as long as something comes
    raises : PacsAway when it is not reached, too slow or not ready; PacsRefuses when it says no, or sends elsewhere
    """
    connection = _connection(server)
    try:
        with _named(server, None):
            connection.connect()
        with _Watch(server, connection.sock, check, within) as watch:
            with _named(server, watch):
                connection.request("GET", _target(server, path, query), headers=_headers(server, accept))
                response = connection.getresponse()
                watch.look()
            _guard_status(server, response.status)
            yield Answer(server, response, watch)
    finally:
        connection.close()


def _connection(server: Server) -> HTTPConnection:
    """To the host of the base address and no other; for https its certificate must be trusted by this machine."""
    parts = urlsplit(server.url)
    seconds = min(CONNECT_SECONDS, server.seconds)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return HTTPSConnection(parts.hostname or "", parts.port, timeout=seconds, context=context)
    return HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)


def _target(server: Server, path: str, query: Sequence[tuple[str, str]]) -> str:
    target = urlsplit(server.url).path.rstrip("/") + path
    # the plugin of Debian's Orthanc (1.7) decodes nothing: wildcards, at least, need no encoding (RFC 3986 2.2)
    return f"{target}?{urlencode(query, safe='*', quote_via=quote)}" if query else target


def _headers(server: Server, accept: str) -> dict[str, str]:
    headers = {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": "Winnow"}
    if server.user:
        pair = f"{server.user}:{server.password}".encode()
        headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
    return headers


class _Watch:
    """A thread that ends a wait on a socket: when the check raises, or time is up."""

    def __init__(self, server: Server, sock: socket.socket, check: Check, within: float | None) -> None:
        sock.settimeout(server.seconds)
        self._socket, self._check = sock, check
        self._until = None if within is None else time.monotonic() + within
        self._late = PacsAway(f"The PACS at {server.host} takes longer than {within or 0:g} s: ask for less.")
        self._over = threading.Event()
        self._cause: Exception | None = None
        self._thread = threading.Thread(target=self._watch, name="pacs watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def look(self) -> None:
        """Raise what ended the wait, if anything did."""
        if self._cause is not None:
            raise self._cause

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            try:
                self._check()
                self._look_at_the_clock()
            except Exception as error:  # noqa: BLE001 whatever it is, the reader raises it
                self._cause = error
                self._cut()
                return

    def _look_at_the_clock(self) -> None:
        if self._until is not None and time.monotonic() > self._until:
            raise self._late

    def _cut(self) -> None:
        with suppress(OSError):  # gone already
            # of the plain socket: that of TLS forgets its session, under the reader's feet
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


@contextmanager
def _named(server: Server, watch: _Watch | None) -> Iterator[None]:
    """What the network raises, as an error with a sentence that names the host and nothing else."""
    try:
        yield
    except (OSError, HTTPException, ValueError) as error:
        if watch is not None:
            watch.look()
        raise PacsAway(_why(error, server)) from None


def _why(error: Exception, server: Server) -> str:
    host = server.host
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The PACS at {host} shows a certificate that this machine does not trust."
    if isinstance(error, ssl.SSLError):
        return f"The PACS at {host} does not speak TLS: see whether its address begins with http or https."
    if isinstance(error, TimeoutError):
        return f"The PACS at {host} does not answer within {server.seconds:g} s."
    if isinstance(error, socket.gaierror):
        return f"The PACS at {host} is not found: nobody knows this name."
    if isinstance(error, ConnectionRefusedError):
        return f"The PACS at {host} does not answer: nothing listens there."
    return f"The PACS at {host} broke the connection off."


def _guard_status(server: Server, status: int) -> None:
    if status in (200, 204):
        return
    if status in (401, 403):
        raise PacsRefuses(f"The PACS at {server.host} refuses the user name or the password.", status=status)
    if status == 404:
        raise PacsRefuses(f"The PACS at {server.host} knows nothing of this address (HTTP 404).", status=status)
    if status in (502, 503, 504):
        raise PacsAway(f"The PACS at {server.host} is not ready (HTTP {status}).", status=status)
    if status == 206:
        raise PacsRefuses(f"The PACS at {server.host} gives only a part of it (HTTP 206).", status=status)
    raise PacsRefuses(f"The PACS at {server.host} refuses with HTTP status {status}.", status=status)
