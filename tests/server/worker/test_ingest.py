"""Uploads of every kind: what is good comes in, what is not is told, and nobody's name is kept."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from django.db import connection

from winnow.server import storage
from winnow.server.models import Job, Project
from winnow.server.worker.arrivals import arrivals
from winnow.server.worker.pictures import picture_of

from .uploads import arrived, is_gone, jpeg, png, slices, without_pixels, zipped

Upload = Callable[..., Job]


@pytest.fixture
def upload(transactional_db: None, project: Project, run_now: Callable[[Job], Job]) -> Upload:  # noqa: ARG001
    """Take these files in, in this process, and answer the job as it ended."""
    return lambda files: run_now(arrived(project, files))


def lines(job: Job) -> dict[str, tuple[str, str]]:
    return {line.path: (line.status, line.reason) for line in job.files.all()}


def test_pictures_alone_and_in_archives_come_in(upload: Upload, project: Project, own_data_dir: Path):
    job = upload({"one.png": png(1), "photo.jpg": jpeg(), "more.zip": zipped({"a/two.png": png(2), **slices()})})
    assert (job.state, job.error) == ("succeeded", "")
    assert job.result == {"images": 6, "written": 6, "refused": 0, "duplicates": 0, "quarantined": 0}
    by_name = {image.name: image for image in project.images.all()}
    assert {"one.png", "photo.jpg", "two.png"} < set(by_name)
    photo = by_name["photo.jpg"]
    assert (photo.height, photo.width, photo.channels, photo.dtype) == (20, 30, 3, "uint8")
    assert picture_of(by_name["two.png"]).pixels[5, 5] == 2
    assert len({image.patient for image in project.images.filter(series=None)}) == 3
    assert is_gone(own_data_dir)


def test_bad_files_are_told_one_by_one(upload: Upload, project: Project):
    good = slices(count=1)
    (dicom,) = good.values()
    files = {
        "cut.png": png(1)[:-20],
        "text.dcm": b"this is not DICOM at all, whatever its name says" * 10,
        "report.pdf": b"%PDF-1.4 nothing to draw on",
        "no-pixels.dcm": without_pixels(dicom),
        "nested.zip": zipped({"inner.png": png(9)}),
        "../../escape.png": png(3),
        "médical/切片.png": png(4),
        "again.png": png(4),
        "good.png": png(5),
    }
    job = upload({"all.zip": zipped(files)})
    assert job.state == "succeeded"
    account = {path.rsplit("/", 1)[-1]: line for path, line in lines(job).items()}
    assert account["cut.png"] == ("refused", "The PNG is cut off before its end.")
    assert account["text.dcm"] == ("refused", "This is not a DICOM file.")
    assert account["report.pdf"][1] == "This is not an image that can be read: PNG, JPEG, TIFF, NIfTI or DICOM."
    assert account["no-pixels.dcm"][0] in {"refused", "quarantined"}
    assert "pixel" in account["no-pixels.dcm"][1] or "image" in account["no-pixels.dcm"][1]
    assert account["inner.png"] == ("written", "")
    assert account["again.png"] == ("duplicate", "The same pixels are there already: 切片.png.")
    assert {account[name][0] for name in ("escape.png", "切片.png", "good.png")} == {"written"}
    assert sorted(project.images.values_list("name", flat=True)) == ["escape.png", "good.png", "inner.png", "切片.png"]
    assert job.result["images"] == 4
    assert sum(job.result.values()) - 4 == len(files)


def test_a_bomb_ends_its_archive_and_nothing_else(upload: Upload, settings: Any):
    settings.WINNOW_MAX_ARCHIVE_BYTES = 50_000
    bomb = zipped({"first.png": png(1), "zeros.png": bytes(100_000)})  # no single file over the limits
    job = upload({"bomb.zip": bomb, "good.png": png(2)})
    account = lines(job)
    assert account["bomb.zip"][0] == "refused"
    assert "50,000 bytes" in account["bomb.zip"][1]
    assert account["good.png"] == ("written", "")


def test_a_bomb_among_good_files(upload: Upload, settings: Any):
    settings.WINNOW_MAX_FILE_BYTES = 50_000
    files = {"first.png": png(1, noise=True), "zeros.png": bytes(100_000), "last.png": png(2, noise=True)}
    job = upload({"a.zip": zipped(files)})
    account = lines(job)
    assert account["zeros.png"] == ("refused", "The file unpacks to more than 50,000 bytes.")
    assert account["first.png"] == account["last.png"] == ("written", "")


def test_an_empty_archive_is_told(upload: Upload):
    job = upload({"empty.zip": zipped({}), "folder.zip": zipped({"folder/": b""})})
    assert set(lines(job).values()) == {("refused", "The archive holds no files.")}
    assert job.result["refused"] == 2


def test_a_file_over_the_limit_is_refused(upload: Upload, settings: Any):
    settings.WINNOW_MAX_FILE_BYTES = 5_000
    job = upload({"large.png": png(1, size=200, noise=True), "small.png": png(2)})
    assert lines(job)["large.png"][0] == "refused"
    assert "5,000 are allowed" in lines(job)["large.png"][1]
    assert job.result["images"] == 1


def test_something_that_only_looks_like_a_zip(upload: Upload):
    job = upload({"broken.zip": b"PK\x03\x04" + bytes(100)})
    assert (job.state, lines(job)["broken.zip"][0]) == ("succeeded", "refused")


def everything_stored(data_dir: Path) -> str:
    """The database, its journal and all files as text, but for the project's key."""
    database = Path(connection.settings_dict["NAME"])
    text = "".join(path.read_bytes().decode("latin-1") for path in database.parent.glob(f"{database.name}*"))
    for path in data_dir.rglob("*"):
        text += f"\n{path.name}\n"
        if path.is_file() and "keys" not in path.parts:
            text += path.read_bytes().decode("latin-1")
    return text


