"""Doors for people: signing in and out, the profile, tokens, accounts."""

from __future__ import annotations

from django.contrib import auth
from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Query, Router

from winnow.errors import NotAllowed
from winnow.server.api import shapes
from winnow.server.api.lists import Paging, each, page_of
from winnow.server.api.route import Request, route
from winnow.server.api.schemas.common import Page
from winnow.server.api.schemas.people import (
    LoginIn,
    PasswordIn,
    Preferences,
    ProfilePatch,
    TokenIn,
    TokenOut,
    UserIn,
    UserOut,
)
from winnow.server.models import ApiToken, User
from winnow.server.services import accounts

router = Router(tags=["people"])


@route(router, "POST", "/login", needs="public", operation_id="logIn", response={200: UserOut})
def log_in(request: HttpRequest, body: LoginIn) -> UserOut:
    """Sign in: sets the session cookie, and csrftoken, whose value later calls send as X-CSRFToken."""
    _guard_same_site(request)
    user = accounts.sign_in(request=request, name=body.name, password=body.password, code=body.code)
    request.session.flush()  # a new one even for who is signed in already
    auth.login(request, user)
    return shapes.user_out(user)


@route(router, "POST", "/logout", needs="signed-in", operation_id="logOut", response={204: None})
def log_out(request: Request) -> None:
    """End the session."""
    auth.logout(request)


@route(router, "GET", "/me", needs="signed-in", operation_id="getMe", response={200: UserOut})
def get_me(request: Request) -> UserOut:
    """Who I am. Sets the cookie csrftoken."""
    get_token(request)
    return shapes.user_out(request.auth)


@route(router, "PATCH", "/me", needs="signed-in", operation_id="changeMe", response={200: UserOut})
def change_me(request: Request, body: ProfilePatch) -> UserOut:
    """Change my language."""
    return shapes.user_out(accounts.set_language(actor=request.auth, language=body.language))


@route(router, "GET", "/me/preferences", needs="signed-in", operation_id="getPreferences", response={200: Preferences})
def get_preferences(request: Request) -> Preferences:
    """What I changed about the pages."""
    return Preferences(**request.auth.preferences)


@route(router, "PUT", "/me/preferences", needs="signed-in", operation_id="setPreferences", response={200: Preferences})
def set_preferences(request: Request, body: Preferences) -> Preferences:
    """Replace what I changed about the pages."""
    return Preferences(**accounts.set_preferences(actor=request.auth, preferences=body.dict()).preferences)


@route(router, "POST", "/me/password", needs="signed-in", operation_id="changePassword", response={204: None})
def change_password(request: Request, body: PasswordIn) -> None:
    """Change my password; other sessions of mine end."""
    accounts.change_password(
        actor=request.auth, old=body.old, new=body.new, address=request.META.get("REMOTE_ADDR", "")
    )
    if isinstance(request.user, User):
        auth.update_session_auth_hash(request, request.auth)


@route(router, "GET", "/tokens", needs="signed-in", operation_id="listTokens", response={200: Page[TokenOut]})
def list_tokens(request: Request, paging: Query[Paging]) -> Page[TokenOut]:
    """My tokens, without their secret."""
    return page_of(ApiToken.objects.filter(user=request.auth), each(shapes.token_out), paging)


@route(router, "POST", "/tokens", needs="signed-in", operation_id="createToken", response={201: TokenOut})
def create_token(request: Request, body: TokenIn) -> TokenOut:
    """Make a token for my scripts: this answer is the only one that holds it."""
    token, row = accounts.create_token(actor=request.auth, name=body.name, scope=body.scope)
    return shapes.token_out(row, token)


@route(router, "DELETE", "/tokens/{int:token_id}", needs="signed-in", operation_id="deleteToken", response={204: None})
def delete_token(request: Request, token_id: int) -> None:
    """Revoke one of my tokens."""
    accounts.delete_token(actor=request.auth, token_id=token_id)


@route(router, "GET", "/users", needs="signed-in", operation_id="listUsers", response={200: Page[UserOut]})
def list_users(request: Request, paging: Query[Paging]) -> Page[UserOut]:
    """The people of this installation, to add to projects."""
    return page_of(User.objects.filter(is_active=True), each(shapes.user_out), paging)


@route(router, "POST", "/users", needs="administrator", operation_id="createUser", response={201: UserOut})
def create_user(request: Request, body: UserIn) -> UserOut:
    """Make an account."""
    user = accounts.create_user(name=body.name, password=body.password, actor_name=request.auth.username)
    return shapes.user_out(user)


def _guard_same_site(request: HttpRequest) -> None:
    """Nobody is signed in by another site's form. Scripts send neither header."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") == "cross-site":
        raise NotAllowed("Signing in from another site is not possible.")
