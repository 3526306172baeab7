"""Doors for who has an image open."""

from __future__ import annotations

from ninja import Query, Router

from winnow.server.api.route import Request, route
from winnow.server.api.schemas.images import PageName, PresenceIn, PresenceOut
from winnow.server.services import presence

router = Router(tags=["images"])
ADDRESS = "/images/{int:image_id}/presence"


@route(router, "POST", ADDRESS, needs="member", operation_id="sayHere", response={200: list[PresenceOut]})
def say_here(request: Request, image_id: int, body: PresenceIn) -> list[PresenceOut]:
    """Say that a page shows the image, and hear which others do.

    Said again every few seconds; who is silent for 70 seconds is gone.
    """
    others = presence.say_here(image=request.subject, user=request.auth, page=body.page, drawing=body.drawing)
    return [
        PresenceOut(
            name=one.user.username,
            mine=one.user_id == request.auth.id,
            # the name of a page is told to its own user alone: with it one can say that it is gone
            page=one.page if one.user_id == request.auth.id else None,
            drawing=one.drawing,
            since=one.since,
        )
        for one in others
    ]


@route(router, "DELETE", ADDRESS, needs="member", operation_id="sayGone", response={204: None})
def say_gone(request: Request, image_id: int, given: Query[PageName]) -> None:
    """Say that a page shows the image no more."""
    presence.say_gone(image=request.subject, user=request.auth, page=given.page)
