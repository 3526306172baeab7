"""The application as uvicorn runs it: Django behind a guard on the size of what comes in.

Under ASGI Django writes a body to the disk before any of our code sees the request, so its size is
limited here.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winnow.server.settings")

from django.conf import settings
from django.core.asgi import get_asgi_application

from winnow.errors import StorageFull
from winnow.server import storage

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = dict[str, Any]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
STRANGERS_BYTES = 1 << 20


class BodyLimit:
    """Answers 413 or 507 to a body that is too large, before (or, without a length, while) it comes in."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        limit = _limit(headers)
        length = headers.get(b"content-length", b"0")
        size = int(length) if length.isdigit() else 0
        if size > limit:
            await _refuse(send, 413, "TooLarge", f"At most {limit} bytes are taken in one request.")
        elif size > STRANGERS_BYTES and size * 2 > shutil.disk_usage(settings.WINNOW_DATA_DIR).free:
            await _refuse(send, 507, "StorageFull", "The disk is too full for this upload; nothing was stored.")
        elif b"content-length" not in headers and headers.get(b"content-type", b"").startswith(b"multipart/"):
            # Django would take it for an empty one
            await _refuse(send, 422, "InvalidInput", "The upload does not say how long it is: send Content-Length.")
        else:
            await self._pass_on(scope, _counting(receive, limit), send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The disk may fill while the body comes in, which is before any of our code is asked."""
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except OSError as error:
            full = storage.storage_error(error)
            if begun or not isinstance(full, StorageFull):
                raise
            await _refuse(send, 507, "StorageFull", full.message)


def _limit(headers: dict[bytes, bytes]) -> int:
    """Who shows no credentials has nothing to upload."""
    known = b"authorization" in headers or settings.SESSION_COOKIE_NAME.encode() in headers.get(b"cookie", b"")
    return int(settings.WINNOW_MAX_UPLOAD_BYTES) if known else STRANGERS_BYTES


def _counting(receive: Receive, limit: int) -> Receive:
    """``receive``, until more than ``limit`` bytes came: then the client counts as gone."""
    received = 0

    async def count() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        return message if received <= limit else {"type": "http.disconnect"}

    return count


async def _refuse(send: Send, status: int, error: str, message: str) -> None:
    body = json.dumps({"error": error, "message": message, "detail": {}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})


application = BodyLimit(get_asgi_application())
