"""Uploads with text in their pixels: blanked, held for a person, or let be, as the project says."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest
from PIL import Image as Pillow
from PIL import ImageCms, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from winnow.dicom.phantom import phantom_files
from winnow.imaging import tesseract
from winnow.server import storage
from winnow.server.models import Event, Job, Project, Quarantined
from winnow.server.services import quarantine
from winnow.server.services.report import changes_of
from winnow.server.worker.pictures import picture_of
from winnow.server.worker.quarantine import expire

from .test_ingest import everything_stored
from .uploads import arrived, png, zipped

Upload = Callable[..., Job]
TEXT = ("MUELLER^ANNA", "DOB:23/06/1936", "ID:6614592")
SIZE = 256


@pytest.fixture(autouse=True)
def program(need_program: Callable[[str], str]) -> None:
    need_program("tesseract")


@pytest.fixture
def upload(transactional_db: None, project: Project, run_now: Callable[[Job], Job]) -> Upload:  # noqa: ARG001
    """Take these files in with this setting, in this process, and answer the job as it ended."""

    def run(files: dict[str, bytes], burned_in: str = "blank") -> Job:
        Project.objects.filter(id=project.id).update(settings={"burned_in": burned_in})
        return run_now(arrived(Project.objects.get(id=project.id), files))

    return run


def ink() -> np.ndarray:
    canvas = Pillow.new("L", (SIZE, SIZE), 0)
    for row, text in enumerate(TEXT):
        ImageDraw.Draw(canvas).text((8, 8 + 18 * row), text, font=ImageFont.load_default(14), fill=255)
    return np.array(canvas)


def written(seed: int = 0) -> bytes:
    pixels = np.maximum(np.random.default_rng(seed).integers(30, 50, (SIZE, SIZE)), ink()).astype(np.uint8)
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def slices(count: int, *, text: bool, **attributes: Any) -> dict[str, bytes]:
    files = {}
    for path, data, _ in phantom_files(patients=1, slices=count, size=SIZE):
        dataset = pydicom.dcmread(io.BytesIO(data))
        if text:
            pixels = dataset.pixel_array.copy()
            pixels[ink() > 100] = pixels.max()
            dataset.PixelData = pixels.tobytes()
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
        buffer = io.BytesIO()
        dataset.save_as(buffer)
        files[path] = buffer.getvalue()
    return files


def left(pixels: np.ndarray) -> float:
    """The share of the ink's pixels that still differ from the darkest value."""
    return float((pixels[ink() > 100] != pixels.min()).mean())


def test_text_is_blanked_and_the_account_says_so(upload: Upload, project: Project) -> None:
    job = upload({"photo.png": written(), "plain.png": png(3, size=64)})
    assert job.result | {"images": 2, "written": 2} == job.result
    image = project.images.get(name="photo.png")
    assert left(picture_of(image).pixels) < 0.02
    assert image.blanked
    line = job.files.get(path="photo.png")
    assert line.reason == f"Text in its pixels was blanked: {len(image.blanked)} regions."
    assert project.images.get(name="plain.png").blanked == []
    assert "MUELLER" not in job.log


def test_by_the_projects_wish_nobody_searches(upload: Upload, project: Project) -> None:
    upload({"photo.png": written()}, burned_in="off")
    assert left(picture_of(project.images.get()).pixels) > 0.9


def test_what_is_held_is_looked_at_blanked_and_released(
    upload: Upload, project: Project, user: Any, run_now: Callable[[Job], Job], own_data_dir: Any
) -> None:
    job = upload({"photo.png": written()}, burned_in="quarantine")
    assert (job.result["quarantined"], project.images.count()) == (1, 0)
    item = project.quarantine.get()
    assert (item.state, item.file.status, item.width, item.height, item.frames) == (
        *("waiting", "quarantined", SIZE, SIZE, 1),
    )
    assert item.regions
    folder = own_data_dir / "quarantine" / item.folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert list((own_data_dir / "blobs").rglob("*")) == []  # not among what everybody may see
    mia = user("mia")
    assert left(quarantine.look(item=item, frame=1, actor=mia).pixels) > 0.9
    region = [0, 0, 200, 70]
    released = run_now(quarantine.release(item=item, regions=[region], actor=mia))
    image = project.images.get()
    assert (released.state, released.result) == ("succeeded", {"images": 1, "image": image.id})
    assert left(picture_of(image).pixels) == 0
    assert (image.name, image.blanked) == ("photo.png", [region])
    item.refresh_from_db()
    assert (item.state, item.decided_by, item.file.status, item.file.image) == ("released", "mia", "written", image)
    assert not folder.exists()
    actions = Event.objects.filter(action__startswith="quarantine").values_list("action", "actor")
    assert list(actions) == [(f"quarantine.{what}", "mia") for what in ("look", "release", "released")]


