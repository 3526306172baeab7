"""What a manager does about files in quarantine: look, release, delete. Each is a line of the audit log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from django.db import transaction
from django.utils import timezone

from winnow.errors import InvalidInput, NotFound, WrongState
from winnow.imaging.burned_in import Box, inside
from winnow.imaging.picture import Picture
from winnow.server import storage
from winnow.server.models import Job, Project, Quarantined, User
from winnow.server.services import audit, jobs

FILES = "found.json"
State = Quarantined.State


def picture_file(folder: Path, number: int) -> Path:
    """Where picture ``number``, from 1, lies in a folder of the quarantine."""
    return folder / f"{number}.npz"


def find(*, project: Project, number: int) -> Quarantined:
    """One file in quarantine that waits for a decision. Raises NotFound, WrongState once it is decided."""
    item = Quarantined.objects.filter(project=project, id=number).first()
    if item is None:
        raise NotFound("There is no such file in quarantine.")
    if item.state != State.WAITING:
        raise WrongState(f"The file is {item.state}: its pixels have left the quarantine.", state=item.state)
    return item


def look(*, item: Quarantined, frame: int, actor: User) -> Picture:
    """Picture ``frame``, from 1, of a file in quarantine; that somebody looked is written down. Raises NotFound."""
    try:
        with np.load(picture_file(storage.quarantine(item.folder), frame)) as arrays:
            picture = Picture(arrays["pixels"], tuple(json.loads(str(arrays["said"]))["window"]))
    except FileNotFoundError:
        raise NotFound("There is no such picture in the file.") from None
    _record(item, actor, "quarantine.look", frame=frame)
    return picture


def release(*, item: Quarantined, regions: Sequence[Sequence[int]], actor: User) -> Job:
    """Blank the regions in every frame and let the file in; the work is a job.

    regions : [[left, top, width, height]] in pixels
    raises  : InvalidInput for a region that does not lie in the picture; WrongState while a release is under way
    """
    for region in regions:
        if not inside(Box(*region), width=item.width, height=item.height):
            raise InvalidInput(f"A region does not lie in the {item.width} x {item.height} picture.")
    with transaction.atomic():
        Quarantined.objects.select_for_update().get(id=item.id)  # two requests at once come one after the other
        under_way = Job.objects.filter(kind=Job.Kind.RELEASE, payload__quarantined=item.id, state__in=jobs.ACTIVE)
        if under_way.exists():
            raise WrongState("The file is being released already.")
        payload = {"quarantined": item.id, "regions": [list(region) for region in regions]}
        _record(item, actor, "quarantine.release", regions=len(regions))
        return jobs.enqueue(
            kind=Job.Kind.RELEASE, project=item.project, actor=actor, payload=payload, lane=Job.Lane.QUICK
        )


def delete(*, item: Quarantined, actor: User) -> None:
    """Delete the pixels for good; the account of the upload keeps the reason."""
    with transaction.atomic():
        decided = {"decided_by": actor.username, "decided_at": timezone.now()}
        waiting = Quarantined.objects.filter(id=item.id, state=State.WAITING)
        if not waiting.update(state=State.DELETED, **decided):
            raise WrongState("The file is decided already.")
        _record(item, actor, "quarantine.delete")
    storage.discard_quarantined(item.folder)


def _record(item: Quarantined, actor: User, action: str, **detail: int) -> None:
    audit.record(
        actor_name=actor.username,
        action=action,
        subject=f"quarantined {item.id}",
        project=item.project,
        **detail,
    )
