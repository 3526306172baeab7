"""DICOM media come in as their series; the index is told as one, and what it lists and what did not come as missing."""

from __future__ import annotations

import io
from collections.abc import Callable

import pydicom
import pytest
from media.fileset import medium_files

from winnow.server.models import Job, Project
from winnow.server.services.report import report

from .uploads import arrived, zipped

Upload = Callable[..., Job]


@pytest.fixture
def upload(transactional_db: None, project: Project, run_now: Callable[[Job], Job]) -> Upload:  # noqa: ARG001
    return lambda files: run_now(arrived(project, files))


@pytest.fixture
def medium() -> dict[str, bytes]:
    return medium_files()


def test_a_medium_comes_in_as_its_series(upload: Upload, project: Project, medium: dict[str, bytes]):
    job = upload({"cd.zip": zipped({f"CD/{path}": data for path, data in medium.items()})})
    assert job.state == "succeeded"
    assert job.result == {"images": 6, "written": 6, "refused": 0, "duplicates": 0, "quarantined": 0}
    assert job.message == "6 images from 6 of 6 files came in."
    index = job.files.get(status="index")
    assert index.path == "CD/DICOMDIR"
    assert index.reason == "A DICOMDIR, the index of 6 files, all of which came."
    assert not job.files.filter(status="missing").exists()
    assert sorted(series.images.count() for series in project.series.all()) == [3, 3]


def test_what_the_index_lists_and_did_not_come_is_named(upload: Upload, medium: dict[str, bytes]):
    first, second = [path for path in medium if path != "DICOMDIR"][:2]
    who = pydicom.dcmread(io.BytesIO(medium[second]))
    family = str(who.PatientName.family_name).upper()
    index = pydicom.dcmread(io.BytesIO(medium["DICOMDIR"]))
    for record in index.DirectoryRecordSequence:
        if "/".join(record.get("ReferencedFileID", [])) == second:
            record.ReferencedFileID = [family, "IM9"]
    buffer = io.BytesIO()
    index.save_as(buffer)
    rest = {path: data for path, data in medium.items() if path not in {first, second}} | {
        "DICOMDIR": buffer.getvalue()
    }
    job = upload({"cd.zip": zipped(rest)})
    assert job.files.get(status="index").reason == "A DICOMDIR, the index of 6 files, 2 of which did not come."
    lost = list(job.files.filter(status="missing"))
    assert sorted(line.path == first for line in lost) == [False, True]
    assert next(line.path for line in lost if line.path != first).endswith("/IM9")
    assert {line.reason for line in lost} == {"A DICOMDIR lists it, but it did not come."}
    assert sorted(job.files.values_list("position", flat=True)) == list(range(len(rest) + 2))
    said = "".join(report(job))
    assert family not in said.upper()
    assert '"status": "missing"' in said
    assert job.result["written"] == 4


def test_a_broken_index_keeps_nothing_out(upload: Upload, medium: dict[str, bytes]):
    data = medium["DICOMDIR"]
    rest = {path: data for path, data in medium.items() if path != "DICOMDIR"}
    job = upload({"cd.zip": zipped(rest | {"DICOMDIR": data[:600], "OTHER/DICOMDIR": data[: len(data) // 2]})})
    assert (job.state, job.result["written"]) == ("succeeded", 6)
    assert job.files.exclude(status="written").count() >= 2


def test_an_index_of_nothing_says_so(upload: Upload):
    empty = medium_files(patients=0)
    assert list(empty) == ["DICOMDIR"]
    assert upload(empty).files.get().reason == "A DICOMDIR that lists no files."


def test_a_second_attempt_tells_an_index_once(
    project: Project, medium: dict[str, bytes], running: Callable[..., object]
):
    from winnow.server.services.ingest import uploaded
    from winnow.server.worker.arrivals import arrivals
    from winnow.server.worker.ingest import _take_all
    from winnow.server.worker.manifest import plan_of
    from winnow.server.worker.reading import Reader

    arrived(project, {"cd.zip": zipped({"DICOMDIR": medium["DICOMDIR"]})})
    context = running(project, "ingest", incoming="0123abcd")
    files = uploaded("0123abcd")
    for _ in range(2):
        reader = Reader(key=b"0" * 32)
        for arrival in arrivals(files):
            reader.learn(arrival)
        _take_all(context, files, reader, plan_of(arrivals(files)))  # type: ignore[arg-type]
    assert context.job.files.filter(status="index").count() == 1  # type: ignore[attr-defined]
    assert context.job.files.filter(status="missing").count() == 6  # type: ignore[attr-defined]
