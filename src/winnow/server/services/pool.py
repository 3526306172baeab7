"""Which images are labelled, which wait, and which the committee may still choose from."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from winnow.server.models import Annotation, Image, Project
from winnow.server.services.settings import loop_settings

WAITING = (Image.State.PICKED, Image.State.DRAFT, Image.State.REJECTED)
BY_A_PERSON = (Annotation.Purpose.DRAFT, Annotation.Purpose.SUBMITTED)


def labelled_images(*, project: Project) -> QuerySet[Image]:
    """Images to learn from: submitted or accepted; only accepted ones where the project reviews; no test set."""
    return _finished(project).filter(held_out=False)


def test_images(*, project: Project) -> QuerySet[Image]:
    """Images of the frozen test set that are as finished as those to learn from."""
    return _finished(project).filter(held_out=True)


def _finished(project: Project) -> QuerySet[Image]:
    states = [Image.State.ACCEPTED]
    if not loop_settings(project).review:
        states.append(Image.State.SUBMITTED)
    submitted = Annotation.objects.filter(image=OuterRef("pk"), purpose=Annotation.Purpose.SUBMITTED)
    return Image.objects.filter(Exists(submitted), project=project, state__in=states)


def open_images(*, project: Project) -> QuerySet[Image]:
    """Images nobody has labelled or been asked to: what automatic annotation labels."""
    return Image.objects.filter(project=project, state__in=(Image.State.UNLABELLED, Image.State.AUTO))


def pool_images(*, project: Project) -> QuerySet[Image]:
    """The pool U of the query: the open images that may be learned from."""
    return open_images(project=project).filter(held_out=False)
