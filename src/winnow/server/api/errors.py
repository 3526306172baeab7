"""The one place that knows which HTTP status each error has."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from winnow import errors
from winnow.errors import WinnowError
from winnow.server import storage

logger = logging.getLogger(__name__)

# the most special class that is listed decides
STATUS: dict[type[WinnowError], int] = {
    errors.WinnowError: 500,
    errors.InvalidInput: 422,
    # tus 1.0, extension checksum
    errors.ChecksumMismatch: 460,
    errors.ChecksumUnknown: 400,
    errors.Unauthenticated: 401,
    errors.TooManyAttempts: 429,
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.StorageFull: 507,
    errors.CorruptData: 500,
    errors.OutOfMemory: 507,
    errors.ClusterAway: 503,
    errors.TextSearchAway: 503,
    errors.PacsAway: 503,
    errors.PacsRefuses: 502,
    errors.JobStopped: 409,
}
BY_STATUS: dict[int, type[WinnowError]] = {
    400: errors.InvalidInput,
    401: errors.Unauthenticated,
    403: errors.NotAllowed,
    404: errors.NotFound,
}


def status_of(error: type[WinnowError]) -> int:
    """The HTTP status of an error class: its own, or that of the nearest class above it."""
    return next(STATUS[parent] for parent in error.__mro__ if parent in STATUS)


def as_winnow_error(error: Exception) -> WinnowError:
    """The named error for whatever was raised: what is not on purpose becomes a WinnowError without internals."""
    if isinstance(error, WinnowError):
        return error
    if isinstance(error, ValidationError):
        return errors.InvalidInput(_sentence(error), errors=_plain(error))
    if isinstance(error, HttpError):
        return BY_STATUS.get(error.status_code, WinnowError)(error.message)
    return _from_django(error) or _full_disk(error) or _unexpected(error)


def answer(request: HttpRequest, error: Exception, api: NinjaAPI) -> HttpResponse:
    """The answer to a request that failed."""
    named = as_winnow_error(error)
    body = {"error": type(named).__name__, "message": named.message, "detail": named.detail}
    response = api.create_response(request, body, status=status_of(type(named)))
    if response.status_code == 401:  # RFC 9110 11.6.1; not Basic, or browsers ask with a window of their own
        response["WWW-Authenticate"] = "Bearer"
    if isinstance(named, errors.TooManyAttempts):  # RFC 9110 10.2.3
        response["Retry-After"] = str(named.detail["seconds"])
    return response


def install(api: NinjaAPI) -> None:
    """Have every error of every door answered in this shape."""

    def handle(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(request, error, api)

    for kind in (Exception, WinnowError, ValidationError, HttpError):
        api.add_exception_handler(kind, handle)


def _from_django(error: Exception) -> WinnowError | None:
    if isinstance(error, RequestDataTooBig):
        return errors.TooLarge("The body of the request is too large.")
    if isinstance(error, TooManyFilesSent):
        return errors.TooLarge("Too many files in one request: send fewer at once, or pack them into a ZIP.")
    if isinstance(error, MultiPartParserError | SuspiciousOperation):
        return errors.InvalidInput("The request cannot be read: it is not what its headers say.")
    return None


def _full_disk(error: Exception) -> WinnowError | None:
    if isinstance(error, OperationalError) and "disk is full" in str(error):
        return errors.StorageFull("The disk is full: free space, then try again; nothing was stored.")
    named = storage.storage_error(error) if isinstance(error, OSError) else None
    return named if isinstance(named, WinnowError) else None


def _unexpected(error: Exception) -> WinnowError:
    logger.error("unexpected", exc_info=error)
    return WinnowError("Something went wrong on the server. Its log says what.")


def _plain(error: ValidationError) -> list[dict[str, str]]:
    return [{"at": _place(entry["loc"]), "problem": _problem(entry)} for entry in error.errors]


def _problem(entry: dict[str, Any]) -> str:
    """What is wrong; pydantic's words for a name that is not known speak of Python."""
    return "There is no setting of this name." if entry.get("type") == "extra_forbidden" else str(entry["msg"])


def _place(location: Sequence[Any]) -> str:
    """The field or parameter by the name its sender knows: ``labels.0.value``, ``limit``."""
    parts = [str(part) for part in location]
    known = parts[2:] if parts[:2] == ["body", "body"] else parts[1:]
    return ".".join(known) or "body"


def _sentence(error: ValidationError) -> str:
    first = _plain(error)[0]
    return f"{first['at']}: {first['problem']}"
