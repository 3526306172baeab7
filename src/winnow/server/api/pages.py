"""The pages: one HTML file whatever the address, its assets, and the headers that keep both safe."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.decorators.http import require_safe
from whitenoise.middleware import WhiteNoiseMiddleware

# Element Plus sets styles on elements; pictures are drawn from blobs; everything else comes from here only.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; "
    "style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; "
    "worker-src 'self' blob:; "
    "object-src 'none'; "
    "base-uri 'self'; "
    "form-action 'self'; "
    "frame-ancestors 'none'"
)
NOT_BUILT = "The front end is not built. Run `make setup` in the project's folder, then start Winnow again.\n"


@require_safe
@ensure_csrf_cookie
def page(request: HttpRequest, address: str = "") -> HttpResponse:
    """The single-page application, with the cookie csrftoken."""
    index = Path(settings.WINNOW_FRONTEND_DIR) / "index.html"
    if not index.is_file():
        return HttpResponse(NOT_BUILT, status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse(index.read_bytes(), headers={"Cache-Control": "no-cache"})


@csrf_exempt  # nothing to forge here, and a script is to be told so in JSON, whatever it sends
def no_such_door(request: HttpRequest, address: str = "") -> HttpResponse:
    """The answer under /api/ to an address that leads nowhere."""
    message = f"There is no {request.method} {request.path}."
    return JsonResponse({"error": "NotFound", "message": message, "detail": {}}, status=404)


class JsonRefusals:
    """An address under /api/ that does not know the request's method answers in the shape of every other error."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or not request.path.startswith("/api/"):
            return response
        allowed = ", ".join(sorted(response.headers["Allow"].split(", ")))
        message = f"There is no {request.method} {request.path}; there is {allowed}."
        body = {"error": "NotFound", "message": message, "detail": {}}
        return JsonResponse(body, status=response.status_code, headers={"Allow": allowed})


class SafetyHeaders:
    """Puts the content security policy on every answer, static files included.

    And takes the type from answers without content, which clients would try to read by it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        if response.status_code == 204:
            del response["Content-Type"]
        return response


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Whitenoise, answering in one piece: an open file cannot be streamed under ASGI, and assets are small."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        body = b"" if found.file is None else found.file.read()
        if found.file is not None:
            found.file.close()
        response = HttpResponse(body, status=int(found.status))
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        return response
