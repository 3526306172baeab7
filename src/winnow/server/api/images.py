"""Doors for images: what they are, their pixels, and the steps of their life."""

from __future__ import annotations

from functools import partial

from django.http import HttpResponse
from ninja import Query, Router

from winnow.errors import NotFound
from winnow.server.api import shapes
from winnow.server.api.binary import IMMUTABLE, OCTETS, REVALIDATE, blob_response
from winnow.server.api.lists import Paging, page_of
from winnow.server.api.route import Request, binary, route
from winnow.server.api.schemas.common import ImageState, Page
from winnow.server.api.schemas.images import CommentIn, ImageOut, RejectIn, SkipIn, WindowOut
from winnow.server.models import Annotation, Image
from winnow.server.services import annotate, blind, windows

router = Router(tags=["images"])
ONE = "/images/{int:image_id}"


@route(
    router,
    "GET",
    "/projects/{int:project_id}/images",
    needs="member",
    operation_id="listImages",
    response={200: Page[ImageOut]},
)
def list_images(
    request: Request,
    project_id: int,
    paging: Query[Paging],
    state: Query[list[ImageState]] = [],  # noqa: B006 ninja reads the default, nobody changes it
    series: int | None = None,
) -> Page[ImageOut]:
    """The images of a project, those in any of the given states, or of one series."""
    rows = request.project.images.all()
    if state:
        rows = rows.filter(state__in=state)
    if series is not None:
        rows = rows.filter(series=series)
    return page_of(rows, partial(shapes.images_out, user=request.auth), paging)


@route(router, "GET", ONE, needs="member", operation_id="getImage", response={200: ImageOut})
def get_image(request: Request, image_id: int) -> ImageOut:
    """One image: its shape, its window, and the newest on it."""
    return _out(request.subject, request)


@route(router, "DELETE", ONE, needs="manager", operation_id="deleteImage", response={204: None})
def delete_image(request: Request, image_id: int) -> None:
    """Remove an image with everything drawn on it."""
    annotate.delete_image(image_id=image_id, actor=request.auth)


@route(
    router,
    "GET",
    f"{ONE}/pixels",
    needs="member",
    operation_id="getPixels",
    response={200: None},
    openapi=binary(OCTETS),
)
def get_pixels(request: Request, image_id: int) -> HttpResponse:
    """The pixels: little-endian, row by row, of the image's dtype and channels. They never change."""
    return blob_response(request, request.subject.pixels, cache=IMMUTABLE)


@route(router, "GET", f"{ONE}/windows", needs="member", operation_id="listWindows", response={200: list[WindowOut]})
def list_windows(request: Request, image_id: int) -> list[WindowOut]:
    """The windows that the image's DICOM file names, in its order; none for other files."""
    return [
        WindowOut(centre=w.centre, width=w.width, name=w.name) for w in windows.named_windows(image=request.subject)
    ]


@route(
    router,
    "GET",
    f"{ONE}/uncertainty",
    needs="member",
    operation_id="getUncertainty",
    response={200: None},
    openapi=binary(OCTETS),
)
def get_uncertainty(request: Request, image_id: int) -> HttpResponse:
    """The committee's newest heat map: little-endian float16, row by row; 404 where there is none."""
    blind.guard_suggestion(image=request.subject, user=request.auth)
    return blob_response(request, _uncertainty(request.subject), cache=REVALIDATE)


@route(
    router,
    "GET",
    f"{ONE}/probabilities",
    needs="member",
    operation_id="getProbabilities",
    response={200: None},
    openapi=binary(OCTETS),
)
def get_probabilities(request: Request, image_id: int) -> HttpResponse:
    """The committee's mean probability of each class in 255ths: uint8, class by class, row by row.

    `X-Classes` holds the class values in their order (background is left out), `X-Annotation` the id of the network's
    annotation they belong to. There for images that were picked by a network or segmented on request; else 404.
    """
    image: Image = request.subject
    blind.guard_suggestion(image=image, user=request.auth)
    newest = image.annotations.filter(purpose=Annotation.Purpose.AUTO).select_related("network").order_by("-id").first()
    if newest is None or newest.network is None or not newest.probabilities:
        raise NotFound("There are no probabilities of this image: ask the network for a suggestion.")
    response = blob_response(request, newest.probabilities, cache=REVALIDATE)
    response["X-Classes"] = ",".join(str(value) for value in newest.network.config["classes"])
    response["X-Annotation"] = str(newest.id)
    return response


@route(router, "POST", f"{ONE}/submit", needs="annotator", operation_id="submitImage", response={200: ImageOut})
def submit_image(request: Request, image_id: int) -> ImageOut:
    """Hand in the newest mask."""
    return _out(annotate.submit(image_id=image_id, actor=request.auth), request)


@route(router, "POST", f"{ONE}/accept", needs="reviewer", operation_id="acceptImage", response={200: ImageOut})
def accept_image(request: Request, image_id: int) -> ImageOut:
    """Agree with what was handed in."""
    return _out(annotate.accept(image_id=image_id, actor=request.auth), request)


@route(router, "POST", f"{ONE}/reject", needs="reviewer", operation_id="rejectImage", response={200: ImageOut})
def reject_image(request: Request, image_id: int, body: RejectIn | None = None) -> ImageOut:
    """Return the image to who drew it, with a comment."""
    comment = body.comment if body else ""
    return _out(annotate.reject(image_id=image_id, actor=request.auth, comment=comment), request)


@route(router, "POST", f"{ONE}/skip", needs="annotator", operation_id="skipImage", response={200: ImageOut})
def skip_image(request: Request, image_id: int, body: SkipIn) -> ImageOut:
    """Leave a bad image out, with the reason."""
    return _out(annotate.skip(image_id=image_id, actor=request.auth, reason=body.reason), request)


@route(router, "PUT", f"{ONE}/comment", needs="annotator", operation_id="commentImage", response={200: ImageOut})
def comment_image(request: Request, image_id: int, body: CommentIn) -> ImageOut:
    """Say something to the reviewer, in place of what was said before; "" takes it back."""
    return _out(annotate.comment(image_id=image_id, actor=request.auth, text=body.comment.strip()), request)


def _out(image: Image, request: Request) -> ImageOut:
    return shapes.images_out([image], user=request.auth)[0]


def _uncertainty(image: Image) -> str:
    """The digest of the newest map: of an automatic annotation or of a pick."""
    maps = [
        image.annotations.filter(purpose=Annotation.Purpose.AUTO).exclude(uncertainty="").order_by("-id").first(),
        image.picks.exclude(uncertainty="").order_by("-id").first(),
    ]
    for row in maps:
        if row is not None:
            return row.uncertainty
    raise NotFound("No committee has examined this image yet.")
