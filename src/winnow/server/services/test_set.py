"""The frozen test set: patients drawn by lot, labelled like the others and never learned from."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import chain, zip_longest
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Max

from winnow.errors import InvalidInput, WrongState
from winnow.server.models import Image, Pick, Project, Round, User
from winnow.server.services import audit
from winnow.server.services.pool import WAITING, test_images
from winnow.server.services.settings import loop_settings

UNTOUCHED = (Image.State.UNLABELLED, Image.State.AUTO)
LEAST_PATIENTS = 4  # of which some are to be learned from


def state(*, project: Project) -> dict[str, int]:
    """The shape of TestSetOut: patients and images held out, how many are asked for, and how many are finished."""
    held = project.images.filter(held_out=True)
    asked = held.filter(picks__round__strategy=Round.TEST_SET).distinct()
    return {
        "patients": held.values("patient").distinct().count(),
        "images": held.count(),
        "asked": asked.count(),
        "waiting": asked.filter(state__in=WAITING).count(),
        "usable": test_images(project=project).count(),
    }


@transaction.atomic
def freeze(*, project: Project, actor: User, share: float, images: int) -> Round:
    """Hold patients out for good and ask for labels of some of their images, as a round of its own.

    share  : of all patients, 0 to 0.5; drawn by lot from those of whom nobody has drawn or been asked to draw anything
    images : how many of their images are asked for at most, spread over the patients
    raises : WrongState when there is a test set, or too few untouched patients; InvalidInput for other numbers
    """
    if not (0 < share <= 0.5 and images >= 1):
        raise InvalidInput("A test set is a share above 0 and up to 0.5 of the patients, with 1 image at least.")
    Project.objects.select_for_update().get(id=project.id)
    if project.images.filter(held_out=True).exists():
        raise WrongState("There is a test set already: release it first.")
    everyone = project.images.values("patient").distinct().count()
    wanted = max(1, math.floor(share * everyone + 0.5))
    free = _untouched(project)
    if everyone < LEAST_PATIENTS or len(free) < wanted:
        raise WrongState(
            f"{wanted} of {everyone} patients are wanted for the test set, of whom nobody has drawn anything; there are "
            f"{len(free)}, and {LEAST_PATIENTS} patients are needed in all.",
            wanted=wanted,
            untouched=len(free),
            patients=everyone,
        )
    number = (project.rounds.aggregate(last=Max("number"))["last"] or 0) + 1
    lot = np.random.default_rng([loop_settings(project).seed, number])
    drawn = [free[place] for place in sorted(lot.permutation(len(free))[:wanted])]
    project.images.filter(patient__in=[patient for patient, _ in drawn]).update(held_out=True)
    asked = _spread([list(lot.permutation(ids)) for _, ids in drawn])[:images]
    turn = Round.objects.create(
        project=project,
        number=number,
        strategy=Round.TEST_SET,
        settings={"share": share, "images": images, "patients": wanted, "cold_start": False},
        created_by=actor,
    )
    Pick.objects.bulk_create(Pick(round=turn, image_id=one, rank=rank) for rank, one in enumerate(asked, 1))
    Image.objects.filter(id__in=asked).update(state=Image.State.PICKED)
    audit.record(
        actor_name=actor.username,
        action="test_set.freeze",
        subject=f"round {turn.id}",
        project=project,
        patients=wanted,
        images=len(asked),
    )
    return turn


@transaction.atomic
def release(*, project: Project, actor: User) -> None:
    """Give the patients back to the pool. What was drawn on them is learned from, from the next training on."""
    held = project.images.filter(held_out=True)
    if held.update(held_out=False):
        audit.record(actor_name=actor.username, action="test_set.release", subject="test set", project=project)


def _untouched(project: Project) -> list[tuple[str, list[int]]]:
    """(patient, image ids) of each patient all of whose images wait for nobody and bear no person's mask."""
    images: dict[str, list[int]] = defaultdict(list)
    touched = set()
    rows: Any = project.images.order_by("id").values_list("patient", "id", "state", "version")
    for patient, image_id, now, version in rows.iterator():
        images[patient].append(image_id)
        if version or now not in UNTOUCHED:
            touched.add(patient)
    return [(patient, ids) for patient, ids in images.items() if patient not in touched]


def _spread(lists: list[list[int]]) -> list[int]:
    """One of each list in turn, until all are used up."""
    return [int(one) for one in chain.from_iterable(zip_longest(*lists)) if one is not None]