def test_what_is_deleted_is_gone(upload: Upload, project: Project, user: Any, own_data_dir: Any) -> None:
    upload({"photo.png": written()}, burned_in="quarantine")
    item = project.quarantine.get()
    quarantine.delete(item=item, actor=user("mia"))
    assert list((own_data_dir / "quarantine").iterdir()) == []
    item.refresh_from_db()
    assert (item.state, item.decided_by, project.images.count()) == ("deleted", "mia", 0)
    assert Event.objects.get(action="quarantine.delete").actor == "mia"


def test_what_nobody_decides_expires(upload: Upload, project: Project, settings: Any, own_data_dir: Any) -> None:
    upload({"photo.png": written()}, burned_in="quarantine")
    expire()
    assert project.quarantine.get().state == "waiting"
    settings.WINNOW_QUARANTINE_DAYS = 0
    expire()
    assert project.quarantine.get().state == "expired"
    assert Event.objects.get(action="quarantine.expire").actor == "worker"
    folder = own_data_dir / "quarantine" / project.quarantine.get().folder
    import os

    os.utime(folder, (0, 0))
    expire()  # no row names it any more
    assert not folder.exists()


def test_a_clean_sample_spares_its_series_and_one_with_text_widens(upload: Upload, project: Project) -> None:
    clean = slices(20, text=False)
    upload({"clean.zip": zipped(clean)})
    assert [image.blanked for image in project.images.all()] == [[]] * 20
    project.images.all().delete()
    upload({"text.zip": zipped(slices(3, text=True))})
    assert all(left(picture_of(image).pixels) < 0.02 for image in project.images.all())
    assert project.images.count() == 3


def volume(marked: set[int], *, count: int = 18) -> bytes:
    """A NIfTI volume whose slices of these numbers are written on."""
    values = np.random.default_rng(3).integers(30, 50, (count, SIZE, SIZE)).astype(np.int16)
    values[np.ix_(sorted(marked))] = np.maximum(values[sorted(marked)], 9 * ink().astype(np.int16))
    # voxels run to the left, to the back and to the head: as slices are shown
    affine = np.diag([-1.0, -1.0, 3.0, 1.0])
    return nibabel.Nifti1Image(values.transpose(2, 1, 0), affine).to_bytes()


def test_a_volume_is_searched_where_its_sample_held_text(upload: Upload, project: Project) -> None:
    job = upload({"head.nii": volume({3, 16, 17})})
    images = list(project.images.order_by("index"))
    assert [index for index, image in enumerate(images) if image.blanked] == [3, 16, 17]
    assert all(left(picture_of(images[index]).pixels) < 0.02 for index in (3, 16, 17))
    (line,) = job.files.all()
    regions = sum(len(image.blanked) for image in images)
    assert line.reason == f"Text in its pixels was blanked: {regions} regions."


def test_a_volume_with_a_clean_sample_is_let_be(upload: Upload, project: Project) -> None:
    upload({"head.nii": volume({3})})
    assert [image.blanked for image in project.images.all()] == [[]] * 18


