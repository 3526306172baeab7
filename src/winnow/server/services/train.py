"""Ask for a new network."""

from __future__ import annotations

from typing import Any

from winnow.errors import TooFewLabels
from winnow.server.models import Job, Project, User
from winnow.server.services import jobs
from winnow.server.services.pool import labelled_images
from winnow.server.services.settings import as_dict, loop_settings


def request_training(*, project: Project, actor: User, epochs: int | None = None) -> Job:
    """Put the training of a committee on everything labelled so far into the queue.

    raises : TooFewLabels saying how many are missing; WrongState when one is under way
    """
    chosen = loop_settings(project, epochs=epochs)
    labelled = labelled_images(project=project).count()
    missing = chosen.min_labels - labelled
    if missing > 0:
        kind = "accepted" if chosen.review else "labelled"
        raise TooFewLabels(
            f"{chosen.min_labels} {kind} images are needed and there are {labelled}: {missing} more to go.",
            missing=missing,
            labelled=labelled,
            needed=chosen.min_labels,
        )
    payload: dict[str, Any] = {name: as_dict(chosen)[name] for name in ("network", "members", "size", "epochs", "seed")}
    return jobs.enqueue(kind=Job.Kind.TRAIN, project=project, actor=actor, payload=payload, labels=labelled, **payload)
