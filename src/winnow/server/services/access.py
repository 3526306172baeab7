"""Who may see and do what: one role a project, administrators are managers everywhere."""

from __future__ import annotations

from django.db.models import QuerySet

from winnow.errors import NotAllowed, NotFound
from winnow.server.models import Membership, Project, User

# each role may do what the ones before it may
ROLES = ("annotator", "reviewer", "manager")


def role_of(*, user: User, project: Project) -> str | None:
    """The user's role in the project; None when it is not theirs to see."""
    if user.is_staff:
        return "manager"
    return Membership.objects.filter(user=user, project=project).values_list("role", flat=True).first()


def visible_projects(*, user: User) -> QuerySet[Project]:
    """The projects a user may see."""
    everything = Project.objects.all()
    return everything if user.is_staff else everything.filter(memberships__user=user)


def admit(*, user: User, project: Project, needs: str) -> str:
    """The user's role, when it suffices for ``needs`` (a role, or member for any of them).

    raises : NotFound for who is not a member, as if there were no such project; NotAllowed for too low a role
    """
    role = role_of(user=user, project=project)
    if role is None:
        raise NotFound("There is no such thing, or it is not yours to see.")
    if needs != "member" and ROLES.index(role) < ROLES.index(needs):
        raise NotAllowed(f"This needs the role {needs}; yours is {role}. Ask a manager of the project.", needs=needs)
    return role
