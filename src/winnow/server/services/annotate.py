"""What people do to an image: draw, submit, accept, reject, skip. No drawn stroke is ever lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import transaction

from winnow.errors import Conflict, InvalidInput, NotFound, StaleVersion, UnknownVersion, WrongState
from winnow.imaging.mask import check_mask, class_pixels
from winnow.imaging.patch import Patch, apply_patches
from winnow.server import storage
from winnow.server.models import Annotation, Image, User
from winnow.server.services import audit, leases
from winnow.server.services.blind import blind_images
from winnow.server.services.pool import BY_A_PERSON
from winnow.server.services.provenance import agreement, provenance_from

State, Purpose = Image.State, Annotation.Purpose
Mask = npt.NDArray[np.uint8]


def save_mask(
    *,
    image_id: int,
    mask: Mask,
    based_on: int,
    actor: User,
    active_seconds: float = 0.0,
    strokes: int = 0,
    provenance: str = "",
) -> Annotation:
    """Store a mask as the next version of the image, as a draft; the pick becomes the actor's.

    mask           : (H, W) uint8 of the project's class values
    based_on       : the version the actor drew on; 0 for none
    active_seconds : time spent drawing since the version it is based on; strokes likewise
    provenance     : where its pixels came from, as JSON (services/provenance.py)
    raises         : InvalidMask; InvalidInput for a negative time or such a provenance; StaleVersion when somebody saved in between,
                     WrongState when the image is accepted: in both cases the mask is kept, with purpose conflict
    """
    if not (0 <= active_seconds < 1e7 and strokes >= 0):
        raise InvalidInput("Time and strokes are counted from 0 up.")
    image = _get(image_id)
    check_mask(mask, shape=(image.height, image.width), values=[label["value"] for label in image.project.labels])
    drawn = {
        "mask": storage.put_array(mask),
        "class_pixels": class_pixels(mask),
        "based_on": based_on,
        "active_seconds": active_seconds,
        "strokes": strokes,
        **provenance_from(provenance, image=image),
    }
    with transaction.atomic():
        image = _lock(image_id)
        problem = _obstacle(image, based_on)
        if problem is None:
            return _save_next_version(image, actor, drawn)
        if repeated := _newest(image, user=actor, version=based_on + 1, based_on=based_on, mask=drawn["mask"]):
            return repeated  # the answer to the first try was lost on the way
        kept = _keep_conflict(image, actor, drawn)
    problem.detail["yours"] = kept.id
    raise problem


def patch_mask(*, image_id: int, patches: Sequence[Patch], based_on: int, **spent: Any) -> Annotation:
    """Store the mask of version ``based_on`` with rectangles laid over it as the next version, like ``save_mask``.

    patches : lie inside the image; later ones over earlier ones
    raises  : UnknownVersion when the image never had that version: then nothing is kept, the whole mask is needed;
              and what save_mask raises; a stale patch is kept as the whole mask it makes of the version it was drawn on
    """
    image = _get(image_id)
    shape = (image.height, image.width)
    if based_on == 0:
        base = np.zeros(shape, np.uint8)
    else:
        drawn_on = _newest(image, version=based_on)
        if drawn_on is None:
            raise UnknownVersion(
                f"There is no version {based_on} of this mask to change: save the whole mask.", version=image.version
            )
        base = storage.get_array(drawn_on.mask, shape=shape, dtype="uint8")
    return save_mask(image_id=image_id, mask=apply_patches(base, patches), based_on=based_on, **spent)


def submit(*, image_id: int, actor: User) -> Image:
    """Hand in the newest mask. Raises WrongState when there is none to hand in."""
    with transaction.atomic():
        image = _lock(image_id)
        newest = _newest(image)
        if image.state not in (State.DRAFT, State.REJECTED) or newest is None:
            raise WrongState(
                f"The image is {image.state}: save a mask first, an empty one where there is nothing to see.",
                state=image.state,
            )
        Annotation.objects.filter(id=newest.id).update(purpose=Purpose.SUBMITTED, provenance=_handed_in(newest, image))
        leases.release(picks=image.picks.all())
        return _move(image, State.SUBMITTED, actor, "image.submit", version=newest.version)


def accept(*, image_id: int, actor: User) -> Image:
    """A reviewer agrees. Raises WrongState unless the image is submitted."""
    with transaction.atomic():
        image = _lock(image_id)
        _guard(image, State.SUBMITTED)
        image.note = ""
        return _move(image, State.ACCEPTED, actor, "image.accept", version=image.version)


def reject(*, image_id: int, actor: User, comment: str = "") -> Image:
    """A reviewer returns the image to who drew it. Raises WrongState unless it is submitted or accepted."""
    with transaction.atomic():
        image = _lock(image_id)
        _guard(image, State.SUBMITTED, State.ACCEPTED)
        newest = _newest(image)
        if newest is not None:
            Annotation.objects.filter(id=newest.id).update(purpose=Purpose.DRAFT)
            leases.release(picks=image.picks.all(), to=newest.user)
        image.note = comment
        return _move(image, State.REJECTED, actor, "image.reject", comment=comment)


def skip(*, image_id: int, actor: User, reason: str) -> Image:
    """Leave an image out of the loop, for a reason. Raises WrongState for one that is handed in."""
    with transaction.atomic():
        image = _lock(image_id)
        if image.state in (State.SUBMITTED, State.ACCEPTED):
            raise WrongState(f"The image is {image.state}: reject it first.", state=image.state)
        leases.release(picks=image.picks.all())
        image.note = reason
        return _move(image, State.SKIPPED, actor, "image.skip", reason=reason)


def comment(*, image_id: int, actor: User, text: str) -> Image:
    """Say something to the reviewer, in place of what was said before. Raises WrongState once the image is accepted."""
    with transaction.atomic():
        image = _lock(image_id)
        if image.state == State.ACCEPTED:
            raise WrongState("The image is accepted: reject it before changing it.", state=image.state)
        image.comment = text
        image.save(update_fields=["comment"])
        audit.record(
            actor_name=actor.username, action="image.comment", subject=f"image {image.id}", project=image.project,
            comment=text,
        )  # fmt: skip
        return image


def delete_image(*, image_id: int, actor: User) -> None:
    """Remove an image with everything drawn on it and every pick of it."""
    with transaction.atomic():
        image = _lock(image_id)
        audit.record(
            actor_name=actor.username, action="image.delete", subject=f"image {image.id}", project=image.project
        )
        image.delete()


def _get(image_id: int) -> Image:
    image = Image.objects.select_related("project").filter(id=image_id).first()
    if image is None:
        raise NotFound("There is no such image.")
    return image


def _lock(image_id: int) -> Image:
    """The image as nobody can change it until the transaction ends."""
    image = Image.objects.select_for_update().filter(id=image_id).first()
    if image is None:
        raise NotFound("There is no such image.")
    return image


def _obstacle(image: Image, based_on: int) -> Conflict | None:
    if image.version != based_on:
        return StaleVersion(
            f"Somebody saved version {image.version} since your version {based_on}: both are kept, compare them.",
            version=image.version,
        )
    if image.state == State.ACCEPTED:
        return WrongState("The image is accepted: reject it before changing it.", state=image.state)
    return None


def _save_next_version(image: Image, actor: User, drawn: dict[str, Any]) -> Annotation:
    image.version += 1
    annotation = Annotation.objects.create(
        image=image, user=actor, author=actor.username, purpose=Purpose.DRAFT, version=image.version, **drawn
    )
    leases.take(picks=image.picks.all(), user=actor)
    _move(image, State.DRAFT, actor, "mask.save", version=image.version, mask=drawn["mask"])
    return annotation


def _keep_conflict(image: Image, actor: User, drawn: dict[str, Any]) -> Annotation:
    """A mask beside the versions: it has version 0 because the image never had it as its newest."""
    kept = Annotation.objects.create(
        image=image, user=actor, author=actor.username, purpose=Purpose.CONFLICT, version=0, **drawn
    )
    audit.record(
        actor_name=actor.username,
        action="mask.conflict",
        subject=f"image {image.id}",
        project=image.project,
        annotation=kept.id,
        version=image.version,
        based_on=kept.based_on,
    )
    return kept


def _newest(image: Image, **fields: Any) -> Annotation | None:
    by_people = image.annotations.filter(purpose__in=BY_A_PERSON, **fields)
    return by_people.order_by("-version").first()


def _handed_in(newest: Annotation, image: Image) -> dict[str, Any]:
    """Its provenance with what is known once it is handed in: whether it was drawn blind, and how it agrees."""
    blind = bool(blind_images(images=[image])) or (newest.provenance or {}).get("blind", False)
    return (newest.provenance or {}) | {"blind": blind} | agreement(newest, image)


def _guard(image: Image, *states: Image.State) -> None:
    if image.state not in states:
        raise WrongState(f"The image is {image.state}, not {' or '.join(states)}.", state=image.state)


def _move(image: Image, state: Image.State, actor: User, action: str, **detail: Any) -> Image:
    image.state = state
    image.save(update_fields=["state", "version", "note"])
    audit.record(actor_name=actor.username, action=action, subject=f"image {image.id}", project=image.project, **detail)
    return image
