"""The paper's eight URLs, by its names and methods: thin doors on the same services.

Wang, Feng, Zhang 2023, section 3.2. The examples are called with a token: `-H "Authorization: Bearer $TOKEN"`.
"""

from __future__ import annotations

from functools import partial

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import File, Query, Router, Schema
from ninja.files import UploadedFile

from winnow.errors import NotFound, WrongState
from winnow.server.api import masks, shapes
from winnow.server.api.binary import OCTETS, PNG, mask_from, version_from
from winnow.server.api.lists import Paging, page_of
from winnow.server.api.loop import LONGEST_WAIT, segment
from winnow.server.api.route import Request, binary, route
from winnow.server.api.schemas.common import Page
from winnow.server.api.schemas.images import ImageOut, MaskSaved
from winnow.server.api.schemas.jobs import JobOut
from winnow.server.api.uploads import take_in
from winnow.server.models import Image
from winnow.server.services import access, annotate, autoannotate, blind
from winnow.server.services.jobs import ACTIVE

router = Router(tags=["the paper's URLs"])
BY_PROJECT = {"project": "project_id"}
BY_IMAGE = {"id": "image_id"}
LABELLED = (Image.State.SUBMITTED, Image.State.ACCEPTED, Image.State.AUTO)


class Deleted(Schema):
    """The number of the sample that is gone."""

    deleted: int


@route(
    router,
    "POST",
    "/uploadZip/",
    needs="manager",
    operation_id="paperUploadZip",
    response={202: JobOut},
    query=BY_PROJECT,
)
def upload_zip(request: Request, file: File[list[UploadedFile]], project: int | None = None) -> JobOut:
    """Upload a data set and parse it.

    Example: `curl -F file=@slices.zip "$URL/api/uploadZip/?project=1"` answers the ingest job.
    """
    return shapes.job_out(take_in(request, file))


@route(router, "GET", "/queryAll/", needs="signed-in", operation_id="paperQueryAll", response={200: Page[ImageOut]})
def query_all(request: Request, paging: Query[Paging], project: int | None = None) -> Page[ImageOut]:
    """Every record in the database, as far as it is the caller's to see, or those of one project.

    Example: `curl "$URL/api/queryAll/?project=1&limit=1000"` answers `{"items": [...], "next": null}`.
    """
    return page_of(_visible(request, project), partial(shapes.images_out, user=request.auth), paging)


@route(
    router,
    "GET",
    "/deleteItem/",
    needs="manager",
    operation_id="paperDeleteItem",
    response={200: Deleted},
    token_only=True,
    query=BY_IMAGE,
)
def delete_item(request: Request, id: int) -> Deleted:  # noqa: A002 the paper's parameter
    """Delete one sample. Needs a token, never a cookie: a link must not delete.

    Example: `curl "$URL/api/deleteItem/?id=17"` answers `{"deleted": 17}`.
    """
    annotate.delete_image(image_id=id, actor=request.auth)
    return Deleted(deleted=id)


@route(
    router,
    "GET",
    "/viewDcm/",
    needs="member",
    operation_id="paperViewDcm",
    response={200: None},
    query=BY_IMAGE,
    openapi=binary(PNG),
)
def view_dcm(request: Request, id: int) -> HttpResponse:  # noqa: A002 the paper's parameter
    """The image inside a DICOM file (or any other image), through its window, as a PNG in full size.

    Example: `curl -o slice.png "$URL/api/viewDcm/?id=17"`.
    """
    image: Image = request.subject
    return masks.preview(request, image, size=max(image.height, image.width))


@route(
    router,
    "GET",
    "/segImg/",
    needs="annotator",
    operation_id="paperSegImg",
    response={200: None},
    query=BY_IMAGE,
    openapi=binary(PNG, OCTETS),
)
def seg_img(request: Request, id: int) -> HttpResponse:  # noqa: A002 the paper's parameter
    """Segment one image with the network in use: an 8-bit PNG of class values.

    What that network made before is answered at once. 409 when the job fails, takes longer than a request may, or for
    an annotator whose image is to be drawn without suggestion.

    Example: `curl -o mask.png "$URL/api/segImg/?id=17"`.
    """
    image: Image = request.subject
    blind.guard_segmentation(image=image, user=request.auth)
    network = image.project.network_id
    if network is None or not image.annotations.filter(network=network).exists():
        job = segment(image, request.auth, wait=LONGEST_WAIT)
        if job.state != job.State.SUCCEEDED:
            problem = "is not finished yet: ask again" if job.state in ACTIVE else f"did not succeed: {job.message}"
            raise WrongState(f"The segmentation {problem}", job=job.id)
    return masks.get_mask(request, id, source="network")


@route(
    router,
    "POST",
    "/manualAnnotation/",
    needs="annotator",
    operation_id="paperManualAnnotation",
    response={200: MaskSaved},
    query=BY_IMAGE,
    openapi=binary(PNG, OCTETS, body=True),
)
def manual_annotation(request: Request, id: int) -> MaskSaved:  # noqa: A002 the paper's parameter
    """Label one image by hand: saves the mask and hands it in.

    With `If-Match` a mask that is stale is answered 409; without, it becomes the newest version as things stand.

    Example: `curl --data-binary @mask.png -H "Content-Type: image/png" "$URL/api/manualAnnotation/?id=17"`
    answers `{"version": 1, "state": "submitted"}`.
    """
    image: Image = request.subject
    based_on = version_from(request) if "If-Match" in request.headers else image.version
    saved = annotate.save_mask(image_id=id, mask=mask_from(request, image), based_on=based_on, actor=request.auth)
    annotate.submit(image_id=id, actor=request.auth)
    return masks.saved_out(id, saved.version)


@route(
    router,
    "GET",
    "/autoAnnotation/",
    needs="manager",
    operation_id="paperAutoAnnotation",
    response={202: JobOut},
    token_only=True,
    query=BY_PROJECT,
)
def auto_annotation(request: Request, project: int) -> JobOut:
    """Label every image that nobody labelled. Needs a token, never a cookie: a link must not start a job.

    Example: `curl "$URL/api/autoAnnotation/?project=1"` answers the job.
    """
    job = autoannotate.request_autoannotation(project=request.project, actor=request.auth)
    return shapes.job_out(job)


@route(
    router,
    "GET",
    "/queryAllAnnotation/",
    needs="signed-in",
    operation_id="paperQueryAllAnnotation",
    response={200: Page[ImageOut]},
)
def query_all_annotation(request: Request, paging: Query[Paging], project: int | None = None) -> Page[ImageOut]:
    """Every labelled image, by a person or a network, as far as it is the caller's to see.

    Example: `curl "$URL/api/queryAllAnnotation/?project=1"` answers `{"items": [...], "next": null}`.
    """
    return page_of(
        _visible(request, project).filter(state__in=LABELLED), partial(shapes.images_out, user=request.auth), paging
    )


def _visible(request: Request, project: int | None) -> QuerySet[Image]:
    projects = access.visible_projects(user=request.auth)
    if project is not None:
        projects = projects.filter(id=project)
        if not projects.exists():
            raise NotFound("There is no such project, or it is not yours to see.")
    return Image.objects.filter(project__in=projects)
