"""Users, members, signing in, tokens, and what the audit log says of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema

from winnow.server.api.schemas.common import Role


class UserIn(Schema):
    name: str = Field(min_length=1, max_length=150)
    password: str = Field(min_length=1, max_length=200)


class UserOut(Schema):
    id: int
    name: str
    administrator: bool
    language: str


class MemberIn(Schema):
    role: Role


class MemberOut(Schema):
    user: UserOut
    role: Role


class LoginIn(Schema):
    """``code``: of the second factor, or a recovery code; only for who has one."""

    name: str
    password: str
    code: str = Field("", max_length=100)


class FactorOut(Schema):
    """``since`` when a second factor is asked for, null for never; ``recovery_codes``: how many are left."""

    since: datetime | None
    recovery_codes: int


class FactorBeginIn(Schema):
    password: str


class FactorBegunOut(Schema):
    """``key`` to type in, ``address`` to open (otpauth), ``picture`` to scan: a QR code as a data URI."""

    key: str
    address: str
    picture: str


class FactorCodeIn(Schema):
    code: str = Field(min_length=1, max_length=100)


class FactorRemoveIn(Schema):
    password: str
    code: str = Field(min_length=1, max_length=100)


class RecoveryOut(Schema):
    recovery_codes: list[str]


class PasswordIn(Schema):
    old: str
    new: str


class ProfilePatch(Schema):
    language: Literal["en", "zh"]


CommandName = Annotated[str, Field(pattern=r"^[a-z][A-Za-z0-9.-]{0,39}$")]
Chord = Annotated[str, Field(min_length=1, max_length=32)]


class Preferences(Schema):
    """What a person changed about the pages; ``shortcuts`` maps a command to the keys that give it, none for no key."""

    shortcuts: dict[CommandName, Annotated[list[Chord], Field(max_length=4)]] = Field(default={}, max_length=200)


TokenScope = Literal["read", "annotate", "manage"]


class TokenIn(Schema):
    """``scope``: to read, to annotate and review too, or for everything that its user may do."""

    name: str = Field(min_length=1, max_length=100)
    scope: TokenScope = "manage"


class TokenOut(Schema):
    """``token`` is only there in the answer that made it."""

    id: int
    name: str
    scope: TokenScope
    token: str | None
    created_at: datetime
    used_at: datetime | None


class EventOut(Schema):
    id: int
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    at: datetime
