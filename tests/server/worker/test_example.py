"""The example project comes in as any upload does, its truth beside it and out of the loop."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from winnow.dicom.phantom import phantom_files
from winnow.server.models import Annotation, Job, Project
from winnow.server.services.pool import labelled_images, open_images
from winnow.server.worker.pictures import mask_of, picture_of

SMALL = {"patients": 2, "slices": 3, "size": 48}


def test_images_and_truth(transactional_db: None, project: Project, run_now: Callable[[Job], Job]):  # noqa: ARG001
    job = run_now(Job.objects.create(project=project, kind="ingest", payload={"example": True, **SMALL}))
    assert (job.state, job.message) == ("succeeded", "6 images from 6 of 6 files came in.")
    assert open_images(project=project).count() == 6
    assert not labelled_images(project=project).exists()
    assert project.series.count() == 2
    masks = [mask for _, _, mask in phantom_files(**SMALL)]
    truths = list(Annotation.objects.order_by("id").select_related("image"))
    assert [truth.purpose for truth in truths] == ["truth"] * 6
    for truth, mask in zip(truths, masks, strict=True):
        assert (mask_of(truth) == mask).all()
        dense = picture_of(truth.image).pixels[mask == 2]
        assert dense.size == 0 or np.median(dense) > -400
    assert {path.split("/")[-1] for path in job.files.values_list("path", flat=True)} == {
        f"IM000{number}.dcm" for number in (1, 2, 3)
    }
