from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pacs.odd import OddPacs
from server.authenticator import code_of

from winnow.server import storage
from winnow.server.models import (
    Annotation,
    Export,
    Image,
    IngestedFile,
    Job,
    Network,
    Pacs,
    Pick,
    Project,
    Quarantined,
    Round,
    Series,
    User,
)
from winnow.server.services import annotate


class World:
    """One of everything, in the project of the members mia, ann and rex; ole is in none, root administers."""

    def __init__(
        self, project: Project, make_image: Callable[..., Image], make_user: Callable[..., User], pacs: OddPacs
    ) -> None:
        self.project = project
        self.people = {membership.role: membership.user for membership in project.memberships.all()}
        self.outsider = make_user("ole")
        self.root = make_user("root", is_staff=True, is_superuser=True)
        self.network = Network.objects.create(
            project=project, number=1, weights=storage.blobs.put(b"weights"), members=2, labels=4, config={},
            metrics={"mean_iou": 0.5, "mean_dice": 0.6, "iou": {"1": 0.5}, "measured_on": "out-of-bag"}, seed=0,
            code_version="0", data_fingerprint="0" * 64, train_seconds=1.0,
        )  # fmt: skip
        Project.objects.filter(id=project.id).update(network=self.network)
        self.series = Series.objects.create(project=project, uid="2.25.1", patient="p", modality="CT")
        self.image = make_image("000.png", state="picked", series=self.series)
        self.turn = Round.objects.create(project=project, number=1, strategy="diverse", settings={"cold_start": True})
        self.pick = Pick.objects.create(round=self.turn, image=self.image, rank=0, uncertainty=self.heat_map())
        self.auto = make_image("001.png", state="auto")
        self.automatic = Annotation.objects.create(
            image=self.auto, network=self.network, author="network 1", purpose="auto", version=0, quality=0.7,
            mask=storage.put_array(np.ones((4, 6), np.uint8)), class_pixels={"1": 24},
        )  # fmt: skip
        self.job = Job.objects.create(project=project, kind="ingest", state="succeeded", created_by=self.manager)
        IngestedFile.objects.create(job=self.job, position=0, path="000.png", status="written", image=self.image)
        self.held = self.quarantine()
        self.pacs = pacs
        Pacs.objects.create(project=project, url=pacs.url)
        (storage.exports_dir() / "1.zip").write_bytes(b"PK")
        self.export = Export.objects.create(project=project, format="png", file="1.zip", bytes=2, images=1)

        self.code = ""
        self.numbers = {
            "project_id": project.id, "image_id": self.image.id, "round_id": self.turn.id, "user": "ann",
            "network_id": self.network.id, "job_id": self.job.id, "number": self.held.id, "export_id": self.export.id, "token_id": 0,
            "upload_id": "0", "position": 0,
        }  # fmt: skip

    @property
    def manager(self) -> User:
        return self.people["manager"]

    def quarantine(self) -> Quarantined:
        line = IngestedFile.objects.create(
            job=self.job, position=1, path="held.png", status="quarantined", reason="There seems to be text."
        )
        folder = storage.quarantine("ab" * 16)
        said = np.array(json.dumps({"window": [128, 256], "spacing_mm": None, "place": None}))
        np.savez(folder / "1.npz", pixels=np.arange(24, dtype=np.uint8).reshape(4, 6), said=said)
        (folder / "found.json").write_text(json.dumps({"pictures": 1, "header": ""}))
        return Quarantined.objects.create(
            project=self.project, file=line, folder=folder.name, height=4, width=6, regions=[[1, 1, 2, 2]]
        )

    def heat_map(self) -> str:
        return storage.put_array(np.full((4, 6), 0.25, np.float16))

    def address(self, path: str) -> str:
        """A path of the OpenAPI document with this world's numbers in it."""
        queries = {
            f"/{name}/": f"?id={self.image.id}" for name in ("deleteItem", "viewDcm", "segImg", "manualAnnotation")
        }
        queries |= {f"/{name}/": f"?project={self.project.id}" for name in ("uploadZip", "autoAnnotation", "uploads")}
        queries["/images/{image_id}/segment"] = "?wait=0"
        queries["/projects/{project_id}/uploads"] = f"?sha256={'0' * 64}"
        queries["/images/{image_id}/presence"] = "?page=page-of-a-test"
        path = path.removeprefix("/api")
        return path.format(**self.numbers) + queries.get(path, "")

    def prepare(self, operation: str, call: Callable[..., Any]) -> None:
        """What must have happened before the operation can be called."""
        ann = self.people["annotator"]
        if operation in ("submitImage", "getMask", "acceptImage", "rejectImage", "requestTraining"):
            annotate.save_mask(image_id=self.image.id, mask=np.zeros((4, 6), np.uint8), based_on=0, actor=ann)
        if operation in ("acceptImage", "rejectImage", "requestTraining"):
            annotate.submit(image_id=self.image.id, actor=ann)
            Project.objects.update(settings={"min_labels": 1})
        if operation in ("cancelJob", "retryJob"):
            state = "running" if operation == "cancelJob" else "failed"
            Job.objects.filter(id=self.job.id).update(state=state, created_by=ann)
        if operation in ("confirmSecondFactor", "removeSecondFactor"):
            key = call("POST", "/me/second-factor", {"password": "correct horse battery"}).json()["key"]
            self.code = code_of(key)
            if operation == "removeSecondFactor":
                call("POST", "/me/second-factor/confirm", {"code": code_of(key, steps=-1)})
        if operation == "deleteToken":
            self.numbers["token_id"] = call("POST", "/tokens", {"name": "old"}).json()["id"]
        if operation in ("inspectUpload", "continueUpload", "abandonUpload"):
            started = call("POST", self.address("/uploads/"), headers={"Upload-Length": "3"})
            self.numbers["upload_id"] = started["Location"].rpartition("/")[2]
        if operation == "getProbabilities":
            blob = storage.put_array(np.ones((1, 4, 6), np.uint8))
            Network.objects.update(config={"classes": [1]})
            Annotation.objects.filter(id=self.automatic.id).update(image=self.image, probabilities=blob)
        if operation == "paperSegImg":
            Annotation.objects.filter(id=self.automatic.id).update(image=self.image)


@pytest.fixture
def world(
    project: Project, make_image: Callable[..., Image], make_user: Callable[..., User], odd_pacs: OddPacs, settings: Any
) -> World:
    settings.WINNOW_PACS_HOSTS = [odd_pacs.host]
    return World(project, make_image, make_user, odd_pacs)


@pytest.fixture
def uploaded() -> Callable[..., Any]:
    """A multipart body with one part `file` for each name."""
    from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

    def make(*files: tuple[str, bytes], **fields: str) -> tuple[bytes, str]:
        import io

        parts: list[Any] = []
        for name, data in files:
            part = io.BytesIO(data)
            part.name = name
            parts.append(part)
        return encode_multipart(BOUNDARY, {"file": parts, **fields}), MULTIPART_CONTENT

    return make
