"""Where a project stands in its loop, what waits for a user, and what the next step is."""

from __future__ import annotations

from typing import Literal

from winnow.server.models import Annotation, Image, Pick, Project, User
from winnow.server.services import leases
from winnow.server.services.newest import newest
from winnow.server.services.pool import BY_A_PERSON, WAITING
from winnow.server.services.settings import loop_settings

Step = Literal["upload", "query", "annotate", "train", "autoannotate", "export"]
State = Image.State


def waiting_for(*, project: Project, user: User, role: str | None, counts: dict[str, int]) -> dict[str, int]:
    """What waits for the user: picks to draw, images returned to them, submissions to review."""
    picks = Pick.objects.filter(
        leases.free_for(user=user), round__project=project, image__state__in=(State.PICKED, State.DRAFT)
    )
    rejected = Annotation.objects.filter(image__project=project, image__state=State.REJECTED, purpose__in=BY_A_PERSON)
    return {
        "picks": picks.values("image").distinct().count(),
        "returned": newest(annotations=rejected).filter(user=user).count(),
        "review": counts[State.SUBMITTED] if role in ("reviewer", "manager") else 0,
    }


def next_step(*, project: Project, counts: dict[str, int], usable: int) -> Step:
    """The step of the loop that gets the project on from where it is.

    usable : images it may learn from (``pool.labelled_images``)
    """
    if sum(counts.values()) == 0:
        return "upload"
    if sum(counts[state] for state in WAITING):
        return "annotate"
    learned = project.network.labels if project.network else 0
    if usable > learned and usable >= loop_settings(project).min_labels:
        return "train"
    if counts[State.UNLABELLED]:
        return "autoannotate" if project.network else "query"
    return "export"
