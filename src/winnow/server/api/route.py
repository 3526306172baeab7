"""How a door is declared: its address, who may pass, and what it answers. One line says all of it."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from base64 import b64decode
from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from winnow.errors import InvalidInput, NotAllowed, NotFound, Unauthenticated
from winnow.server.models import Export, Image, Job, Network, Project, User
from winnow.server.services import access, accounts

# public: anybody · signed-in: any user · administrator · and the roles in the project the address leads to
Needs = Literal["public", "signed-in", "administrator", "member", "annotator", "reviewer", "manager"]
# what a token must be made for: to read, to annotate and review, or for everything its user may do
Scope = Literal["read", "annotate", "manage"]
SCOPES: tuple[Scope, ...] = ("read", "annotate", "manage")
Door = TypeVar("Door", bound=Callable[..., Any])
NOUNS: dict[str, Callable[[], QuerySet[Any]]] = {
    "project_id": Project.objects.all,
    "image_id": lambda: Image.objects.select_related("project"),
    "network_id": lambda: Network.objects.select_related("project"),
    "job_id": lambda: Job.objects.select_related("project"),
    "export_id": lambda: Export.objects.select_related("project"),
}


class Request(HttpRequest):
    """A request that was let in: by whom, to which noun of which project, with which role."""

    auth: User
    subject: Any
    project: Project
    role: str


class Admission(AuthBase):
    """Lets a caller in when they are who they say and may do what the door needs.

    scope : what a token has to be made for; a session is for everything
    query : where the path names no noun (the paper's URLs, resumable uploads), which query parameter, form
            field or piece of Upload-Metadata does: ``{"id": "image_id"}``
    """

    def __init__(self, needs: Needs, scope: Scope, query: dict[str, str]) -> None:
        self.needs = needs
        self.scope = scope
        self.query = query
        super().__init__()

    @abstractmethod
    def identify(self, request: HttpRequest) -> User | None:
        """Who calls; None when this kind of credential is not there or not good."""

    def __call__(self, request: HttpRequest) -> User | None:
        user = self.identify(request)
        if user is None:
            return None
        if self.needs == "administrator" and not user.is_staff:
            raise NotAllowed("Only administrators may do this.")
        if self.needs not in ("administrator", "signed-in"):
            self._admit(request, user)
        return user

    def _admit(self, request: HttpRequest, user: User) -> None:
        name, number = self._address(request)
        subject = _find(name, number)
        project = subject if isinstance(subject, Project) else subject.project
        role = access.admit(user=user, project=project, needs=self.needs)
        vars(request).update(subject=subject, project=project, role=role)

    def _address(self, request: HttpRequest) -> tuple[str, int]:
        match = request.resolver_match
        for name, value in (match.kwargs if match else {}).items():
            if name in NOUNS:
                return name, int(value)
        for parameter, name in self.query.items():
            given = request.GET.get(parameter) or tus_metadata(request).get(parameter) or request.POST.get(parameter)
            value = given or ""
            if value.isdecimal():
                return name, int(value)
        raise InvalidInput(f"The parameter {' or '.join(self.query)} is missing: give the number.")


class BearerToken(Admission):
    """``Authorization: Bearer TOKEN``, for scripts."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def identify(self, request: HttpRequest) -> User | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        row = accounts.known_token(token=token.strip()) if scheme.lower() == "bearer" else None
        if row is None:
            return None
        if SCOPES.index(cast("Scope", row.scope)) < SCOPES.index(self.scope):
            raise NotAllowed(
                f"This needs a token of the scope {self.scope}; this one's is {row.scope}.", needs_scope=self.scope
            )
        return row.user


class SessionCookie(Admission):
    """The session cookie of the pages; what changes something also needs the header X-CSRFToken."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = settings.SESSION_COOKIE_NAME

    def identify(self, request: HttpRequest) -> User | None:
        user = request.user
        if not isinstance(user, User):
            return None
        if check_csrf(request) is not None:
            raise NotAllowed("The CSRF token is missing or wrong: send the cookie csrftoken as header X-CSRFToken.")
        # somebody else signed in in another tab: what the first one's page still holds must not become the other's
        if request.headers.get("X-User", str(user.pk)) != str(user.pk):
            raise Unauthenticated(f"This browser is signed in as {user.username} now: sign in again.")
        return user


# what OpenAPI says about every answer that is not the hoped-for one
ERRORS = {
    "default": {
        "description": "an error of docs/reference/errors.md",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorOut"}}},
    }
}


def route(
    router: Router,
    method: str,
    path: str,
    *,
    needs: Needs,
    operation_id: str,
    response: Any,
    token_only: bool = False,
    query: dict[str, str] | None = None,
    openapi: dict[str, Any] | None = None,
) -> Callable[[Door], Door]:
    """Open a door. Its docstring is its description, the first line its summary.

    needs      : who may pass; the OpenAPI document repeats it as ``x-needs``
    response   : {status: schema} of the one good answer; None as schema for no body or a binary one
    token_only : closed to cookies, because it changes something by GET: a link must not do that
    """

    def open_door(view: Door) -> Door:
        kinds: tuple[type[Admission], ...] = (BearerToken,) if token_only else (BearerToken, SessionCookie)
        summary, _, description = inspect.cleandoc(view.__doc__ or "").partition("\n")
        scope = _scope(method, needs, token_only=token_only)
        extra = {"x-needs": needs, "x-scope": scope, **(openapi or {})}
        extra["responses"] = ERRORS | extra.get("responses", {})
        router.add_api_operation(
            path,
            [method],
            view,
            auth=None if needs == "public" else [kind(needs, scope, query or {}) for kind in kinds],
            response=response,
            operation_id=operation_id,
            summary=summary.rstrip("."),
            description=description.strip() or None,
            openapi_extra=extra,
        )
        return view

    return open_door


def _scope(method: str, needs: Needs, *, token_only: bool) -> Scope:
    """What changes nothing is reading; what annotators and reviewers change is annotating; the rest is managing."""
    if method in ("GET", "HEAD", "OPTIONS") and not token_only:
        return "read"
    return "annotate" if needs in ("annotator", "reviewer") else "manage"


def binary(*media_types: str, body: bool = False) -> dict[str, Any]:
    """What OpenAPI says about a door whose answer (or, with ``body``, request) is bytes and not JSON."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in media_types}
    if body:
        return {"requestBody": {"required": True, "content": content}}
    return {"responses": {200: {"description": "OK", "content": content}}}


def tus_metadata(request: HttpRequest) -> dict[str, str]:
    """The header Upload-Metadata of tus 1.0: pairs of a key and base64 text, joined by commas."""
    pairs = (entry.strip().partition(" ") for entry in request.headers.get("Upload-Metadata", "").split(","))
    try:
        return {key: b64decode(value, validate=True).decode() for key, _, value in pairs if key}
    except ValueError:
        raise InvalidInput("The header Upload-Metadata is not pairs of a key and base64 text.") from None


def _find(name: str, number: int) -> Any:
    found = NOUNS[name]().filter(pk=number).first() if number < 1 << 63 else None
    if found is None:
        raise NotFound("There is no such thing, or it is not yours to see.")
    return found
