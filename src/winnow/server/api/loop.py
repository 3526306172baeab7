"""Doors for the turns of the loop: rounds and their picks, training, networks, automatic annotation."""

from __future__ import annotations

import time

from ninja import Query, Router, Status
from ninja.params import functions as parameter

from winnow.errors import NotFound
from winnow.server.api import shapes
from winnow.server.api.lists import Paging, each, page_of
from winnow.server.api.route import Request, route
from winnow.server.api.schemas.common import Page
from winnow.server.api.schemas.images import ImageOut
from winnow.server.api.schemas.jobs import JobOut
from winnow.server.api.schemas.loop import AutoannotateIn, NetworkOut, RoundIn, RoundOut, TrainIn
from winnow.server.models import Image, Job, User
from winnow.server.services import autoannotate, blind, networks, query, train
from winnow.server.services.jobs import ACTIVE

router = Router(tags=["loop"])
PROJECT = "/projects/{int:project_id}"
LONGEST_WAIT = 25.0


@route(router, "POST", f"{PROJECT}/rounds", needs="manager", operation_id="requestRound", response={202: JobOut})
def request_round(request: Request, project_id: int, body: RoundIn | None = None) -> JobOut:
    """Ask for the next picks: by the committee, or by a cold start while there is no network."""
    given = body or RoundIn(strategy=None, K=None, k=None)
    job = query.request_round(
        project=request.project, actor=request.auth, strategy=given.strategy, K=given.K, k=given.k
    )
    return shapes.job_out(job)


@route(router, "GET", f"{PROJECT}/rounds", needs="member", operation_id="listRounds", response={200: Page[RoundOut]})
def list_rounds(request: Request, project_id: int, paging: Query[Paging]) -> Page[RoundOut]:
    """The rounds of a project, newest first."""
    return page_of(request.project.rounds.all(), each(shapes.round_out), paging, newest_first=True)


@route(
    router,
    "GET",
    PROJECT + "/rounds/{int:round_id}",
    needs="member",
    operation_id="getRound",
    response={200: RoundOut},
)
def get_round(request: Request, project_id: int, round_id: int) -> RoundOut:
    """One round with its picks in rank order."""
    turn = request.project.rounds.filter(id=round_id).first()
    if turn is None:
        raise NotFound("There is no such round in this project.")
    return shapes.round_out(turn)


@route(
    router,
    "POST",
    f"{PROJECT}/next",
    needs="annotator",
    operation_id="leaseNext",
    response={200: ImageOut, 204: None},
)
def lease_next(request: Request, project_id: int) -> ImageOut | Status[None]:
    """My next image, leased to me so that nobody else gets it; 204 when none waits.

    The same image again until it is submitted, skipped, or the lease has run out.
    """
    image = query.next_pick(project=request.project, user=request.auth)
    return shapes.images_out([image], user=request.auth)[0] if image else Status(204, None)


@route(router, "POST", f"{PROJECT}/train", needs="manager", operation_id="requestTraining", response={202: JobOut})
def request_training(request: Request, project_id: int, body: TrainIn | None = None) -> JobOut:
    """Train a new committee on everything labelled so far; 409 says how many labels are missing."""
    epochs = body.epochs if body else None
    return shapes.job_out(train.request_training(project=request.project, actor=request.auth, epochs=epochs))


@route(
    router, "GET", f"{PROJECT}/networks", needs="member", operation_id="listNetworks", response={200: Page[NetworkOut]}
)
def list_networks(request: Request, project_id: int, paging: Query[Paging]) -> Page[NetworkOut]:
    """The networks of a project with their metrics, newest first."""
    rows = request.project.networks.select_related("project")
    return page_of(rows, each(shapes.network_out), paging, newest_first=True)


@route(
    router,
    "POST",
    "/networks/{int:network_id}/use",
    needs="manager",
    operation_id="useNetwork",
    response={200: NetworkOut},
)
def use_network(request: Request, network_id: int) -> NetworkOut:
    """Make this the network in use."""
    network = networks.use_network(network=request.subject, actor=request.auth)
    network.project.network = network
    return shapes.network_out(network)


@route(
    router,
    "POST",
    f"{PROJECT}/autoannotate",
    needs="manager",
    operation_id="requestAutoannotation",
    response={202: JobOut},
)
def request_autoannotation(request: Request, project_id: int, body: AutoannotateIn | None = None) -> JobOut:
    """Have the network in use label the given images, or all that nobody labelled."""
    images = body.images if body else None
    return shapes.job_out(
        autoannotate.request_autoannotation(project=request.project, actor=request.auth, images=images)
    )


@route(
    router,
    "POST",
    "/images/{int:image_id}/segment",
    needs="annotator",
    operation_id="segmentImage",
    response={202: JobOut},
)
def segment_image(
    request: Request, image_id: int, wait: float = parameter.Query(LONGEST_WAIT, ge=0, le=LONGEST_WAIT)
) -> JobOut:
    """Have the network in use label this image now.

    Waits up to `wait` seconds for the result and answers the job as it then is. 409 for an image that is to be drawn
    without suggestion and is not submitted yet; managers may ask all the same.
    """
    return shapes.job_out(segment(request.subject, request.auth, wait=wait))


def segment(image: Image, actor: User, *, wait: float) -> Job:
    """The job in the quick lane, watched until it is over or the time is."""
    blind.guard_segmentation(image=image, user=actor)
    job = autoannotate.request_segmentation(image=image, actor=actor)
    until = time.monotonic() + wait
    while job.state in ACTIVE and time.monotonic() < until:
        time.sleep(0.1)  # a request has a thread of its own, so nobody else waits
        job.refresh_from_db()
    return job
