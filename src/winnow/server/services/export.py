"""Ask for a package of images and masks, and find the file of a finished one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from winnow.errors import NotFound, WrongState
from winnow.server import storage
from winnow.server.models import Export, Image, Job, Project, User
from winnow.server.services import jobs

INCLUDABLE = (Image.State.SUBMITTED, Image.State.ACCEPTED, Image.State.AUTO)


def request_export(
    *, project: Project, actor: User, include: Sequence[str] = INCLUDABLE, export_format: str = "png"
) -> Job:
    """Put the packing of every image in one of the states ``include`` into the queue.

    raises : WrongState when there is no such image
    """
    states = sorted({str(state) for state in include})
    if not project.images.filter(state__in=states).exists():
        raise WrongState("There is nothing to export: no image is " + " or ".join(states or ["chosen"]) + ".")
    payload: dict[str, Any] = {"format": export_format, "include": states}
    return jobs.enqueue(kind=Job.Kind.EXPORT, project=project, actor=actor, payload=payload, **payload)


def export_file(*, export: Export) -> Path:
    """Where the package lies; raises NotFound when somebody removed it from the disk."""
    path = storage.exports_dir() / Path(export.file).name
    if not path.is_file():
        raise NotFound("The file of this export is gone: export again.")
    return path