def test_a_volume_with_text_waits_for_a_manager_and_comes_out_whole(
    upload: Upload, project: Project, user: Any, run_now: Callable[[Job], Job]
) -> None:
    job = upload({"head.nii": volume({0, 1}, count=3)}, burned_in="quarantine")
    item = project.quarantine.get()
    assert (job.result["quarantined"], item.frames, bool(item.regions)) == (1, 3, True)
    assert project.images.count() == 0
    run_now(quarantine.release(item=item, regions=[[0, 0, 200, 70]], actor=user("mia")))
    assert {tuple(image.blanked[0]) for image in project.images.all()} == {(0, 0, 200, 70)}
    assert project.images.count() == 3


def test_a_file_that_says_so_is_blanked_or_held(upload: Upload, project: Project) -> None:
    job = upload(slices(1, text=True, BurnedInAnnotation="YES"))
    image = project.images.get()
    assert left(picture_of(image).pixels) < 0.02
    header = pydicom.dcmread(io.BytesIO(storage.blobs.get(image.header)))
    assert header.BurnedInAnnotation == "NO"
    assert job.result["written"] == 1
    (change,) = [change for change in changes_of(job.files.get()) if change["tag"] == "(7FE0,0010)"]
    assert (change["action"], change["regions"]) == ("C", image.blanked)
    for number, mode in enumerate(("blank", "off"), 1):
        job = upload(slices(1, text=False, BurnedInAnnotation="YES"), mode)
        assert job.result["quarantined"] == 1
        assert project.quarantine.count() == number


def test_a_released_slice_keeps_its_header_and_place(
    upload: Upload, project: Project, user: Any, run_now: Callable[[Job], Job]
) -> None:
    upload({"series.zip": zipped(slices(3, text=True))}, burned_in="quarantine")
    for item in project.quarantine.order_by("-id"):
        assert run_now(quarantine.release(item=item, regions=item.regions, actor=user("mia"))).state == "succeeded"
    images = list(project.images.order_by("index"))
    assert [image.position for image in images] == sorted(image.position for image in images)
    assert len({image.series_id for image in images}) == 1
    assert all(image.header and image.origin_mm and image.modality == "CT" for image in images)


def test_without_the_program_nothing_comes_in_silently(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "program", lambda: None)
    (ultrasound,) = slices(1, text=True, Modality="US").values()
    job = upload({"photo.png": written(), "us.dcm": ultrasound})
    account = {line.path: (line.status, line.reason) for line in job.files.all()}
    reason = "Nobody searched its pixels for text: tesseract is not installed."
    assert account == {"photo.png": ("written", reason), "us.dcm": ("quarantined", reason)}
    job = upload({"other.png": written(1)}, burned_in="quarantine")
    assert job.result["quarantined"] == 1


def test_nothing_of_the_text_is_stored(upload: Upload, own_data_dir: Any) -> None:
    upload({"photo.png": written(), "other.png": written(1)}, burned_in="quarantine")
    stored = everything_stored(own_data_dir)
    assert [word for word in ("MUELLER", "23/06/1936", "6614592") if word in stored] == []
    assert Quarantined.objects.count() == 2


def test_nothing_beside_the_pixels_of_a_photograph_is_stored(upload: Upload, own_data_dir: Any) -> None:
    secret = "Okonkwo1936"
    exif = Pillow.Exif()
    exif[0x010E] = exif[0x013B] = secret  # description, artist
    exif.get_ifd(0x8825)[0x1D] = secret  # GPS date
    note = PngInfo()
    for add in (note.add_text, note.add_itxt):
        add("Patient", secret)
    note.add_text("Comment", secret, zip=True)
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{secret}</x:xmpmeta>".encode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + secret.encode()
    picture = Pillow.fromarray(np.random.default_rng(7).integers(0, 99, (40, 50, 3), np.uint8))
    files = {}
    for kind, options in (("PNG", {"pnginfo": note}), ("JPEG", {"comment": secret, "xmp": xmp})):
        buffer = io.BytesIO()
        picture.save(buffer, kind, exif=exif, icc_profile=profile, **options)
        files[f"{kind.lower()}.{kind.lower()}"] = buffer.getvalue()
        assert secret.encode() in buffer.getvalue()
    files["png.png"] += secret.encode()  # and after its end
    assert upload(files).result["written"] == 2
    assert secret not in everything_stored(own_data_dir)
