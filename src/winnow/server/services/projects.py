"""Projects, their classes and settings, and who works in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from winnow.errors import Conflict, InvalidInput, NotFound, WrongState
from winnow.server import storage
from winnow.server.models import Annotation, Job, Membership, Project, User
from winnow.server.services import audit, jobs, resumable
from winnow.server.services.settings import as_dict, loop_settings

Label = dict[str, Any]
EXAMPLE_NAME = "Example: chest CT phantoms"
EXAMPLE_LABELS: list[Label] = [
    {"value": 1, "name": "ground-glass", "colour": "#f59f00", "code": ""},
    {"value": 2, "name": "consolidation", "colour": "#1c7ed6", "code": ""},
]


@transaction.atomic
def create_project(
    *, name: str, labels: Sequence[Label], actor: User, settings: dict[str, Any] | None = None, example: bool = False
) -> Project:
    """A new project with the actor as its manager.

    raises : Conflict when the name is taken, InvalidInput for labels or settings that do not fit together
    """
    _guard_name(name)
    _guard_labels(labels)
    project = Project(name=name, labels=list(labels), created_by=actor, example=example)
    project.settings = as_dict(loop_settings(project, **(settings or {})))
    project.save()
    Membership.objects.create(project=project, user=actor, role=Membership.Role.MANAGER)
    audit.record(actor_name=actor.username, action="project.create", subject=name, project=project)
    return project


@transaction.atomic
def create_example(*, actor: User) -> tuple[Project, Job]:
    """The project of generated images, and the job that generates and takes them in."""
    taken = Project.objects.filter(name__startswith=EXAMPLE_NAME).count()
    name = f"{EXAMPLE_NAME} {taken + 1}" if taken else EXAMPLE_NAME
    settings = {"size": 128, "epochs": 60}
    project = create_project(name=name, labels=EXAMPLE_LABELS, actor=actor, settings=settings, example=True)
    job = jobs.enqueue(kind=Job.Kind.INGEST, project=project, actor=actor, payload={"example": True})
    return project, job


@transaction.atomic
def change_project(
    *,
    project: Project,
    actor: User,
    name: str | None = None,
    labels: Sequence[Label] | None = None,
    settings: dict[str, Any] | None = None,
) -> Project:
    """Change what is given. Raises as create_project does, and WrongState for a class that is drawn already."""
    project = Project.objects.select_for_update().get(id=project.id)
    if name is not None and name != project.name:
        _guard_name(name)
        project.name = name
    if labels is not None:
        _guard_labels(labels)
        _guard_drawn_classes(project, labels)
        project.labels = list(labels)
    project.settings = as_dict(loop_settings(project, **(settings or {})))
    project.save()
    changed = {"name": name, "labels": labels, "settings": settings}
    detail = {key: value for key, value in changed.items() if value is not None}
    audit.record(actor_name=actor.username, action="project.change", subject=project.name, project=project, **detail)
    return project


def delete_project(*, project: Project, actor: User) -> None:
    """Remove a project with all its images, masks, networks, jobs and packages; its audit lines stay."""
    with transaction.atomic():
        files = [storage.exports_dir() / name for name in project.exports.values_list("file", flat=True)]
        held = list(project.quarantine.values_list("folder", flat=True))
        uploads = [job.payload["incoming"] for job in project.jobs.all() if job.payload.get("incoming")]
        detail: dict[str, Any] = {"images": project.images.count(), "project_id": project.id}
        audit.record(actor_name=actor.username, action="project.delete", subject=project.name, **detail)
        project_id = project.id
        project.delete()
    for file in files:
        file.unlink(missing_ok=True)
    for folder in held:
        storage.discard_quarantined(folder)
    for upload in uploads:
        storage.discard_incoming(upload)
    resumable.abandon_all(project_id=project_id)
    storage.discard_project_key(project_id)


@transaction.atomic
def set_member(*, project: Project, user: User, role: str, actor: User) -> Membership:
    """Give a user a role. Raises WrongState when nobody would be left to manage the project."""
    if role != Membership.Role.MANAGER:
        _guard_last_manager(project, user)
    membership, _ = Membership.objects.update_or_create(project=project, user=user, defaults={"role": role})
    audit.record(actor_name=actor.username, action="member.set", subject=user.username, project=project, role=role)
    return membership


@transaction.atomic
def remove_member(*, project: Project, user: User, actor: User) -> None:
    """Take a user out. Raises NotFound for who is not in it, WrongState for the last manager."""
    membership = Membership.objects.filter(project=project, user=user).first()
    if membership is None:
        raise NotFound(f"{user.username} is not a member of this project.")
    _guard_last_manager(project, user)
    membership.delete()
    audit.record(actor_name=actor.username, action="member.remove", subject=user.username, project=project)


def _guard_name(name: str) -> None:
    if not name.strip():
        raise InvalidInput("A project needs a name.")
    if Project.objects.filter(name=name).exists():
        raise Conflict(f"There is a project named {name} already: choose another name.")


def _guard_labels(labels: Sequence[Label]) -> None:
    for key in ("value", "name"):
        seen = [str(label[key]).casefold() for label in labels]
        if twice := {entry for entry in seen if seen.count(entry) > 1}:
            raise InvalidInput(f"Two classes have the same {key}: {', '.join(sorted(twice))}.")


def _guard_drawn_classes(project: Project, labels: Sequence[Label]) -> None:
    gone = {str(label["value"]) for label in project.labels} - {str(label["value"]) for label in labels}
    if not gone:
        return
    by_people = Annotation.objects.filter(image__project=project, network=None)
    for pixels in by_people.values_list("class_pixels", flat=True).iterator():
        if drawn := gone & set(pixels):
            raise WrongState(f"Class {min(drawn)} is drawn on images already: it can be renamed, not removed.")


def _guard_last_manager(project: Project, user: User) -> None:
    managers = project.memberships.select_for_update().filter(role=Membership.Role.MANAGER)
    if [membership.user_id for membership in managers] == [user.id]:
        raise WrongState(f"{user.username} is the only manager: make somebody else manager first.")
