"""A share of the picks is drawn without the network's suggestion, to measure what a suggestion does to its reader."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from winnow.errors import NotFound, WrongState
from winnow.server import storage
from winnow.server.models import Image, Membership, Pick, User

# what nobody has handed in yet; a returned image has been, and its reader may have seen the suggestion since
UNSEEN = (Image.State.PICKED, Image.State.DRAFT, Image.State.SKIPPED)
WHY = "This image is drawn without suggestion, to measure what suggestions do; it is shown once the image is submitted."


def drawn_blind(*, project_id: int, image_id: int, share: float) -> bool:
    """Whether an image belongs to the share (0..1) that is drawn without suggestion.

    A hash under the project's key decides: always the same for the same image, foreseeable by nobody, and a larger
    share holds all of a smaller one.
    """
    digest = hmac.digest(storage.project_key(project_id), f"blind {image_id}".encode(), hashlib.sha256)
    return int.from_bytes(digest[:8], "big") < share * 2**64


def blind_images(*, images: Sequence[Image]) -> set[int]:
    """Ids of those that are to be drawn without suggestion now: picked so, and not handed in yet."""
    waiting = [image.id for image in images if image.state in UNSEEN]
    return set(Pick.objects.filter(image__in=waiting, blind=True).values_list("image_id", flat=True))


def hidden_among(*, blind: set[int], images: Sequence[Image], user: User) -> set[int]:
    """Ids of the ``blind`` ones whose suggestion is not handed out to this user. Managers see everything."""
    if not blind or user.is_staff:
        return set()
    projects = {image.project_id for image in images if image.id in blind}
    managing = Membership.objects.filter(user=user, role=Membership.Role.MANAGER, project__in=projects)
    managed = set(managing.values_list("project_id", flat=True))
    return {image.id for image in images if image.id in blind and image.project_id not in managed}


def is_hidden(*, image: Image, user: User) -> bool:
    """Whether the suggestion of this image is not for this user yet."""
    return bool(hidden_among(blind=blind_images(images=[image]), images=[image], user=user))


def guard_suggestion(*, image: Image, user: User) -> None:
    """Raises NotFound where the suggestion of the image is not for this user yet."""
    if is_hidden(image=image, user=user):
        raise NotFound(WHY, blind=True)


def guard_segmentation(*, image: Image, user: User) -> None:
    """Raises WrongState where this user may not ask for a suggestion yet."""
    if is_hidden(image=image, user=user):
        raise WrongState(WHY, blind=True)
