from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from winnow.errors import InvalidInput, NotAllowed, NotFound, StorageFull, TooFewLabels, WrongState
from winnow.server import storage
from winnow.server.models import Annotation, Event, Export, Image, Job, Network, Project, User
from winnow.server.services import autoannotate, export, ingest, jobs, networks, train


@pytest.fixture
def mia(user: Callable[[str], User]) -> User:
    return user("mia")


@pytest.fixture
def network(project: Project) -> Network:
    network = Network.objects.create(
        project=project, number=1, weights=storage.blobs.put(b"w"), members=2, labels=4, config={}, metrics={}, seed=0,
        code_version="0", data_fingerprint="0", train_seconds=1,
    )  # fmt: skip
    project.network = network
    project.save()
    return network


def labelled(make_image: Any, count: int, state: str = "submitted") -> None:
    for number in range(count):
        image = make_image(f"{state}-{number}.png", state=state)
        Annotation.objects.create(image=image, author="ann", purpose="submitted", mask="0", version=1)


def test_a_waiting_job_is_cancelled_at_once(project: Project, mia: User):
    job = jobs.enqueue(kind="train", project=project, actor=mia, payload={})
    jobs.request_cancel(job=job, actor=mia)
    assert (job.state, job.cancel_requested) == ("cancelled", True)
    with pytest.raises(WrongState):
        jobs.request_cancel(job=job, actor=mia)


def test_a_running_job_is_asked_to_stop(project: Project, mia: User):
    job = Job.objects.create(project=project, kind="train", state="running")
    jobs.request_cancel(job=job, actor=mia)
    assert (job.state, job.cancel_requested) == ("running", True)


@pytest.mark.parametrize("state", ["queued", "running", "succeeded"])
def test_only_what_did_not_succeed_is_tried_again(state: str, project: Project, mia: User):
    with pytest.raises(WrongState):
        jobs.retry(job=Job.objects.create(project=project, kind="train", state=state), actor=mia)


def test_another_try_is_another_job(project: Project, mia: User):
    failed = Job.objects.create(project=project, kind="segment", lane="quick", state="failed", payload={"image": 1})
    job = jobs.retry(job=failed, actor=mia)
    assert job.id != failed.id
    assert (job.kind, job.lane, job.payload, job.state) == ("segment", "quick", {"image": 1}, "queued")


def test_a_job_is_its_owners_or_the_managers(project: Project, mia: User, user: Any):
    job = Job.objects.create(project=project, kind="segment", created_by=user("ann"))
    jobs.guard_own(job=job, actor=user("ann"), role="annotator")
    jobs.guard_own(job=job, actor=mia, role="manager")
    with pytest.raises(NotAllowed):
        jobs.guard_own(job=job, actor=user("rex"), role="reviewer")


@pytest.fixture
def sent(tmp_path: Path) -> Callable[..., list[tuple[str, Path]]]:
    def make(*names: str) -> list[tuple[str, Path]]:
        files = [(name, tmp_path / f"sent-{number}") for number, name in enumerate(names)]
        for _, path in files:
            path.write_bytes(b"12345")
        return files

    return make


def test_an_upload_waits_under_numbers(project: Project, mia: User, sent: Any):
    files = sent("../MEIER^ANNA.dcm", "b.png")
    job = ingest.accept_upload(project=project, files=files, actor=mia)
    folder = storage.incoming(job.payload["incoming"])
    assert sorted(path.name for path in folder.iterdir()) == ["0", "1", "digests.json", "names.json"]
    uploaded = ingest.uploaded(job.payload["incoming"])
    assert uploaded == [("../MEIER^ANNA.dcm", folder / "0"), ("b.png", folder / "1")]
    assert "MEIER" not in str(job.payload)
    assert not any(path.exists() for _, path in files)
    event = Event.objects.get()
    assert event.detail == {"files": 2, "bytes": 10}
    assert "MEIER" not in f"{event.subject} {event.detail}"


def test_an_upload_without_a_file(project: Project, mia: User):
    with pytest.raises(InvalidInput):
        ingest.accept_upload(project=project, files=[], actor=mia)


