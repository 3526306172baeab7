"""Which images are labelled, which wait, and which the committee may still choose from."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from winnow.server.models import Annotation, Image, Project
from winnow.server.services.settings import loop_settings

WAITING = (Image.State.PICKED, Image.State.DRAFT, Image.State.REJECTED)
BY_A_PERSON = (Annotation.Purpose.DRAFT, Annotation.Purpose.SUBMITTED)


def labelled_images(*, project: Project) -> QuerySet[Image]:
    """Images to learn from: submitted or accepted; only accepted ones where the project reviews."""
    states = [Image.State.ACCEPTED]
    if not loop_settings(project).review:
        states.append(Image.State.SUBMITTED)
    submitted = Annotation.objects.filter(image=OuterRef("pk"), purpose=Annotation.Purpose.SUBMITTED)
    return Image.objects.filter(Exists(submitted), project=project, state__in=states)


def open_images(*, project: Project) -> QuerySet[Image]:
    """Images nobody has labelled or been asked to: the pool U of the query and of automatic annotation."""
    return Image.objects.filter(project=project, state__in=(Image.State.UNLABELLED, Image.State.AUTO))
