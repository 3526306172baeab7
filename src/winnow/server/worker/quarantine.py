"""What waits in quarantine: into its private folder, out of it, and gone when its time is over."""

from __future__ import annotations

import dataclasses
import io
import json
import secrets
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from winnow.errors import NotFound, WrongState
from winnow.imaging.burned_in import Box, blank
from winnow.imaging.picture import Picture
from winnow.imaging.place import Place
from winnow.server import storage
from winnow.server.models import IngestedFile, Quarantined
from winnow.server.services import audit
from winnow.server.services.quarantine import FILES, picture_file
from winnow.server.worker.admit import admit, stored
from winnow.server.worker.context import JobContext
from winnow.server.worker.reading import Found
from winnow.server.worker.series import order

State = Quarantined.State
STRAY_SECONDS = 3600.0


def keep(found: Found) -> Quarantined:
    """Write what one file holds into a new private folder; the row that names it is not saved yet."""
    name = secrets.token_hex(16)
    folder = storage.quarantine(name)
    frames, picture = 0, None
    for frames, picture in enumerate(found.pictures, 1):
        arrays = io.BytesIO()
        place = dataclasses.asdict(picture.place) if picture.place else None
        said = {"window": picture.window, "spacing_mm": picture.spacing_mm, "place": place}
        np.savez_compressed(arrays, pixels=picture.pixels, said=np.array(json.dumps(said)))
        storage.write_atomically(picture_file(folder, frames), arrays.getvalue())
    if picture is None:
        raise NotFound("There is no picture in the file.")
    plain = {field.name: getattr(found, field.name) for field in dataclasses.fields(Found)}
    plain |= {"pictures": frames, "header": found.header.hex()}
    storage.write_atomically(folder / FILES, json.dumps(plain).encode())
    return Quarantined(
        folder=name, frames=frames, height=picture.height, width=picture.width, modality=found.modality[:16]
    )


def kept(item: Quarantined, boxes: list[Box]) -> Found:
    """What lies in quarantine, the boxes blanked in every frame. Raises NotFound when it is gone."""
    folder = storage.quarantine(item.folder)
    try:
        plain = json.loads((folder / FILES).read_text())
    except FileNotFoundError:
        raise NotFound("The pixels are gone from the quarantine: upload the file again.") from None
    pictures = _pictures(folder, plain.pop("pictures"), boxes)
    return Found(**plain | {"pictures": pictures, "header": bytes.fromhex(plain["header"])})


def _pictures(folder: Path, count: int, boxes: list[Box]) -> Iterator[Picture]:
    for number in range(1, count + 1):
        with np.load(picture_file(folder, number)) as arrays:
            pixels, said = arrays["pixels"], json.loads(str(arrays["said"]))
        place = Place(**{key: tuple(value) for key, value in said["place"].items()}) if said["place"] else None
        spacing = tuple(said["spacing_mm"]) if said["spacing_mm"] else None
        yield blank(Picture(pixels, tuple(said["window"]), spacing, place), boxes)


def release(context: JobContext) -> None:
    """What a manager let out of quarantine becomes images of the project.

    payload : quarantined: its id; regions: [[left, top, width, height]] to blank in every frame
    result  : {"images", "image"}: how many, and the first
    """
    item = Quarantined.objects.select_related("file").get(id=context.payload["quarantined"])
    if item.state != State.WAITING:
        raise WrongState("It is decided already.", state=item.state)
    found = kept(item, [Box(*region) for region in context.payload["regions"]])
    images = stored(context.project, found, check=context.check)
    with context.transaction():
        new, twin = admit(images, found, path=item.file.path)
        first = new[0] if new else twin
        for series in {image.series for image in new if image.series is not None}:
            order(series, context.job)
        status = IngestedFile.Status.WRITTEN if new else IngestedFile.Status.DUPLICATE
        reason = "Released from quarantine." if new else "Released from quarantine; the same pixels are there already."
        IngestedFile.objects.filter(id=item.file_id).update(status=status, reason=reason, image=first)
        decided = {"decided_by": _asker(context), "decided_at": timezone.now()}
        Quarantined.objects.filter(id=item.id).update(state=State.RELEASED, **decided)
        context.record("quarantine.released", f"quarantined {item.id}", images=len(new))
        context.succeed({"images": len(new), "image": first.id if first else None}, f"{len(new)} images released.")
    storage.discard_quarantined(item.folder)


def _asker(context: JobContext) -> str:
    return context.job.created_by.username if context.job.created_by else ""


def expire() -> None:
    """Delete pixels that nobody decided about in time, and folders that no row names."""
    before = timezone.now() - timedelta(days=settings.WINNOW_QUARANTINE_DAYS)
    for item in Quarantined.objects.filter(state=State.WAITING, created_at__lt=before).select_related("project"):
        with transaction.atomic():
            if Quarantined.objects.filter(id=item.id, state=State.WAITING).update(
                state=State.EXPIRED, decided_at=timezone.now()
            ):
                audit.record(
                    actor_name="worker",
                    action="quarantine.expire",
                    subject=f"quarantined {item.id}",
                    project=item.project,
                )
    root = Path(settings.WINNOW_DATA_DIR) / "quarantine"
    waiting = set(Quarantined.objects.filter(state=State.WAITING).values_list("folder", flat=True))
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.name not in waiting and time.time() - folder.stat().st_mtime > STRAY_SECONDS:
            storage.discard_quarantined(folder.name)
