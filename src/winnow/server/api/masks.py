"""Doors for masks, and for pictures with masks drawn in."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

import numpy as np
from django.http import HttpResponse
from ninja import Router
from ninja.params import functions as parameter

from winnow.errors import NotFound
from winnow.imaging.files import preview_png
from winnow.imaging.mask import Mask, encode_mask_png
from winnow.imaging.picture import Picture
from winnow.imaging.window import apply_window
from winnow.server import storage
from winnow.server.api.binary import (
    IMMUTABLE,
    OCTETS,
    PNG,
    REVALIDATE,
    blob_response,
    bytes_response,
    is_known,
    mask_from,
    not_modified,
    patches_from,
    version_from,
    wants_octets,
)
from winnow.server.api.route import Request, binary, route
from winnow.server.api.schemas.common import ImageState
from winnow.server.api.schemas.images import MaskSaved
from winnow.server.models import Annotation, Image
from winnow.server.services import annotate, blind
from winnow.server.services.pool import BY_A_PERSON

router = Router(tags=["masks"])
Source = Literal["annotation", "network", "truth", "conflict"]
Purpose = Annotation.Purpose
PURPOSES = {
    "annotation": BY_A_PERSON,
    "network": (Purpose.AUTO,),
    "truth": (Purpose.TRUTH,),
    "conflict": (Purpose.CONFLICT,),
}
OPACITY = 0.45


@route(
    router,
    "GET",
    "/images/{int:image_id}/mask",
    needs="member",
    operation_id="getMask",
    response={200: None},
    openapi=binary(PNG, OCTETS),
)
def get_mask(request: Request, image_id: int, source: Source = "annotation") -> HttpResponse:
    """The newest mask.

    An 8-bit PNG of class values, or H*W raw bytes for `Accept: application/octet-stream`.
    `source`: what people drew (the default), what the newest network made, the known truth of a generated
    image, or the newest mask that was saved too late. ETag and X-Version hold the version (0 for all but
    the first). 404 where there is none, and for a suggestion that is not shown before the image is submitted.
    """
    if source == "network":
        blind.guard_suggestion(image=request.subject, user=request.auth)
    annotation = _newest(request.subject, source)
    etag = f'"{annotation.version}"' if source == "annotation" else f'"{source}-{annotation.id}"'
    response = _mask_response(request, annotation, etag)
    response["X-Version"] = str(annotation.version)
    return response


def _mask_response(request: Request, annotation: Annotation, etag: str) -> HttpResponse:
    if wants_octets(request):
        return blob_response(request, annotation.mask, cache=REVALIDATE, etag=etag)
    if is_known(request, etag):
        return not_modified(etag, REVALIDATE)
    png = encode_mask_png(_mask(annotation, request.subject))
    return bytes_response(png, kind=PNG, etag=etag, cache=REVALIDATE)


@route(
    router,
    "PUT",
    "/images/{int:image_id}/mask",
    needs="annotator",
    operation_id="saveMask",
    response={200: MaskSaved},
    openapi=binary(PNG, OCTETS, body=True),
)
def save_mask(
    request: Request,
    image_id: int,
    if_match: str | None = parameter.Header(None, alias="If-Match"),
    x_active_seconds: float = parameter.Header(0.0, alias="X-Active-Seconds"),
    x_strokes: int = parameter.Header(0, alias="X-Strokes"),
    x_provenance: str = parameter.Header("", alias="X-Provenance"),
) -> MaskSaved:
    """Save a mask as the next version, as a draft.

    The body is a PNG of class values or H*W raw bytes, with `Content-Encoding: gzip` where it is compressed.
    `If-Match` is the version it was drawn on, 0 for none. Where somebody saved in between the answer is 409
    StaleVersion with `detail.version`, and the mask is kept beside it (`source=conflict`).
    `X-Active-Seconds` and `X-Strokes` count what was spent since the save before. `X-Provenance` may say in JSON how
    many of the mask's pixels came from where: `suggested`, `changed`, `clicked`, `copied`, `drawn`, `removed`, and as
    `suggestion` the id of the network's annotation that was shown.
    """
    image: Image = request.subject
    saved = annotate.save_mask(
        image_id=image.id,
        mask=mask_from(request, image),
        based_on=version_from(request),
        actor=request.auth,
        active_seconds=x_active_seconds,
        strokes=x_strokes,
        provenance=x_provenance,
    )
    return saved_out(image.id, saved.version)


@route(
    router,
    "PATCH",
    "/images/{int:image_id}/mask",
    needs="annotator",
    operation_id="patchMask",
    response={200: MaskSaved},
    openapi=binary(OCTETS, body=True),
)
def patch_mask(
    request: Request,
    image_id: int,
    if_match: str | None = parameter.Header(None, alias="If-Match"),
    x_active_seconds: float = parameter.Header(0.0, alias="X-Active-Seconds"),
    x_strokes: int = parameter.Header(0, alias="X-Strokes"),
    x_provenance: str = parameter.Header("", alias="X-Provenance"),
) -> MaskSaved:
    """Save the rectangles of a mask that have changed as the next version, as a draft.

    The body holds one or more rectangles: left, top, width and height (uint32, little-endian), then width*height
    class values, row by row; `Content-Encoding: gzip` where it is compressed. They change the version in
    `If-Match` (0: an empty mask). A stale one is answered and kept like a stale PUT, as the whole mask it makes;
    409 UnknownVersion asks for the whole mask, because there is no such version.
    """
    image: Image = request.subject
    saved = annotate.patch_mask(
        image_id=image.id,
        patches=patches_from(request, image),
        based_on=version_from(request),
        actor=request.auth,
        active_seconds=x_active_seconds,
        strokes=x_strokes,
        provenance=x_provenance,
    )
    return saved_out(image.id, saved.version)


def saved_out(image_id: int, version: int) -> MaskSaved:
    """The answer to a save: the version it made and the image's state now."""
    state: ImageState = Image.objects.values_list("state", flat=True).get(id=image_id)  # type: ignore[assignment]
    return MaskSaved(version=version, state=state)


