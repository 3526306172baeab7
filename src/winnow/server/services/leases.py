"""Leases on picks: while one holds, nobody else is handed the image."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from winnow.server.models import Pick, User


def free_for(*, user: User) -> Q:
    """Picks this user may take: theirs, nobody's, and those whose lease has run out."""
    return Q(leased_to=user) | Q(leased_to=None) | Q(leased_until=None) | Q(leased_until__lt=timezone.now())


def take(*, picks: QuerySet[Pick], user: User) -> bool:
    """Lease those of ``picks`` that are free for the user; whether there was one. Needs a transaction around it.

    The rows are locked before they are changed (SQLite locks the whole database instead), so of two who
    ask at once only one finds the pick free.
    """
    free = picks.filter(free_for(user=user)).order_by("id")
    ids = list(free.select_for_update().values_list("id", flat=True))
    until = timezone.now() + timedelta(minutes=settings.WINNOW_PICK_LEASE_MINUTES)
    return bool(ids) and Pick.objects.filter(id__in=ids).update(leased_to=user, leased_until=until) > 0


def release(*, picks: QuerySet[Pick], to: User | None = None) -> None:
    """End the leases; with ``to``, keep the picks in that user's name for when the image comes back."""
    picks.update(leased_to=to, leased_until=None)
