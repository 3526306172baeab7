"""Ask the network in use to label images: all that nobody labelled, or one now."""

from __future__ import annotations

from collections.abc import Sequence

from winnow.errors import NotFound, WrongState
from winnow.server.models import Image, Job, Network, Project, User
from winnow.server.services import jobs
from winnow.server.services.pool import open_images


def request_autoannotation(*, project: Project, actor: User, images: Sequence[int] | None = None) -> Job:
    """Put the labelling of ``images`` (ids), or of all that nobody labelled, into the queue.

    raises : WrongState without a network, without an image, or for one a person labelled; NotFound
    """
    network = _network(project)
    wanted = None if images is None else sorted(set(images))
    if wanted is not None:
        _guard_images(project, wanted)
    elif not open_images(project=project).exists():
        raise WrongState("Every image is labelled or picked: there is nothing left for the network.")
    payload = {"images": wanted, "network": network.id}
    count = None if wanted is None else len(wanted)
    return jobs.enqueue(
        kind=Job.Kind.AUTOANNOTATE, project=project, actor=actor, payload=payload, network=network.id, images=count
    )


def request_segmentation(*, image: Image, actor: User) -> Job:
    """Have one image labelled at once, in the quick lane; what a person drew on it stays as it is.

    raises : WrongState without a network
    """
    network = _network(image.project)
    return jobs.enqueue(
        kind=Job.Kind.SEGMENT,
        project=image.project,
        actor=actor,
        payload={"image": image.id, "network": network.id},
        lane=Job.Lane.QUICK,
        image=image.id,
    )


def _network(project: Project) -> Network:
    if project.network is None:
        raise WrongState("There is no network yet: label some images and train first.")
    return project.network


def _guard_images(project: Project, wanted: Sequence[int]) -> None:
    found = set(project.images.filter(id__in=wanted).values_list("id", flat=True))
    if missing := [number for number in wanted if number not in found]:
        raise NotFound(f"There is no image {missing[0]} in this project.", images=missing)
    still_open = set(open_images(project=project).filter(id__in=wanted).values_list("id", flat=True))
    if labelled := [number for number in wanted if number not in still_open]:
        raise WrongState(f"Image {labelled[0]} is a person's: it is picked, labelled or skipped.", images=labelled)
    if not wanted:
        raise WrongState("There is no image in the list.")
