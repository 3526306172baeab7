"""What is deleted leaves the disk; what is named, or about to be, stays."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np
import pytest

from winnow.server import storage
from winnow.server.services import projects
from winnow.server.worker.sweep import EVERY_SECONDS, GRACE_SECONDS, sweep

pytestmark = pytest.mark.django_db


def later(seconds: float = GRACE_SECONDS + 1) -> float:
    return time.time() + seconds


def test_the_blobs_of_a_deleted_project_go_and_those_of_others_stay(project: Any, user: Any, make_image: Any) -> None:
    digest = make_image().pixels
    assert sweep(now=later()) == 0
    assert storage.blobs.exists(digest)
    projects.delete_project(project=project, actor=user("mia"))
    assert sweep(now=later(2 * GRACE_SECONDS)) == 1
    assert not storage.blobs.exists(digest)


def test_a_blob_put_a_moment_ago_waits_for_its_row() -> None:
    digest = storage.put_array(np.zeros(4, np.uint8))
    assert sweep() == 0
    assert storage.blobs.exists(digest)


def test_putting_a_blob_again_makes_it_young() -> None:
    digest = storage.put_array(np.zeros(4, np.uint8))
    os.utime(storage.blobs.path(digest), (0, 0))
    storage.put_array(np.zeros(4, np.uint8))
    assert sweep() == 0
    assert storage.blobs.exists(digest)


def test_parts_a_killed_process_left_go() -> None:
    digest = storage.put_array(np.zeros(4, np.uint8))
    part = storage.blobs.path(digest).with_name(f".{digest}.12ab34cd")
    part.write_bytes(b"half")
    assert sweep(now=later()) == 2
    assert not part.exists()


def test_it_is_not_repeated_at_once() -> None:
    storage.put_array(np.zeros(4, np.uint8))
    assert sweep() == 0
    assert sweep(now=time.time() + EVERY_SECONDS / 2) == 0, "not due"
    assert sweep(now=later()) == 1


def test_a_blob_put_again_while_it_is_being_swept_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = storage.put_array(np.zeros(4, np.uint8))
    path = storage.blobs.path(digest)
    os.utime(path, (0, 0))
    rename = type(path).rename

    def put_first(source: Any, target: Any) -> Any:
        if source == path:
            storage.put_array(np.zeros(4, np.uint8))
        return rename(source, target)

    monkeypatch.setattr(type(path), "rename", put_first)
    assert sweep() == 0
    assert storage.blobs.exists(digest)