def test_nothing_that_names_a_patient_is_stored(upload: Upload, own_data_dir: Path):
    series = slices(patients=2, count=2)
    (first, second), *_ = [list(series)[::2]]
    who = pydicom.dcmread(io.BytesIO(series[first]))
    family, given = str(who.PatientName).upper().split("^")
    # what is refused, and what is no DICOM at all, lies in the patients' folders and bears their names as well
    series = {
        f"{first.split('/')[0]}/refused.dcm": without_pixels(series[first]),
        f"{first.split('/')[0]}/notes of {given}.txt": b"seen today",
        f"{first.split('/')[0]}/{family}.png": png(1),
        **series,
        f"{second.split('/')[0]}/cut.dcm": series[second][:700],
    }
    job = upload({f"{family}.zip": zipped(series), f"{family}.txt": b"a letter"})
    assert job.result["written"] == 5
    assert job.result["refused"] + job.result["quarantined"] == 4
    stored = everything_stored(own_data_dir).upper()
    values = (family, who.PatientID, who.PatientBirthDate, who.AccessionNumber, "INVENTED", "NOWHERE LANE")
    assert [value for value in values if str(value).upper() in stored] == []
    assert who.SOPInstanceUID not in stored
    assert given not in "".join(job.files.values_list("path", flat=True)).upper()  # too short to look for in bytes


def test_slices_are_ordered_by_position(upload: Upload, project: Project):
    files = slices(count=5)
    shuffled = {path: files[path] for path in sorted(files, key=lambda path: hash((path, 3)))}
    upload({"series.zip": zipped(shuffled)})
    images = list(project.images.order_by("index"))
    assert [image.index for image in images] == list(range(5))
    positions = [image.position for image in images]
    assert positions == sorted(positions)
    prefix = images[0].name.rsplit("-", 1)[0]
    assert [image.name for image in images] == [f"{prefix}-{index:04d}" for index in range(5)]
    assert prefix.startswith("CT-")
    assert len({image.series_id for image in images}) == len({image.patient for image in images}) == 1


def test_a_later_upload_of_the_same_series_renames_nothing(upload: Upload, project: Project):
    files = list(slices(count=4).items())
    upload({"odd.zip": zipped(dict(files[1::2]))})
    names = dict(project.images.values_list("id", "name"))
    job = upload({"all.zip": zipped(dict(files))})
    assert job.result == {"images": 2, "written": 2, "refused": 0, "duplicates": 2, "quarantined": 0}
    after = list(project.images.order_by("index"))
    assert [image.position for image in after] == sorted(image.position for image in after)
    assert {image.id: image.name for image in after if image.id in names} == names
    assert len({image.name for image in after}) == 4


def test_equal_names_are_told_apart(upload: Upload, project: Project):
    names = ["000.png", "left/000.png", "left/right/000.png", "x/000.png"]
    upload({"all.zip": zipped({name: png(n) for n, name in enumerate(names)}), "000.png": png(9)})
    upload({"000.png": png(10)})
    assert set(project.images.values_list("name", flat=True)) == {
        *("000.png", "left_000.png", "left_right_000.png", "x_000.png", "000 (2).png", "000 (3).png"),
    }


def test_pixels_keep_their_depth(upload: Upload, project: Project):
    upload({"series.zip": zipped(slices(count=1))})
    image = project.images.get()
    pixels = picture_of(image).pixels
    assert (image.dtype, pixels.dtype, image.window) == ("int16", np.int16, [-500.0, 1500.0])
    assert pixels.min() < -900
    assert image.spacing_mm is not None
    assert image.spacing_mm[0] == pytest.approx(380 / 32, rel=1e-3)
    header = pydicom.dcmread(io.BytesIO(storage.blobs.get(image.header)))
    assert "PixelData" not in header
    assert header.PatientIdentityRemoved == "YES"


def test_one_file_at_a_time_is_in_memory(tmp_path: Path):
    path = tmp_path / "large.zip"
    path.write_bytes(zipped({f"{number}.png": bytes(2 << 20) for number in range(20)}))
    tracemalloc.start()
    try:
        assert sum(len(arrival.read()) for arrival in arrivals([("large.zip", path)])) == 40 << 20
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10 << 20
