"""People, their passwords and the tokens of their scripts."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from winnow.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from winnow.server.models import ApiToken, User
from winnow.server.services import audit, second_factor, throttle

USED_AT_EVERY = timedelta(minutes=1)


@transaction.atomic
def create_user(*, name: str, password: str, actor_name: str, administrator: bool = False) -> User:
    """A new account. Raises Conflict when the name is taken, InvalidInput for a bad name or a weak password."""
    if User.objects.filter(username__iexact=name).exists():
        raise Conflict(f"There is a user {name} already.")
    user = User(username=name, is_staff=administrator, is_superuser=administrator)
    try:
        user.username = User.normalize_username(name)
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages)) from None
    _set_password(user, password)
    user.save()
    audit.record(actor_name=actor_name, action="user.create", subject=user.username, administrator=administrator)
    return user


def sign_in(*, request: HttpRequest, name: str, password: str, code: str = "") -> User:
    """The user of this name and password, and of this code where there is a second factor.

    raises : Unauthenticated, without saying which of both is wrong; TooManyAttempts after many such failures, however
             right the password is now; SecondFactorNeeded where the code is missing or wrong
    """
    address = request.META.get("REMOTE_ADDR", "")
    throttle.check(name=name, address=address)
    user = authenticate(request, username=name, password=password)
    if not isinstance(user, User):
        throttle.failed(name=name, address=address)
        raise Unauthenticated("The name or the password is wrong.")
    second_factor.need(user=user, code=code, address=address)
    throttle.succeeded(name=name, address=address)
    audit.record(actor_name=user.username, action="user.sign_in", subject=user.username)
    return user


def change_password(*, actor: User, old: str, new: str, address: str) -> None:
    """Raises InvalidInput when the old password is wrong or the new one weak, TooManyAttempts after many wrong ones."""
    need_password(actor=actor, password=old, address=address)
    _replace_password(actor, new)


def need_password(*, actor: User, password: str, address: str) -> None:
    """Before what a person at an unlocked screen must not do. Raises InvalidInput, TooManyAttempts after many of them."""
    throttle.check(name=actor.username, address=address)
    if not actor.check_password(password):
        throttle.failed(name=actor.username, address=address)
        raise InvalidInput("The present password is wrong.")


@transaction.atomic
def _replace_password(actor: User, new: str) -> None:
    _set_password(actor, new)
    actor.save(update_fields=["password"])
    audit.record(actor_name=actor.username, action="user.password", subject=actor.username)


def set_language(*, actor: User, language: str) -> User:
    """The language of the pages."""
    actor.language = language
    actor.save(update_fields=["language"])
    return actor


def set_preferences(*, actor: User, preferences: dict[str, Any]) -> User:
    """What the person changed about the pages, as a whole; the door has checked its shape and size."""
    actor.preferences = preferences
    actor.save(update_fields=["preferences"])
    return actor


@transaction.atomic
def create_token(*, actor: User, name: str, scope: str = ApiToken.Scope.MANAGE) -> tuple[str, ApiToken]:
    """A bearer token for scripts and its row. The token is shown this once: only its hash is stored."""
    token = f"winnow_{secrets.token_urlsafe(32)}"
    row = ApiToken.objects.create(user=actor, name=name, digest=_digest(token), scope=scope)
    audit.record(actor_name=actor.username, action="token.create", subject=name, scope=str(scope))
    return token, row


@transaction.atomic
def delete_token(*, actor: User, token_id: int) -> None:
    """Raises NotFound unless the token is the actor's own."""
    row = ApiToken.objects.filter(user=actor, id=token_id).first()
    if row is None:
        raise NotFound("You have no such token.")
    audit.record(actor_name=actor.username, action="token.delete", subject=row.name)
    row.delete()


def known_token(*, token: str) -> ApiToken | None:
    """The row of a token, with its user; None for an unknown one and for people who may no longer sign in."""
    row = ApiToken.objects.select_related("user").filter(digest=_digest(token), user__is_active=True).first()
    if row is None:
        return None
    now = timezone.now()
    if row.used_at is None or now - row.used_at > USED_AT_EVERY:
        ApiToken.objects.filter(id=row.id).update(used_at=now)
    return row


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages)) from None
    user.set_password(password)
