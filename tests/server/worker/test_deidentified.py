"""How a project's uploads are de-identified, and what its report tells of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from pydicom import dcmread

from winnow.server import storage
from winnow.server.models import Job, Project

from .uploads import arrived, slices

Upload = Callable[..., Job]


@pytest.fixture
def upload(transactional_db: None, project: Project, run_now: Callable[[Job], Job]) -> Upload:  # noqa: ARG001
    """Take these files in, in this process, and answer the job as it ended."""
    return lambda files: run_now(arrived(project, files))


def header_of(project: Project) -> Any:
    return dcmread(io.BytesIO(storage.blobs.get(project.images.get().header)))


def test_the_projects_options_decide_what_stays(upload: Upload, project: Project):
    ((path, data),) = slices(count=1).items()
    original = dcmread(io.BytesIO(data))
    project.settings["deidentification"] = ["retain_device_identity", "retain_modified_dates"]
    project.save()
    assert upload({path: data}).state == "succeeded"
    header = header_of(project)
    assert header.StationName == original.StationName
    assert header.StudyDate != original.StudyDate
    assert header.StudyTime == original.StudyTime
    assert header.SOPInstanceUID != original.SOPInstanceUID
    codes = [item.CodeValue for item in header.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113107", "113109"]


def test_without_options_the_basic_profile_holds(upload: Upload, project: Project):
    assert upload(slices(count=1)).state == "succeeded"
    assert [item.CodeValue for item in header_of(project).DeidentificationMethodCodeSequence] == ["113100"]
    assert "StationName" not in header_of(project)