@pytest.mark.parametrize(
    ("broken", "error", "seen"),
    [
        ("shutil.move", OSError(28, "No space left on device"), StorageFull),
        ("winnow.server.services.audit.record", KeyError(), KeyError),
    ],
)
def test_an_upload_that_fails_leaves_nothing(
    broken: str, error: Exception, seen: type[Exception], project: Project, mia: User, sent: Any,
    own_data_dir: Path, monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(broken, fail)
    with pytest.raises(seen):
        ingest.accept_upload(project=project, files=sent("a.png"), actor=mia)
    assert list((own_data_dir / "incoming").iterdir()) == []
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_cancelling_an_upload_that_waits_removes_it(project: Project, mia: User, sent: Any, own_data_dir: Path):
    job = ingest.accept_upload(project=project, files=sent("a.png"), actor=mia)
    jobs.request_cancel(job=job, actor=mia)
    assert list((own_data_dir / "incoming").iterdir()) == []
    with pytest.raises(NotFound, match="upload them again"):
        ingest.uploaded(job.payload["incoming"])
    with pytest.raises(WrongState, match="upload them again"):
        jobs.retry(job=job, actor=mia)


def test_training_says_how_many_labels_are_missing(project: Project, mia: User, make_image: Any):
    labelled(make_image, 3)
    with pytest.raises(TooFewLabels, match="1 more to go") as caught:
        train.request_training(project=project, actor=mia)
    assert caught.value.detail == {"missing": 1, "labelled": 3, "needed": 4}
    labelled(make_image, 1, "accepted")
    job = train.request_training(project=project, actor=mia, epochs=2)
    assert job.payload == {"network": "fcn_fast", "members": 4, "size": 256, "epochs": 2, "seed": 0}
    with pytest.raises(WrongState):
        train.request_training(project=project, actor=mia)


def test_where_labels_are_reviewed_only_accepted_ones_count(project: Project, mia: User, make_image: Any):
    project.settings = {"review": True, "min_labels": 2}
    labelled(make_image, 3)
    labelled(make_image, 1, "accepted")
    with pytest.raises(TooFewLabels, match="2 accepted images") as caught:
        train.request_training(project=project, actor=mia)
    assert caught.value.detail["missing"] == 1


def test_a_network_labels_what_nobody_did(project: Project, mia: User, network: Network, make_image: Any):
    make_image()
    job = autoannotate.request_autoannotation(project=project, actor=mia)
    assert job.payload == {"images": None, "network": network.id}


def test_a_network_is_needed(project: Project, mia: User, make_image: Any):
    image = make_image()
    with pytest.raises(WrongState, match="train first"):
        autoannotate.request_autoannotation(project=project, actor=mia)
    with pytest.raises(WrongState, match="train first"):
        autoannotate.request_segmentation(image=image, actor=mia)


@pytest.mark.usefixtures("network")
def test_a_network_leaves_alone_what_a_person_has(project: Project, mia: User, make_image: Any):
    mine, free = make_image("a", state="draft"), make_image("b", state="auto")
    with pytest.raises(WrongState) as caught:
        autoannotate.request_autoannotation(project=project, actor=mia, images=[mine.id, free.id])
    assert caught.value.detail == {"images": [mine.id]}
    with pytest.raises(NotFound):
        autoannotate.request_autoannotation(project=project, actor=mia, images=[free.id, 10**6])
    Image.objects.all().delete()
    with pytest.raises(WrongState, match="nothing left"):
        autoannotate.request_autoannotation(project=project, actor=mia)


def test_one_image_goes_by_the_quick_lane(mia: User, network: Network, make_image: Any):
    image = make_image(state="draft")
    job = autoannotate.request_segmentation(image=image, actor=mia)
    assert (job.kind, job.lane, job.payload) == ("segment", "quick", {"image": image.id, "network": network.id})


def test_an_export_needs_something_to_pack(project: Project, mia: User, make_image: Any):
    make_image(state="draft")
    with pytest.raises(WrongState, match="nothing to export"):
        export.request_export(project=project, actor=mia)
    make_image("b", state="auto")
    assert export.request_export(project=project, actor=mia).payload == {
        "format": "png", "include": ["accepted", "auto", "submitted"],
    }  # fmt: skip
    with pytest.raises(WrongState, match="no image is accepted"):
        export.request_export(project=project, actor=mia, include=["accepted"])


def test_a_package_that_is_gone_is_said_to_be(project: Project):
    row = Export.objects.create(project=project, format="png", file="../secret_key", bytes=1, images=1)
    with pytest.raises(NotFound):
        export.export_file(export=row)
    (storage.exports_dir() / "secret_key").write_text("a package of this name")
    assert export.export_file(export=row).parent == storage.exports_dir()


def test_the_network_in_use_is_one_pointer(project: Project, mia: User, network: Network):
    network.pk, network.number = None, 2
    network.save()
    networks.use_network(network=network, actor=mia)
    project.refresh_from_db()
    assert project.network == network
    storage.blobs.path(network.weights).unlink()
    with pytest.raises(Exception, match="missing from the storage"):
        networks.use_network(network=network, actor=mia)
