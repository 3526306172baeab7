"""Removes the blobs that no row names any more: what was deleted is gone from the disk as well."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from winnow.server import storage
from winnow.server.models import Annotation, Image, Network, Pick

EVERY_SECONDS = 600.0
# A blob is put a moment before the row that names it; putting it again makes it young again.
GRACE_SECONDS = 3600.0
HELD = ".held-"
HOLD_SECONDS = 600.0  # a hold whose holder was killed ends by itself
NAMED_BY = (
    (Image.objects, "pixels"),
    (Image.objects, "header"),
    (Annotation.objects, "mask"),
    (Annotation.objects, "uncertainty"),
    (Annotation.objects, "probabilities"),
    (Network.objects, "weights"),
    (Pick.objects, "uncertainty"),
)


def sweep(*, now: float | None = None) -> int:
    """Remove blobs that nothing names and that are older than an hour; returns how many.

    At most once in ten minutes for all workers together. Old blobs are listed before the rows are read: one
    that a row comes to name in between was put, and so made young, after it was listed.
    """
    now = time.time() if now is None else now
    if not _due(now):
        return 0
    old = {path.name: path for path in _blobs() if _age(path, now) > GRACE_SECONDS}
    for rows, field in NAMED_BY:
        for digest in rows.values_list(field, flat=True).iterator(chunk_size=10_000):
            old.pop(digest, None)
    return sum(_remove(path, now) for path in old.values())


class Hold:
    """Keeps blobs from being swept for as long as its holder says so."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark
        self._said = 0.0

    def go_on(self) -> None:
        """Still needed: to be said more often than every ten minutes; writes twice a minute at most."""
        if time.monotonic() - self._said > HOLD_SECONDS / 20 or not self._said:
            self._mark.touch(mode=0o600)
            self._said = time.monotonic()


@contextmanager
def hold() -> Iterator[Hold]:
    """No blob is swept meanwhile, whoever comes not to name it any more."""
    storage.blobs.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark = storage.blobs.root / f"{HELD}{secrets.token_hex(8)}"
    held = Hold(mark)
    held.go_on()
    try:
        yield held
    finally:
        mark.unlink(missing_ok=True)


def _held() -> bool:
    """Whether somebody holds the blobs; by this machine's clock, not that of ``sweep``."""
    marks = (mark for mark in storage.blobs.root.iterdir() if mark.name.startswith(HELD))
    return any(_age(mark, time.time()) < HOLD_SECONDS for mark in marks)


def _remove(path: Path, now: float) -> bool:
    """Moved aside before the last look at its age: a put either made it young before, or does not find it any more.

    What was unnamed before a hold began may go; so the hold is looked at before each blob, not only at the start.
    """
    if _held():
        return False
    aside = path.with_name(f".{path.name}.swept")
    with suppress(FileNotFoundError):
        path.rename(aside)
        if _age(aside, now) > GRACE_SECONDS:
            aside.unlink()
            return True
        aside.rename(path)
    return False


def _due(now: float) -> bool:
    """The mark's age says when a worker last swept."""
    mark = storage.blobs.root / ".swept"
    if not storage.blobs.root.is_dir() or _held() or (mark.exists() and _age(mark, now) < EVERY_SECONDS):
        return False
    mark.touch(mode=0o600)
    return True


def _blobs() -> Iterator[Path]:
    """Every blob, and every part of one that a killed process left."""
    for folder in storage.blobs.root.iterdir():
        if folder.is_dir():
            yield from folder.iterdir()


def _age(path: Path, now: float) -> float:
    with suppress(FileNotFoundError):
        return now - path.stat().st_mtime
    return 0.0
