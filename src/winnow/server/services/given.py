"""Masks that came with the images: annotations of who uploaded them. What somebody drew here is never touched."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from django.db import transaction

from winnow.imaging.mask import check_mask, class_pixels
from winnow.server import storage
from winnow.server.models import Annotation, Image, User
from winnow.server.services import audit

OPEN = (Image.State.UNLABELLED, Image.State.AUTO)
Outcome = Literal["given", "same", "taken"]


def give_mask(*, image_id: int, mask: npt.NDArray[np.uint8], actor: User | None, source: str) -> Outcome:
    """Store a mask as the first version of an image that nobody has drawn on, submitted.

    source  : what kind of file it came in
    returns : "given"; "same" where the image has this very mask; "taken" where it has another one, or is being drawn
    raises  : InvalidMask
    """
    image = Image.objects.select_related("project").get(id=image_id)
    check_mask(mask, shape=(image.height, image.width), values=[label["value"] for label in image.project.labels])
    blob = storage.put_array(mask)
    with transaction.atomic():
        image = Image.objects.select_for_update().get(id=image_id)
        if image.annotations.filter(version=image.version, mask=blob, purpose=Annotation.Purpose.SUBMITTED).exists():
            return "same"
        if image.version or image.state not in OPEN:
            return "taken"
        name = actor.username if actor else "worker"
        Annotation.objects.create(
            image=image,
            user=actor,
            author=name,
            purpose=Annotation.Purpose.SUBMITTED,
            mask=blob,
            version=1,
            class_pixels=class_pixels(mask),
            suggestion={"given": source},
        )
        image.version, image.state = 1, Image.State.SUBMITTED
        image.save(update_fields=["version", "state"])
        subject = f"image {image.id}"
        audit.record(
            actor_name=name, action="mask.give", subject=subject, project=image.project, source=source, mask=blob
        )
    return "given"
