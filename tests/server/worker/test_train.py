"""Training as a job: taken up where a killed worker left it, stored once, cancelled within seconds."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from winnow.active.committee import Committee, CommitteeConfig, TrainedCommittee
from winnow.errors import ClusterAway, TooFewLabels
from winnow.segmentation.checkpoint import load_checkpoint
from winnow.server import storage
from winnow.server.models import Job, Network, Project, Round
from winnow.server.services.projects import change_project
from winnow.server.services.train import request_training
from winnow.server.worker import train
from winnow.server.worker.context import JobContext
from winnow.server.worker.pictures import mask_of

from .conftest import Workers, wait_for
from .scenes import add_images, draw

QUICK = {"members": 2, "size": 48, "epochs": 1, "seed": 3}


@pytest.fixture
def labelled(project: Project) -> Project:
    """Six scenes that somebody labelled, and two that nobody did."""
    for image in add_images(project, 6):
        draw(image)
    add_images(project, 2, first=6)
    return project


def trainers_of(pid: int) -> list[int]:
    """The processes that train for a worker."""
    try:
        found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return [child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    except FileNotFoundError:
        return []


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def checkpoints(data_dir: Path, job: Job) -> list[int]:
    """The steps in the members' checkpoints."""
    found = [load_checkpoint(path) for path in sorted((data_dir / "jobs" / str(job.id)).glob("member-*.pt"))]
    return [content["step"] for content in found if content]


def test_a_killed_training_goes_on_from_its_checkpoint(workers: Workers, labelled: Project, own_data_dir: Path):
    job = Job.objects.create(project=labelled, kind="train", payload=QUICK | {"epochs": 60})
    worker = workers.start(early=True)
    half_way = "both members' checkpoints to hold 5 steps of 120"
    wait_for(lambda: [step >= 5 for step in checkpoints(own_data_dir, job)] == [True] * 2, what=half_way, seconds=120)
    trainers = trainers_of(worker.pid)
    assert len(trainers) == 2
    workers.kill(worker)
    reached = min(checkpoints(own_data_dir, job))
    wait_for(lambda: not any(is_alive(pid) for pid in trainers), what="the killed worker's children to end")
    draw(labelled.images.get(name="006.png"))  # too late for this training
    workers.start()
    wait_for(lambda: Job.objects.get(id=job.id).attempt == 2, what="the job to be taken up", seconds=30)
    done = wait_for(lambda: (now := Job.objects.get(id=job.id)).finished_at and now, what="the end", seconds=120)
    assert (done.state, done.deaths) == ("succeeded", 1), done.message
    *_, resumed = (float(share) for share in re.findall(r"training from ([\d.]+)% on", done.log))
    # the first report after the kill may come from one of the two members alone: half of what they had
    assert resumed >= 0.45 * 100 * reached / 120
    network = Network.objects.get()
    assert done.result == {"network": network.id, "in_use": True}
    assert (network.labels, network.members) == (6, 2)
    assert Project.objects.get().network == network
    wait_for(lambda: not (own_data_dir / "jobs" / str(job.id)).exists(), what="the scratch folder to go")


def test_a_running_training_is_cancelled(workers: Workers, labelled: Project, own_data_dir: Path):
    job = Job.objects.create(project=labelled, kind="train", payload=QUICK | {"epochs": 1000})
    worker = workers.start()
    wait_for(lambda: "training from" in Job.objects.get(id=job.id).log, what="the first step", seconds=90)
    trainers = trainers_of(worker.pid)
    Job.objects.filter(id=job.id).update(cancel_requested=True)
    done = wait_for(lambda: (now := Job.objects.get(id=job.id)).finished_at and now, what="the end", seconds=15)
    assert (done.state, done.result) == ("cancelled", {})
    wait_for(lambda: not any(is_alive(pid) for pid in trainers), what="its processes to end")
    assert not Network.objects.exists()
    assert worker.poll() is None
    wait_for(lambda: not (own_data_dir / "jobs" / str(job.id)).exists(), what="the scratch folder to go")


def test_with_a_scheduler_named_the_members_train_on_its_cluster(
    labelled: Project, running: Callable[..., JobContext], settings: Any, monkeypatch: pytest.MonkeyPatch
):
    settings.WINNOW_DASK_SCHEDULER = "tcp://10.0.0.5:8786"

    def away(kind: str, *, scheduler: str) -> None:
        raise ClusterAway(f"{kind} {scheduler}")

    monkeypatch.setattr(train, "make_executor", away)
    with pytest.raises(ClusterAway, match=r"dask tcp://10\.0\.0\.5:8786"):
        train.run(running(labelled, "train", **QUICK))


def test_a_network_says_where_it_came_from(labelled: Project, running: Callable[..., JobContext]):
    asked = Round.objects.create(project=labelled, number=1, strategy="diverse")
    context = running(labelled, "train", **QUICK)
    train.run(context)
    network = Network.objects.get()
    assert (network.number, network.labels, network.seed, network.config["size"]) == (1, 6, 3, 48)
    assert network.metrics["measured_on"] == "out-of-bag"
    assert re.fullmatch("[0-9a-f]{64}", network.data_fingerprint)
    assert network.code_version
    assert network.train_seconds > 0
    assert Committee.load(storage.blobs.get(network.weights)).classes == [1, 2]
    asked.refresh_from_db()
    assert asked.produced == network
    assert asked.trained_on.count() == 6
    assert labelled.events.get(action="network.train").detail == {"number": 1, "labels": 6, "in_use": True}
    job = Job.objects.get()
    assert (job.state, job.result, job.progress) == ("succeeded", {"network": network.id, "in_use": True}, 1.0)


def test_the_network_asked_for_is_trained_whatever_is_set_meanwhile(
    labelled: Project,
    running: Callable[..., JobContext],
    trained: TrainedCommittee,
    user: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
):
    asked: list[CommitteeConfig] = []
    monkeypatch.setattr(train, "train_committee", lambda _, *, config, **_rest: asked.append(config) or trained)
    chosen = change_project(project=labelled, actor=user("mia"), settings={"network": "unet"})
    job = request_training(project=chosen, actor=user("mia"))
    change_project(project=labelled, actor=user("mia"), settings={"network": "cumednet"})
    train.run(running(labelled, "train", **job.payload))
    train.run(running(Project.objects.get(), "train", **QUICK))  # a job that does not say takes what is set now
    assert [config.network for config in asked] == ["unet", "cumednet"]


def test_the_fingerprint_is_of_the_masks(labelled: Project):
    annotations = train._annotations(train._plan(labelled)["annotations"])
    before = train.fingerprint(annotations)
    assert train.fingerprint(annotations[::-1]) == before
    draw(annotations[0].image, mask=0 * mask_of(annotations[0]))
    assert train.fingerprint(train._annotations(train._plan(labelled)["annotations"])) != before


def test_only_what_was_handed_in_counts(labelled: Project):
    draw(labelled.images.get(name="007.png"), purpose="draft")
    first = labelled.images.get(name="000.png")
    newest = draw(first)
    plan = train._plan(labelled)
    assert len(plan["annotations"]) == 6
    assert newest.id in plan["annotations"]
    labelled.settings = {"review": True}
    labelled.images.filter(name__in=["000.png", "001.png"]).update(state="accepted")
    assert len(train._plan(labelled)["annotations"]) == 2


def test_too_few_labels_by_now(project: Project, running: Callable[..., JobContext]):
    draw(add_images(project, 1)[0])
    with pytest.raises(TooFewLabels):
        train.run(running(project, "train", **QUICK))
    assert not Network.objects.exists()
