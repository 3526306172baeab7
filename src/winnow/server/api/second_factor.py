"""Doors to a person's second factor."""

from __future__ import annotations

import segno
from ninja import Router

from winnow.server.api.route import Request, route
from winnow.server.api.schemas.people import (
    FactorBeginIn,
    FactorBegunOut,
    FactorCodeIn,
    FactorOut,
    FactorRemoveIn,
    RecoveryOut,
)
from winnow.server.services import accounts, second_factor

router = Router(tags=["people"])
PATH = "/me/second-factor"


@route(router, "GET", PATH, needs="signed-in", operation_id="getSecondFactor", response={200: FactorOut})
def get_second_factor(request: Request) -> FactorOut:
    """Whether I need more than my password to sign in."""
    row = second_factor.of(request.auth)
    return FactorOut(since=row.confirmed_at if row else None, recovery_codes=len(row.recovery) if row else 0)


@route(router, "POST", PATH, needs="signed-in", operation_id="beginSecondFactor", response={200: FactorBegunOut})
def begin_second_factor(request: Request, body: FactorBeginIn) -> FactorBegunOut:
    """Begin one: a key for an authenticator app, as text and as a QR code. It counts once a code of it is confirmed."""
    accounts.need_password(actor=request.auth, password=body.password, address=request.META.get("REMOTE_ADDR", ""))
    key, address = second_factor.begin(actor=request.auth)
    picture = segno.make(address, micro=False, error="m").svg_data_uri(scale=5, border=2, dark="#000", light="#fff")
    return FactorBegunOut(key=key, address=address, picture=picture)


@route(
    router,
    "POST",
    f"{PATH}/confirm",
    needs="signed-in",
    operation_id="confirmSecondFactor",
    response={200: RecoveryOut},
)
def confirm_second_factor(request: Request, body: FactorCodeIn) -> RecoveryOut:
    """Confirm it by a code: from now on signing in asks for one. This answer alone holds the recovery codes."""
    return RecoveryOut(recovery_codes=second_factor.confirm(actor=request.auth, code=body.code))


@route(router, "POST", f"{PATH}/remove", needs="signed-in", operation_id="removeSecondFactor", response={204: None})
def remove_second_factor(request: Request, body: FactorRemoveIn) -> None:
    """Do without it again: takes the password, and a code or a recovery code."""
    address = request.META.get("REMOTE_ADDR", "")
    accounts.need_password(actor=request.auth, password=body.password, address=address)
    second_factor.give_up(actor=request.auth, code=body.code, address=address)
