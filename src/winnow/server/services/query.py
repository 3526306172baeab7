"""Ask for a round of picks, and hand the picks out one by one."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from winnow.active.strategies import COLD_STARTS, STRATEGIES
from winnow.errors import WrongState
from winnow.server.models import Annotation, Image, Job, Pick, Project, User
from winnow.server.services import audit, jobs, leases
from winnow.server.services.pool import BY_A_PERSON, WAITING, pool_images
from winnow.server.services.settings import as_dict, loop_settings


def request_round(
    *, project: Project, actor: User, strategy: str | None = None, K: int | None = None, k: int | None = None
) -> Job:
    """Ask the committee (or, without one, a cold start) for the next picks.

    strategy : of the committee; while there is none, the name of a cold start is taken as that
    raises   : InvalidInput for settings that do not fit together, WrongState when no image is left to choose
    """
    if k is not None and K is None:
        K = max(k, loop_settings(project).K)
    cold_start = strategy if project.network is None and strategy in COLD_STARTS else None
    if cold_start is not None and strategy not in STRATEGIES:
        strategy = None
    chosen = loop_settings(project, strategy=strategy, cold_start=cold_start, K=K, k=k)
    if not pool_images(project=project).exists():
        raise WrongState("There is no unlabelled image to choose from: upload some first.")
    payload: dict[str, Any] = {name: as_dict(chosen)[name] for name in ("strategy", "cold_start", "K", "k", "seed")}
    return jobs.enqueue(kind=Job.Kind.QUERY, project=project, actor=actor, payload=payload, **payload)


@transaction.atomic
def next_pick(*, project: Project, user: User) -> Image | None:
    """Lease the user's next image: one returned to them first, then the one they hold, then the best free pick.

    Of two who ask at once, one gets the pick and the other the next. Asking again answers the same image
    until it is submitted, skipped or the lease has run out.
    """
    returned = _rejected(project).alias(author=_newest_author()).filter(author=user.id).order_by("id").first()
    if returned is not None:
        return returned
    for pick in _candidates(project, user):
        if leases.take(picks=Pick.objects.filter(id=pick.id, image__state__in=WAITING), user=user):
            if pick.leased_to_id != user.id:
                subject = f"image {pick.image_id}"
                audit.record(actor_name=user.username, action="pick.lease", subject=subject, project=project)
            return pick.image
    return None


def _rejected(project: Project) -> QuerySet[Image]:
    return Image.objects.filter(project=project, state=Image.State.REJECTED)


def _newest_author() -> Subquery:
    """The id of who drew the newest mask of an image; null once that account is gone."""
    newest = Annotation.objects.filter(image=OuterRef("pk"), purpose__in=BY_A_PERSON).order_by("-version")
    return Subquery(newest.values("user_id")[:1])


def _candidates(project: Project, user: User) -> list[Pick]:
    """Picks this user may draw now: those they hold, then free ones; newest round first, by rank."""
    others = project.memberships.exclude(user=user).values_list("user_id", flat=True)
    returned_to_others = _rejected(project).alias(author=_newest_author()).filter(author__in=others)
    picks = Pick.objects.filter(leases.free_for(user=user), round__project=project, image__state__in=WAITING)
    picks = picks.exclude(image__in=returned_to_others.values("id")).select_related("image")
    return sorted(picks, key=lambda pick: (pick.leased_to_id != user.id, -pick.round_id, pick.rank))
