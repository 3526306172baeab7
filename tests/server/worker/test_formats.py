"""Every kind of file comes in: volumes, pages, folders that are series, tar, files without ending."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable, Mapping
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest
from PIL import Image as Pillow

from winnow.imaging.phantom import phantom_slice
from winnow.imaging.window import apply_window
from winnow.server.models import Job, Project
from winnow.server.worker.pictures import picture_of

from .uploads import arrived, png, slices, zipped

Upload = Callable[..., Job]


@pytest.fixture
def upload(transactional_db: None, project: Project, run_now: Callable[[Job], Job]) -> Upload:  # noqa: ARG001
    return lambda files: run_now(arrived(project, files))


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-1000, 2000, shape).astype(np.int16)


def nifti(values: np.ndarray) -> bytes:
    return gzip.compress(nibabel.Nifti1Image(values, np.diag([0.5, 0.6, 2.0, 1.0])).to_bytes())


def dicom(name: str, **attributes: Any) -> bytes:
    """An invented slice with other pixels for each name; attributes set or, when None, removed."""
    (data,) = slices(count=1).values()
    dataset = pydicom.dcmread(io.BytesIO(data))
    dataset.SOPInstanceUID = f"1.2.826.0.1.{int.from_bytes(name.encode())}"
    pixels = dataset.pixel_array.copy()
    pixels[0, : len(name)] = list(name.encode())
    dataset.PixelData = pixels.tobytes()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def test_a_volume_becomes_a_series_of_slices(upload: Upload, project: Project):
    values = noise(5, 6, 4)
    values[:, :, 1:3] = 7  # two blank slices: they belong to the volume all the same
    job = upload({"brain.nii.gz": nifti(values)})
    assert job.result == {"images": 4, "written": 1, "refused": 0, "duplicates": 0, "quarantined": 0}
    series = project.series.get()
    images = list(series.images.order_by("index"))
    assert [(image.name, image.frame) for image in images] == [(f"brain-{n:04d}", n) for n in (1, 2, 3, 4)]
    assert [image.position for image in images] == [0, 2, 4, 6]
    assert images[2].orientation == series.orientation == [1, 0, 0, 0, 1, 0]
    assert images[2].origin_mm == pytest.approx([-2.0, -3.0, 4.0])
    assert (images[0].spacing_mm, images[0].dtype) == ([pytest.approx(0.6), pytest.approx(0.5)], "int16")
    assert np.array_equal(picture_of(images[3]).pixels, values[::-1, ::-1, 3].T)
    again = upload({"copy.nii.gz": nifti(values)})
    assert again.result == {"images": 0, "written": 0, "refused": 0, "duplicates": 1, "quarantined": 0}


def test_the_project_says_across_which_axis(upload: Upload, project: Project):
    project.settings = {"slices": "sagittal"}
    project.save()
    upload({"brain.nii.gz": nifti(noise(5, 6, 4))})
    assert project.images.count() == 5
    assert project.series.get().orientation == [0, 1, 0, 0, 0, -1]


def test_times_of_a_volume_are_series_of_one_patient(upload: Upload, project: Project):
    upload({"heart.nii.gz": nifti(noise(5, 6, 3, 2))})
    assert sorted(series.images.count() for series in project.series.all()) == [3, 3]
    assert len(set(project.images.values_list("patient", flat=True))) == 1


def test_pages_become_a_series(upload: Upload, project: Project):
    pages = [Pillow.fromarray((noise(8, 9, seed=n) + 1000).astype(np.uint16)) for n in range(3)]
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    single = io.BytesIO()
    Pillow.fromarray(np.full((4, 4), 9, np.uint16)).save(single, "TIFF")
    upload({"stack.tif": buffer.getvalue(), "single.tiff": single.getvalue()})
    assert set(project.images.values_list("name", "series__patient", "dtype")) == {
        *((f"stack-{n:04d}", project.series.get().patient, "uint16") for n in (1, 2, 3)),
        ("single.tiff", None, "uint16"),
    }


def tarred(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def test_folders_of_numbered_pictures_are_series(upload: Upload, project: Project):
    files = {
        f"study/{case}/{n}.png": png(number, noise=True)
        for number, (case, n) in enumerate((case, n) for case in ("ann", "bob") for n in (10, 9, 11))
    }
    upload({"all.tar.gz": tarred(files | {"images/1.png": png(50, noise=True)})})
    assert sorted(series.images.count() for series in project.series.all()) == [3, 3]
    assert project.images.get(name="1.png").series is None
    for series in project.series.all():
        assert [image.position for image in series.images.order_by("index")] == [9, 10, 11]
        assert "ann" not in series.uid
    assert len(set(project.images.values_list("patient", flat=True))) == 3


def test_files_without_ending_and_without_preamble_come_in(upload: Upload, project: Project):
    data = dicom("a")
    job = upload({"IM0001": data, "IM0002": dicom("b")[132:], "0003": png(3, noise=True)})
    assert job.result["written"] == 3
    assert project.images.filter(modality="CT").count() == 2


def test_orientations_and_localizers_are_separated(upload: Upload, project: Project):
    coronal = [1, 0, 0, 0, 0, -1]
    files = {
        **{f"{n}.dcm": dicom(f"a{n}", ImagePositionPatient=[0, 0, 3 * n]) for n in range(3)},
        **{
            f"c{n}.dcm": dicom(f"c{n}", ImageOrientationPatient=coronal, ImagePositionPatient=[0, n, 0])
            for n in range(2)
        },
        "scout.dcm": dicom("s", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]),
        "tilted a hair.dcm": dicom(
            "t", ImageOrientationPatient=[1, 0.001, 0, -0.001, 1, 0], ImagePositionPatient=[0, 0, 50]
        ),
    }
    upload({"mixed.zip": zipped(files)})
    assert sorted(series.images.count() for series in project.series.all()) == [1, 2, 4]
    scout = project.series.get(uid__endswith="-localizer")
    assert scout.images.count() == 1
    assert len({series.patient for series in project.series.all()}) == 1
    axial = next(series for series in project.series.all() if series.images.count() == 4)
    assert [image.position for image in axial.images.order_by("index")] == pytest.approx([0, 3, 6, 50])


def test_blank_slices_of_a_series_are_kept(upload: Upload):
    blank = np.zeros((32, 32), np.int16).tobytes()
    files = {f"{n}.dcm": dicom(f"x{n}", ImagePositionPatient=[0, 0, n], PixelData=blank) for n in range(3)}
    assert upload({"a.zip": zipped(files)}).result["images"] == 3
    assert upload({"a.zip": zipped(files)}).result["duplicates"] == 3


def test_near_duplicates_are_told_but_kept(upload: Upload):
    hu, _ = phantom_slice(rng=np.random.default_rng(0), size=128)
    pixels = apply_window(hu, centre=-500, width=1500)

    def packed(kind: str, **options: Any) -> bytes:
        buffer = io.BytesIO()
        Pillow.fromarray(pixels).save(buffer, kind, **options)
        return buffer.getvalue()

    job = upload({"a.png": packed("PNG"), "b.jpg": packed("JPEG", quality=60), "c.png": png(1, noise=True)})
    reasons = dict(job.files.values_list("path", "reason"))
    assert reasons == {
        "a.png": "",
        "b.jpg": "It looks almost like a.png: see whether one of them is to go.",
        "c.png": "",
    }
    assert job.result["images"] == 3


def test_too_full_a_disk_is_said_before_anything_is_read(upload: Upload, settings: Any):
    settings.WINNOW_MIN_FREE_BYTES = 1 << 60
    job = upload({"a.png": png(1)})
    assert (job.state, job.error) == ("failed", "StorageFull")
