"""From rows to the shapes that travel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.db.models import Max
from django.utils import timezone

from winnow.active.calibration import calibration_of
from winnow.server.api.schemas.common import ImageState
from winnow.server.api.schemas.exports import ExportOut
from winnow.server.api.schemas.images import ImageOut
from winnow.server.api.schemas.jobs import JobOut
from winnow.server.api.schemas.loop import NetworkOut, PickOut, RoundOut
from winnow.server.api.schemas.people import TokenOut, UserOut
from winnow.server.api.schemas.projects import Label, ProjectOut, ProjectSettings
from winnow.server.models import Annotation, ApiToken, Export, Image, Job, Network, Pick, Project, Round, User
from winnow.server.services import access, blind, overview, provenance
from winnow.server.services.newest import newest
from winnow.server.services.pool import BY_A_PERSON, WAITING, labelled_images
from winnow.server.services.settings import as_dict, loop_settings
from winnow.server.services.statistics import image_counts

THUMBNAILS = 6


def user_out(user: User) -> UserOut:
    return UserOut(id=user.id, name=user.username, administrator=user.is_staff, language=user.language)


def token_out(row: ApiToken, token: str | None = None) -> TokenOut:
    scope: Any = row.scope
    return TokenOut(id=row.id, name=row.name, scope=scope, token=token, created_at=row.created_at, used_at=row.used_at)


def project_out(project: Project, user: User) -> ProjectOut:
    """A project as this user sees it."""
    role: Any = access.role_of(user=user, project=project)
    counts = image_counts(project=project)
    usable = labelled_images(project=project).count()
    return ProjectOut(
        id=project.id,
        name=project.name,
        labels=[Label(**label) for label in project.labels],
        settings=ProjectSettings(**as_dict(loop_settings(project))),
        role=role,
        example=project.example,
        network=project.network_id,
        quality=project.network.metrics.get("mean_iou") if project.network else None,
        counts=counts,
        usable=usable,
        mine=overview.waiting_for(project=project, user=user, role=role, counts=counts),
        round=project.rounds.aggregate(last=Max("number"))["last"],
        thumbnails=list(project.images.values_list("id", flat=True)[:THUMBNAILS]),
        next_step=overview.next_step(project=project, counts=counts, usable=usable),
        created_at=project.created_at,
    )


def images_out(images: Sequence[Image], *, user: User) -> list[ImageOut]:
    """Images with their newest masks and picks as this user sees them: as many queries however many there are."""
    masks = Annotation.objects.filter(image__in=images)
    by_people = _by_image(newest(annotations=masks.filter(purpose__in=BY_A_PERSON)))
    by_networks = _by_image(newest(annotations=masks.filter(purpose=Annotation.Purpose.AUTO)).select_related("network"))
    last = Pick.objects.filter(image__in=images).order_by().values("image_id").annotate(last=Max("id")).values("last")
    picks = _by_image(Pick.objects.filter(id__in=last).select_related("round", "leased_to"))
    waiting = blind.blind_images(images=images)
    hidden = blind.hidden_among(blind=waiting, images=images, user=user)
    return [
        _image_out(
            image,
            by_people.get(image.id),
            None if image.id in hidden else by_networks.get(image.id),
            picks.get(image.id),
            unseen=image.id in waiting,
        )
        for image in images
    ]


def _by_image(rows: Iterable[Any]) -> dict[int, Any]:
    return {row.image_id: row for row in rows}


def _image_out(
    image: Image, drawn: Annotation | None, automatic: Annotation | None, pick: Pick | None, *, unseen: bool
) -> ImageOut:
    plain = {
        name: getattr(image, name)
        for name in (
            *(
                "id",
                "index",
                "name",
                "state",
                "note",
                "comment",
                "version",
                "height",
                "width",
                "channels",
                "dtype",
                "modality",
            ),
            *("spacing_mm", "window", "origin_mm", "orientation", "patient", "held_out", "blanked"),
        )
    }
    return ImageOut(
        **plain,
        project=image.project_id,
        series=image.series_id,
        annotation=_drawn(drawn) if drawn else None,
        automatic=_automatic(automatic) if automatic else None,
        pick=_pick(pick) if pick else None,
        blind=unseen,
    )


def _drawn(annotation: Annotation) -> dict[str, Any]:
    return {
        "id": annotation.id,
        "author": annotation.author,
        "at": annotation.created_at,
        "version": annotation.version,
        "purpose": annotation.purpose,
        "class_pixels": annotation.class_pixels,
        "provenance": provenance.told(annotation),
    }


def _automatic(annotation: Annotation) -> dict[str, Any]:
    return {
        "id": annotation.id,
        "network": annotation.network_id,
        "at": annotation.created_at,
        "quality": annotation.quality,
        "quality_interval": _interval(annotation),
        "class_pixels": annotation.class_pixels,
        "uncertainty": bool(annotation.uncertainty),
        "probabilities": bool(annotation.probabilities),
    }


def _interval(annotation: Annotation) -> tuple[float, float] | None:
    """Where nine of ten such masks lie; None for a mask without any class, or where the network does not know."""
    if annotation.network is None or annotation.quality is None or not any(annotation.class_pixels.values()):
        return None
    return calibration_of(annotation.network.metrics.get("calibration")).interval(annotation.quality)


def _pick(pick: Pick) -> dict[str, Any]:
    return {
        "round": pick.round.number,
        "rank": pick.rank,
        "scores": pick.scores,
        "leased_to": _holder(pick),
        "uncertainty": bool(pick.uncertainty),
    }


def _holder(pick: Pick) -> str | None:
    """Who has the pick now: a lease that ran out holds nothing."""
    if pick.leased_to is None or pick.leased_until is None or pick.leased_until < timezone.now():
        return None
    return pick.leased_to.username


def round_out(turn: Round) -> RoundOut:
    picks = list(turn.picks.select_related("image", "leased_to").order_by("rank"))
    return RoundOut(
        id=turn.id,
        number=turn.number,
        strategy=turn.strategy,
        cold_start=turn.settings.get("cold_start") is True,
        settings=turn.settings,
        queried_with=turn.queried_with_id,
        produced=turn.produced_id,
        picks=[
            PickOut(
                image=pick.image_id,
                name=pick.image.name,
                state=cast("ImageState", pick.image.state),
                rank=pick.rank,
                scores=pick.scores,
                leased_to=_holder(pick),
            )
            for pick in picks
        ],
        done=sum(pick.image.state not in WAITING for pick in picks),
        created_at=turn.created_at,
    )


def network_out(network: Network) -> NetworkOut:
    plain = {
        name: getattr(network, name)
        for name in (
            *(
                "id",
                "number",
                "labels",
                "members",
                "metrics",
                "gate",
                "config",
                "seed",
                "code_version",
                "data_fingerprint",
            ),
            *("train_seconds", "created_at"),
        )
    }
    return NetworkOut(**plain, in_use=network.project.network_id == network.id)


def job_out(job: Job) -> JobOut:
    plain = {
        name: getattr(job, name)
        for name in (
            *("id", "kind", "state", "progress", "message", "result", "error", "log", "attempt", "cancel_requested"),
            *("created_at", "started_at", "finished_at"),
        )
    }
    created_by = job.created_by.username if job.created_by else None
    return JobOut(**plain, project=job.project_id, created_by=created_by, seconds_left=_seconds_left(job))


def _seconds_left(job: Job) -> float | None:
    """From the measured speed; unknown before the first two percent."""
    if job.state != Job.State.RUNNING or job.started_at is None or job.progress < 0.02:
        return None
    elapsed = (timezone.now() - job.started_at).total_seconds()
    return round(elapsed * (1 - job.progress) / job.progress, 1)


def export_out(export: Export) -> ExportOut:
    return ExportOut(
        id=export.id,
        format=export.format,
        options=export.options,
        bytes=export.bytes,
        images=export.images,
        created_by=export.created_by.username if export.created_by else None,
        created_at=export.created_at,
    )
