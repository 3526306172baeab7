"""What networks said about images, kept so that a network that has not changed is not asked twice.

A folder for each network, in it a file for each shard it looked at. Images are known by a hash of their pixels and
window, never by name: another job, round or project finds them again, and nothing here says whose they are.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import time
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winnow.server import storage
from winnow.server.models import Image, Network, Project

LOOKS = 1  # raise it when what is said about an image changes: what was kept before is then forgotten
DAY = 24 * 3600.0
IDENTITY = ("pixels", "height", "width", "channels", "dtype", "window")
AT_ONCE = 500  # ids in one question to the database


def keys_of(ids: Sequence[int]) -> dict[int, bytes]:
    """By what each of these images is known here; those that are gone are left out."""
    keys: dict[int, bytes] = {}
    for start in range(0, len(ids), AT_ONCE):
        rows = Image.objects.filter(id__in=ids[start : start + AT_ONCE]).values_list("id", *IDENTITY)
        keys |= {image_id: hashlib.sha256(repr(rest).encode()).digest() for image_id, *rest in rows}
    return keys


class Kept:
    """What one network said, or without one what descriptors alone say."""

    def __init__(self, network: Network | None, *, dropout: bool = False) -> None:
        self.folder = storage.looks(_name(network.weights if network else "", dropout=dropout))
        os.utime(self.folder)  # needed now: see ``forget``

    def add(self, keys: Sequence[bytes], rows: Sequence[dict[str, Any]]) -> None:
        """Keep the rows of these images, one each. Whole or not at all, whoever is killed."""
        if not rows:
            return
        columns: dict[str, Any] = {name: np.stack([np.asarray(row[name]) for row in rows]) for name in rows[0]}
        columns["key"] = np.array([np.frombuffer(key, np.uint8) for key in keys])
        buffer = io.BytesIO()
        np.savez(buffer, **columns)
        name = hashlib.sha256(b"".join(keys)).hexdigest()
        storage.write_atomically(self.folder / f"{name}.npz", buffer.getvalue())

    def read(self) -> tuple[dict[bytes, int], dict[str, NDArray[Any]]]:
        """The place of each key in the columns, and the columns, (N, ...) each; none where nothing is kept."""
        parts = [part for path in sorted(self.folder.glob("*.npz")) if (part := _read(path)) is not None]
        columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
        keys = columns.pop("key", np.empty((0, 32), np.uint8))
        return {key.tobytes(): place for place, key in enumerate(keys)}, columns


def forget() -> None:
    """Removes what deleted networks said, and what those not in use said a day after it was last needed."""
    there = {name for weights in Network.objects.values_list("weights", flat=True) for name in _names(weights)}
    in_use = Project.objects.exclude(network=None).values_list("network__weights", flat=True)
    needed = {name for weights in in_use for name in _names(weights)}
    for folder in storage.all_looks():
        old = time.time() - folder.stat().st_mtime > DAY
        if folder.name not in needed and (old or folder.name not in there | _names("")):
            shutil.rmtree(folder, ignore_errors=True)


def _names(weights: str) -> set[str]:
    return {_name(weights, dropout=dropout) for dropout in (False, True)}


def _name(weights: str, *, dropout: bool) -> str:
    return hashlib.sha256(f"{LOOKS} {weights} {dropout}".encode()).hexdigest()[:32]


def _read(path: Path) -> dict[str, NDArray[Any]] | None:
    """The columns of one file; a damaged one is removed, and its images are looked at again."""
    try:
        with np.load(io.BytesIO(path.read_bytes())) as stored:
            return dict(stored)
    except FileNotFoundError:
        return None  # forgotten a moment ago
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error):
        path.unlink()
        return None
