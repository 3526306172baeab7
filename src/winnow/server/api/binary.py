"""Pixels, masks and pictures over HTTP: stored gzip goes out as it is, and is not sent twice."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

from winnow.errors import InvalidInput, InvalidMask
from winnow.imaging.mask import Mask, decode_mask_png, mask_from_bytes
from winnow.imaging.patch import Patch, decode_patches
from winnow.server import storage
from winnow.server.models import Image

IMMUTABLE = "private, max-age=31536000, immutable"
REVALIDATE = "private, no-cache"
OCTETS = "application/octet-stream"
PNG = "image/png"
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def blob_response(request: HttpRequest, digest: str, *, cache: str, etag: str | None = None) -> HttpResponse:
    """A stored array as little-endian bytes; compressed, as it is stored, for clients that accept gzip."""
    etag = etag or f'"{digest}"'
    if is_known(request, etag):
        return not_modified(etag, cache)
    data = storage.blobs.get(digest)
    encoded = re.search(r"\bgzip\b(?!\s*;\s*q=0(\.0+)?(,|$))", request.headers.get("Accept-Encoding", "")) is not None
    response = bytes_response(data if encoded else gzip.decompress(data), kind=OCTETS, etag=etag, cache=cache)
    response["Vary"] = "Accept, Accept-Encoding, Cookie"
    if encoded:
        response["Content-Encoding"] = "gzip"
    return response


def bytes_response(data: bytes, *, kind: str, etag: str, cache: str) -> HttpResponse:
    """Bytes with what a cache needs to know."""
    headers = {"ETag": etag, "Cache-Control": cache, "Vary": "Accept, Cookie", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(data, content_type=kind, headers=headers)


def is_known(request: HttpRequest, etag: str) -> bool:
    """Whether the client holds this very version."""
    return etag in _etags(request.headers.get("If-None-Match", ""))


def not_modified(etag: str, cache: str) -> HttpResponse:
    """304: the client holds it already."""
    return HttpResponseNotModified(headers={"ETag": etag, "Cache-Control": cache})


def wants_octets(request: HttpRequest) -> bool:
    """Raw bytes only for who prefers them in Accept; a PNG for everybody else."""
    return request.get_preferred_type([PNG, OCTETS]) == OCTETS


def version_from(request: HttpRequest) -> int:
    """The version in ``If-Match``: ``"3"`` or ``3``, ``0`` for an image without a mask. Raises InvalidInput."""
    given = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not given.isdecimal() or len(given) > 9:
        raise InvalidInput('Say which version you drew on: If-Match: "3", or "0" for an image without a mask.')
    return int(given)


def mask_from(request: HttpRequest, image: Image) -> Mask:
    """The mask in the body: a PNG of class values or H*W raw bytes, either of them compressed with gzip or not.

    raises : InvalidMask saying what came and what is needed
    """
    shape = (image.height, image.width)
    body = _unpacked(request, image)
    octets = request.content_type == OCTETS and len(body) == image.height * image.width
    if body.startswith(_PNG_MAGIC) and not octets:
        return decode_mask_png(body)
    if request.content_type == PNG:
        raise InvalidMask("The body is not a PNG.")
    return mask_from_bytes(body, shape)


def patches_from(request: HttpRequest, image: Image) -> list[Patch]:
    """The changed rectangles in the body (imaging/patch.py), compressed with gzip or not; raises InvalidMask."""
    return decode_patches(_unpacked(request, image), shape=(image.height, image.width))


def _unpacked(request: HttpRequest, image: Image) -> bytes:
    if request.headers.get("Content-Encoding", "").lower() == "gzip":
        return _gunzip(request.body, limit=2 * image.height * image.width + 65536)
    return request.body


def _gunzip(data: bytes, *, limit: int) -> bytes:
    """At most ``limit`` bytes of it, so that a small body cannot fill the memory."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(data, limit)
    except zlib.error:
        raise InvalidMask("The body is not gzip, though its Content-Encoding says so.") from None
    if not unpacker.eof:
        raise InvalidMask("The compressed body is cut off, or larger than any mask of this image.")
    return unpacked


def _etags(header: str) -> Iterator[str]:
    return (entry.strip().removeprefix("W/") for entry in header.split(","))