@route(
    router,
    "GET",
    "/images/{int:image_id}/preview.png",
    needs="member",
    operation_id="getPreview",
    response={200: None},
    openapi=binary(PNG),
)
def get_preview(
    request: Request,
    image_id: int,
    size: int = parameter.Query(256, ge=16, le=2048),
    overlay: Literal["annotation", "network"] | None = None,
) -> HttpResponse:
    """The image through its window as an 8-bit PNG.

    No side is longer than `size`; `overlay` draws a mask in, in the colours of its classes. Without a mask to draw in, `overlay` answers the plain picture.
    """
    return preview(request, request.subject, size=size, overlay=overlay)


def preview(request: Request, image: Image, *, size: int, overlay: Source | None = None) -> HttpResponse:
    """A preview; it is immutable as long as nothing is drawn in."""
    hidden = overlay == "network" and blind.is_hidden(image=image, user=request.auth)
    annotation = _find(image, overlay) if overlay and not hidden else None
    shown = [image.pixels, image.window, size]
    if annotation is not None:
        shown += [annotation.mask, image.project.labels]
    cache = IMMUTABLE if overlay is None else REVALIDATE
    etag = f'"{hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:32]}"'
    if is_known(request, etag):
        return not_modified(etag, cache)
    picture = _picture(image)
    if annotation is not None:
        picture = _drawn_in(picture, _mask(annotation, image), image.project.labels)
    return bytes_response(preview_png(picture, longest=size), kind=PNG, etag=etag, cache=cache)


def _find(image: Image, source: Source) -> Annotation | None:
    order = "-version" if source == "annotation" else "-id"
    return image.annotations.filter(purpose__in=PURPOSES[source]).order_by(order).first()


def _newest(image: Image, source: Source) -> Annotation:
    annotation = _find(image, source)
    if annotation is None:
        raise NotFound(f"There is no mask of this kind ({source}) on the image.", source=source)
    return annotation


def _mask(annotation: Annotation, image: Image) -> Mask:
    return storage.get_array(annotation.mask, shape=(image.height, image.width), dtype="uint8")


def _picture(image: Image) -> Picture:
    shape = (image.height, image.width) if image.channels == 1 else (image.height, image.width, image.channels)
    pixels = storage.get_array(image.pixels, shape=shape, dtype=image.dtype)
    return Picture(pixels=pixels, window=(image.window[0], image.window[1]))


def _drawn_in(picture: Picture, mask: Mask, labels: list[dict[str, Any]]) -> Picture:
    """The classes laid over the picture in their colours, half transparent; background stays as it is."""
    grey = apply_window(picture.pixels, centre=picture.window[0], width=picture.window[1])
    colours = np.zeros((256, 3), np.float32)
    opacity = np.zeros((256, 1), np.float32)
    for label in labels:
        colours[label["value"]] = [int(label["colour"][at : at + 2], 16) for at in (1, 3, 5)]
        opacity[label["value"]] = OPACITY
    below = np.atleast_3d(grey).astype(np.float32)
    blended = below * (1 - opacity[mask]) + colours[mask] * opacity[mask]
    return Picture(pixels=np.rint(blended).astype(np.uint8), window=(128.0, 256.0))
