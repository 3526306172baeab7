"""Masks that come with the images, in each format, matched or told why not."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import highdicom
import nibabel
import numpy as np
import pydicom
import pytest
from PIL import Image as Pillow
from pydicom.sr.codedict import codes

from winnow.server.models import Event, Image, Job, Project
from winnow.server.services import annotate
from winnow.server.worker.masks import key_of
from winnow.server.worker.pictures import mask_of

from .uploads import arrived, png, slices, zipped

Upload = Callable[[Mapping[str, bytes]], Job]
LINE = tuple[str, str]


@pytest.fixture
def upload(transactional_db: None, project: Project, run_now: Callable[[Job], Job]) -> Upload:  # noqa: ARG001
    manager = project.memberships.get(role="manager").user
    return lambda files: run_now(arrived(project, {"all.zip": zipped(files)}, created_by=manager))


def lines(job: Job) -> dict[str, LINE]:
    return {line.path: (line.status, line.reason) for line in job.files.all()}


def drawn(seed: int, *shape: int, values: tuple[int, ...] = (0, 1, 2)) -> np.ndarray:
    return np.random.default_rng(seed).choice(values, shape or (16, 16)).astype(np.uint8)


def mask_png(mask: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    image = Pillow.fromarray(mask).convert("P") if mask.max() < 9 else Pillow.fromarray(mask)
    image.putpalette(bytes(range(256)) * 3) if image.mode == "P" else None
    image.save(buffer, "PNG")
    return buffer.getvalue()


def given(image: Image) -> np.ndarray:
    image.refresh_from_db()
    assert (image.state, image.version) == ("submitted", 1)
    annotation = image.annotations.get()
    assert (annotation.purpose, annotation.author, annotation.version) == ("submitted", "mia", 1)
    return mask_of(annotation)


def test_pngs_beside_the_images_come_in_as_annotations(upload: Upload, project: Project):
    masks = [drawn(n) for n in range(3)]
    images = {f"set/images/{n}.png": png(n, noise=True) for n in range(3)}
    names = ["set/masks/0.png", "set/masks/1.png.png", "set/masks/2_mask.png"]
    job = upload({name: mask_png(mask) for name, mask in zip(names, masks, strict=True)} | images)
    assert {name: lines(job)[name] for name in names} == dict.fromkeys(names, ("written", "Masks for 1 images."))
    for number, mask in enumerate(masks):
        assert np.array_equal(given(project.images.get(name=f"{number}.png")), mask)
    assert Event.objects.filter(action="mask.give").count() == 3
    assert project.images.count() == 3


def test_masks_that_come_later_find_their_images(upload: Upload, project: Project):
    upload({"images/a.png": png(1, noise=True)})
    mask = drawn(1)
    assert lines(upload({"masks/a.png": mask_png(mask)}))["masks/a.png"][0] == "written"
    assert np.array_equal(given(project.images.get()), mask)
    assert lines(upload({"masks/a.png": mask_png(mask)}))["masks/a.png"][0] == "duplicate"


def test_what_somebody_drew_is_kept(upload: Upload, project: Project, user: Callable[[str], Any]):
    upload({"a.png": png(1, noise=True)})
    image = project.images.get()
    annotate.save_mask(image_id=image.id, mask=drawn(5), based_on=0, actor=user("ann"))
    job = upload({"masks/a.png": mask_png(drawn(6))})
    assert lines(job)["masks/a.png"] == ("refused", "a.png has been drawn on already: that is kept.")
    image.refresh_from_db()
    assert (image.state, image.version, image.annotations.count()) == ("draft", 1, 1)
    assert np.array_equal(mask_of(image.annotations.get()), drawn(5))


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (drawn(1, 16, 17), "a.png: The mask is 16x17 pixels, the image 16x16."),
        (drawn(1, values=(0, 1, 7)), "a.png: The mask holds the values 7; this project has 0, 1, 2 (0 is background)."),
    ],
)
def test_masks_that_do_not_fit_are_told(upload: Upload, project: Project, mask: np.ndarray, reason: str):
    job = upload({"images/a.png": png(1, noise=True), "masks/a.png": mask_png(mask)})
    assert lines(job)["masks/a.png"] == ("refused", reason)
    assert project.images.get().state == "unlabelled"


def test_masks_without_or_with_several_images_are_told(upload: Upload):
    images = {f"{folder}/images/a.png": png(n, noise=True) for n, folder in enumerate("xy")}
    job = upload(
        images
        | {"x/masks/a.png": mask_png(drawn(1)), "masks/a.png": mask_png(drawn(2)), "masks/b.png": mask_png(drawn(3))}
    )
    assert lines(job)["x/masks/a.png"][0] == "written"
    assert lines(job)["masks/a.png"] == (
        "refused",
        "2 images could be meant: name the mask as its image, with its folders.",
    )
    assert "no image that is here" in lines(job)["masks/b.png"][1]


def test_black_and_white_is_the_only_class(upload: Upload, project: Project):
    project.labels = project.labels[:1]
    project.save()
    upload({"images/a.png": png(1, noise=True), "masks/a.png": mask_png(drawn(1, values=(0, 255)))})
    assert np.array_equal(given(project.images.get()), drawn(1, values=(0, 255)) // 255)


def nifti(values: np.ndarray, shift: float = 0) -> bytes:
    affine = np.diag([0.5, 0.6, 2.0, 1.0])
    affine[2, 3] = shift
    return gzip.compress(nibabel.Nifti1Image(values, affine).to_bytes())


def test_a_label_volume_lies_on_its_volume(upload: Upload, project: Project):
    values = np.random.default_rng(0).integers(0, 999, (6, 5, 4)).astype(np.int16)
    labels = drawn(1, 6, 5, 4)
    job = upload({"imagesTr/case_0000.nii.gz": nifti(values), "labelsTr/case.nii.gz": nifti(labels)})
    assert lines(job)["labelsTr/case.nii.gz"] == ("written", "Masks for 4 images.")
    for image in project.images.all():
        assert np.array_equal(given(image), labels[::-1, ::-1, image.frame - 1].T)


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (nifti(drawn(1, 6, 5, 3)), "The label volume has 3 slices, its image 4."),
        (nifti(drawn(1, 6, 5, 4), shift=40), "The label volume lies elsewhere in the patient than its image."),
        (
            nifti(drawn(1, 6, 5, 4) + np.float32(0.5)),
            "A label volume holds whole numbers from 0 to 255; this one holds others.",
        ),
    ],
)
def test_a_label_volume_that_does_not_fit_is_told(upload: Upload, project: Project, labels: bytes, reason: str):
    values = np.random.default_rng(0).integers(0, 999, (6, 5, 4)).astype(np.int16)
    job = upload({"images/case.nii.gz": nifti(values), "case_seg.nii.gz": labels})
    assert lines(job)["case_seg.nii.gz"] == ("refused", reason)
    assert set(project.images.values_list("state", flat=True)) == {"unlabelled"}


def test_coco_classes_are_matched_by_name(upload: Upload, project: Project):
    square = [[2, 2, 10, 2, 10, 10, 2, 10]]
    content = {
        "images": [{"id": n, "file_name": f"{n}.png", "height": 16, "width": 16} for n in (1, 2, 3)],
        "categories": [{"id": 40, "name": "Consolidation"}, {"id": 41, "name": "ground-glass"}],
        "annotations": [{"image_id": n, "category_id": 40, "segmentation": square} for n in (1, 3)],
    }
    images = {f"{n}.png": png(n, noise=True) for n in (1, 2)}
    job = upload(images | {"instances.json": json.dumps(content).encode(), "notes.json": b'{"a": 1}'})
    status, reason = lines(job)["instances.json"]
    assert (status, reason[:19]) == ("written", "Masks for 1 images.")
    assert "1 masks belong to no image" in reason
    assert lines(job)["notes.json"][0] == "refused"
    assert set(np.unique(given(project.images.get(name="1.png")))) == {0, 2}
    assert project.images.get(name="2.png").state == "unlabelled"  # nobody says that there is nothing on it


def segmentation(sources: list[pydicom.Dataset], mask: np.ndarray) -> bytes:
    """As highdicom writes one: (D, H, W) of the values 1 and 2."""
    algorithm = highdicom.AlgorithmIdentificationSequence("test", codes.DCM.ArtificialIntelligence, "1")
    segments = [
        highdicom.seg.SegmentDescription(
            number,
            label,
            codes.SCT.MorphologicallyAbnormalStructure,
            codes.SCT.Lesion,
            highdicom.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
            algorithm,
        )
        for number, label in ((1, "Consolidation"), (2, "Ground-Glass"))
    ]
    seg = highdicom.seg.Segmentation(
        sources, mask, highdicom.seg.SegmentationTypeValues.BINARY, segments,
        series_instance_uid=highdicom.UID(), series_number=9, sop_instance_uid=highdicom.UID(), instance_number=1,
        manufacturer="test", manufacturer_model_name="test", software_versions="1", device_serial_number="1",
    )  # fmt: skip
    buffer = io.BytesIO()
    seg.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def test_a_dicom_segmentation_is_matched_by_uid_and_name(upload: Upload, project: Project):
    files = slices(count=3)
    sources = [pydicom.dcmread(io.BytesIO(data)) for data in files.values()]
    mask = drawn(1, 3, 32, 32)
    job = upload({"seg.dcm": segmentation(sources, mask)} | files)
    assert lines(job)["seg.dcm"] == ("written", "Masks for 3 images.")
    here = {position: image for position, image in job.files.values_list("position", "image_id") if image}
    for number, position in enumerate(sorted(here)):
        # by name, whatever the numbers: the segment 1 is the class 2
        assert np.array_equal(given(Image.objects.get(id=here[position])), np.choose(mask[number], [0, 2, 1]))
    assert project.images.count() == 3


def test_a_segment_that_is_no_class_is_told(upload: Upload, project: Project):
    project.labels = [{"value": 9, "name": "other", "colour": "#e64980", "code": ""}]
    project.save()
    files = slices(count=2)
    sources = [pydicom.dcmread(io.BytesIO(data)) for data in files.values()]
    job = upload({"seg.dcm": segmentation(sources, drawn(1, 2, 32, 32))} | files)
    assert lines(job)["seg.dcm"] == ("refused", "Segment 1 is no class of this project.")


def test_what_an_image_and_its_mask_have_in_common():
    assert key_of("a/images/b/000.jpg") == key_of("a/masks/b/000.jpg.png", mask=True) == ("a", "b", "000")
    assert key_of("imagesTr/x_0000.nii.gz") == key_of("labelsTr/x.nii.gz", mask=True) == ("x",)
    assert key_of("train/images/1.png") != key_of("val/masks/1.png", mask=True)
