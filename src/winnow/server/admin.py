"""Django's own pages for administrators: accounts to change, everything else to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode

from winnow.server.models import Event, Job, Membership, Project, SecondFactor, User

admin.site.register(User, UserAdmin)
admin.site.site_header = "Winnow"


def _sign_in(request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG001
    """There is one door to sign in by, which counts failures and asks for the second factor."""
    return redirect(f"/login?{urlencode({'next': request.GET.get('next', '/admin/')})}")


admin.site.login = _sign_in  # type: ignore[method-assign]


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Rows that only services write."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Project)
class ProjectAdmin(ReadOnly):
    list_display = ("id", "name", "created_by", "created_at")


@admin.register(Membership)
class MembershipAdmin(ReadOnly):
    list_display = ("project", "user", "role")


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = ("id", "project", "kind", "state", "progress", "attempt", "created_at")
    list_filter = ("state", "kind")
    exclude = ("payload",)  # names of uploaded files are patients' at times


@admin.register(SecondFactor)
class SecondFactorAdmin(ReadOnly):
    """To be deleted for who has lost the authenticator and the recovery codes."""

    list_display = ("user", "confirmed_at")
    exclude = ("key", "recovery", "last_step")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ("at", "actor", "action", "subject", "project")
    list_filter = ("action",)
