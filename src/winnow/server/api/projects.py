"""Doors for projects and who works in them."""

from __future__ import annotations

from django.db.models import Count
from ninja import Query, Router, Schema

from winnow.active.strategies import COLD_STARTS, STRATEGIES
from winnow.errors import NotFound
from winnow.segmentation.names import NETWORK_NAMES
from winnow.server.api import shapes
from winnow.server.api.lists import Paging, each, page_of
from winnow.server.api.route import Request, route
from winnow.server.api.schemas.common import Page, Role
from winnow.server.api.schemas.jobs import JobOut
from winnow.server.api.schemas.people import EventOut, MemberIn, MemberOut
from winnow.server.api.schemas.projects import ProjectIn, ProjectOut, ProjectPatch, SeriesOut
from winnow.server.api.schemas.statistics import StatisticsOut
from winnow.server.models import Event, Membership, Series, User
from winnow.server.services import access, projects, statistics

router = Router(tags=["projects"])
ONE = "/projects/{int:project_id}"


class ExampleOut(Schema):
    """The example project, and the job that fills it."""

    project: ProjectOut
    job: JobOut


class StrategiesOut(Schema):
    """The names that `settings.strategy`, `settings.cold_start` and `settings.network` may have."""

    strategies: list[str]
    cold_starts: list[str]
    networks: list[str]


@route(router, "GET", "/projects", needs="signed-in", operation_id="listProjects", response={200: Page[ProjectOut]})
def list_projects(request: Request, paging: Query[Paging]) -> Page[ProjectOut]:
    """The projects I may see."""
    rows = access.visible_projects(user=request.auth).select_related("network")
    return page_of(rows, each(lambda project: shapes.project_out(project, request.auth)), paging)


@route(router, "POST", "/projects", needs="signed-in", operation_id="createProject", response={201: ProjectOut})
def create_project(request: Request, body: ProjectIn) -> ProjectOut:
    """Make a project, with me as its manager."""
    project = projects.create_project(
        name=body.name,
        labels=[label.model_dump() for label in body.labels],
        settings=body.settings.model_dump(exclude_none=True) if body.settings else None,
        actor=request.auth,
    )
    return shapes.project_out(project, request.auth)


@route(router, "POST", "/projects/example", needs="signed-in", operation_id="createExample", response={202: ExampleOut})
def create_example(request: Request) -> ExampleOut:
    """Make a project of generated CT-like images, to try the loop on."""
    project, job = projects.create_example(actor=request.auth)
    return ExampleOut(project=shapes.project_out(project, request.auth), job=shapes.job_out(job))


@route(router, "GET", ONE, needs="member", operation_id="getProject", response={200: ProjectOut})
def get_project(request: Request, project_id: int) -> ProjectOut:
    """One project."""
    return shapes.project_out(request.project, request.auth)


@route(router, "PATCH", ONE, needs="manager", operation_id="changeProject", response={200: ProjectOut})
def change_project(request: Request, project_id: int, body: ProjectPatch) -> ProjectOut:
    """Change the name, the classes or the settings; what is left out stays."""
    project = projects.change_project(
        project=request.project,
        actor=request.auth,
        name=body.name,
        labels=None if body.labels is None else [label.model_dump() for label in body.labels],
        settings=body.settings.model_dump(exclude_none=True) if body.settings else None,
    )
    return shapes.project_out(project, request.auth)


@route(router, "DELETE", ONE, needs="manager", operation_id="deleteProject", response={204: None})
def delete_project(request: Request, project_id: int) -> None:
    """Remove a project with everything in it."""
    projects.delete_project(project=request.project, actor=request.auth)


@route(router, "GET", f"{ONE}/members", needs="member", operation_id="listMembers", response={200: Page[MemberOut]})
def list_members(request: Request, project_id: int, paging: Query[Paging]) -> Page[MemberOut]:
    """Who works in the project."""
    return page_of(request.project.memberships.select_related("user"), each(_member_out), paging)


@route(router, "PUT", ONE + "/members/{user}", needs="manager", operation_id="setMember", response={200: MemberOut})
def set_member(request: Request, project_id: int, user: str, body: MemberIn) -> MemberOut:
    """Give a user (by number or name) a role in the project."""
    membership = projects.set_member(project=request.project, user=_user(user), role=body.role, actor=request.auth)
    return _member_out(membership)


@route(router, "DELETE", ONE + "/members/{user}", needs="manager", operation_id="removeMember", response={204: None})
def remove_member(request: Request, project_id: int, user: str) -> None:
    """Take a user (by number or name) out of the project."""
    projects.remove_member(project=request.project, user=_user(user), actor=request.auth)


@route(router, "GET", f"{ONE}/series", needs="member", operation_id="listSeries", response={200: Page[SeriesOut]})
def list_series(request: Request, project_id: int, paging: Query[Paging]) -> Page[SeriesOut]:
    """The series in the project."""
    counts = dict(request.project.images.values_list("series").annotate(images=Count("id")).order_by())
    return page_of(request.project.series.all(), each(lambda series: _series_out(series, counts)), paging)


@route(router, "GET", f"{ONE}/statistics", needs="member", operation_id="getStatistics", response={200: StatisticsOut})
def get_statistics(request: Request, project_id: int) -> StatisticsOut:
    """Counts by state, classes, learning curve and time spent."""
    return StatisticsOut(**statistics.statistics(project=request.project))


@route(router, "GET", f"{ONE}/events", needs="manager", operation_id="listEvents", response={200: Page[EventOut]})
def list_events(request: Request, project_id: int, paging: Query[Paging]) -> Page[EventOut]:
    """The audit log of the project, newest first."""
    return page_of(request.project.events.all(), each(_event_out), paging, newest_first=True)


@route(router, "GET", "/strategies", needs="signed-in", operation_id="listStrategies", response={200: StrategiesOut})
def list_strategies(request: Request) -> StrategiesOut:
    """The query strategies, cold starts and networks there are."""
    return StrategiesOut(strategies=sorted(STRATEGIES), cold_starts=sorted(COLD_STARTS), networks=list(NETWORK_NAMES))


def _user(name: str) -> User:
    """The user of this number, else of this name."""
    by_number = User.objects.filter(id=int(name)).first() if name.isdecimal() and len(name) < 19 else None
    user = by_number or User.objects.filter(username=name).first()
    if user is None:
        raise NotFound(f"There is no user {name}.")
    return user


def _member_out(membership: Membership) -> MemberOut:
    role: Role = Membership.Role(membership.role).value  # type: ignore[assignment]
    return MemberOut(user=shapes.user_out(membership.user), role=role)


def _series_out(series: Series, counts: dict[int | None, int]) -> SeriesOut:
    return SeriesOut(
        id=series.id,
        uid=series.uid,
        patient=series.patient,
        modality=series.modality,
        images=counts.get(series.id, 0),
    )


def _event_out(event: Event) -> EventOut:
    return EventOut(
        id=event.id,
        actor=event.actor,
        action=event.action,
        subject=event.subject,
        detail=event.detail,
        at=event.at,
    )
