"""How a project's uploads are de-identified, and what its report tells of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from pydicom import dcmread

from winnow.server import storage
from winnow.server.models import Job, Project
from winnow.server.services.report import report

from .uploads import arrived, png, slices

Upload = Callable[..., Job]
STATUSES = ("written", "refused", "duplicate", "quarantined")


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


def test_the_report_tells_each_change_and_no_value(upload: Upload):
    files = slices(count=2)
    original = dcmread(io.BytesIO(next(iter(files.values()))))
    job = upload({**files, "note.txt": b"no image at all, this is a text", "one.png": png(1)})
    document = json.loads("".join(report(job)))
    assert (document["profile"], document["options"]) == ("PS3.15 2024b", [])
    by_status = {status: [file for file in document["files"] if file["status"] == status] for status in STATUSES}
    assert [len(by_status[status]) for status in STATUSES] == [3, 1, 0, 0]
    assert by_status["refused"][0]["reason"]
    dicom = [file for file in document["files"] if file["changes"]]
    assert len(dicom) == 2
    named = [{change["keyword"]: change for change in file["changes"] if "keyword" in change} for file in dicom]
    assert named[0]["PatientName"]["action"] == "Z"
    assert named[0]["PatientName"]["old"] == named[1]["PatientName"]["old"] != named[0]["PatientID"]["old"]
    assert named[0]["SOPInstanceUID"]["old"] != named[1]["SOPInstanceUID"]["old"]
    assert job.files.exclude(changed=0).count() == 2
    text = json.dumps(document)
    for element in original:
        if element.keyword in {"PatientName", "PatientID", "StudyInstanceUID", "StudyDate", "InstitutionName"}:
            assert str(element.value) not in text
            assert str(element.value).split("^")[0] not in text
