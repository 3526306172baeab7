"""Who has an image open now."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from winnow.server.models import Image, Presence, User

# a page says every 12 seconds that it is there; browsers let a hidden one speak once a minute only
COUNTS_FOR = timedelta(seconds=70)


def say_here(*, image: Image, user: User, page: str, drawing: bool) -> list[Presence]:
    """Note that a page shows an image, and answer the other pages that do, those longest there first.

    page    : the page's own random name; the same one again renews it
    drawing : false for who only looks
    """
    now = timezone.now()
    Presence.objects.filter(seen__lt=now - COUNTS_FOR).delete()
    mine = Presence.objects.filter(image=image, user=user, page=page)
    if not mine.update(seen=now, drawing=drawing):
        try:
            with transaction.atomic():
                Presence.objects.create(image=image, user=user, page=page, drawing=drawing, since=now, seen=now)
        except IntegrityError:
            pass  # the same page asked twice at once
    return list(here(image=image).exclude(page=page))


def say_gone(*, image: Image, user: User, page: str) -> None:
    """The page shows the image no more; fine when it never did."""
    Presence.objects.filter(image=image, user=user, page=page).delete()


def here(*, image: Image) -> QuerySet[Presence]:
    """The pages that show the image now."""
    return image.presences.filter(seen__gte=timezone.now() - COUNTS_FOR).select_related("user")
