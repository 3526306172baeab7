"""Train a committee on everything labelled, and put it to use where it is not worse than the one in use."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.db.models import Max

from winnow.active.committee import CommitteeConfig, TrainedCommittee, train_committee
from winnow.compute import make_executor
from winnow.server import storage
from winnow.server.models import Annotation, Network, Project, Round
from winnow.server.services.newest import newest
from winnow.server.services.pool import labelled_images
from winnow.server.services.settings import loop_settings
from winnow.server.worker.context import JobContext
from winnow.server.worker.gate import Judgement, judge
from winnow.server.worker.pictures import sample_of
from winnow.server.worker.plan import Stopwatch, settled

SUBMITTED = Annotation.Purpose.SUBMITTED


def run(context: JobContext) -> None:
    """Learn from the labels that were there when the job began; members and steps already trained stay trained.

    payload : network, members, size, epochs, seed; what is left out comes from the project's settings
    result  : {"network": id, "in_use": whether it passed the gate}; one that did is in use from then on
    """
    plan = settled(context.scratch, lambda: _plan(context.project))
    annotations = list(_annotations(plan["annotations"]))
    watch = Stopwatch(context.scratch)
    context.log(f"training on {len(annotations)} labelled images")
    seed = loop_settings(context.project, seed=context.payload.get("seed")).seed

    begun = False

    def on_progress(fraction: float, message: str) -> None:
        nonlocal begun
        if fraction > 0 and not begun:
            begun = True
            context.log(f"training from {fraction:.1%} on")
        watch.note()
        context.progress(fraction, message)

    trained = train_committee(
        [sample_of(one) for one in annotations],
        classes=plan["classes"],
        config=_config(context),
        seed=seed,
        patients=[one.image.patient for one in annotations],
        directory=context.scratch,
        executor=make_executor(
            "dask" if settings.WINNOW_DASK_SCHEDULER else "local", scheduler=settings.WINNOW_DASK_SCHEDULER
        ),
        on_progress=on_progress,
        should_stop=context.should_stop,
    )
    for note in trained.notes:
        context.log(note)
    context.progress(0.99, "comparing with the network in use")
    _store(context, trained, annotations, judge(context, trained, annotations), seed=seed, seconds=watch.seconds())


def _plan(project: Project) -> dict[str, Any]:
    """The labels to learn from: of each labelled image the newest mask handed in."""
    submitted = Annotation.objects.filter(purpose=SUBMITTED, image__in=labelled_images(project=project))
    ids = [annotation.id for annotation in newest(annotations=submitted)]
    return {"annotations": ids, "classes": [label["value"] for label in project.labels]}


def _annotations(ids: list[int]) -> list[Annotation]:
    return list(Annotation.objects.filter(id__in=ids).select_related("image").order_by("image_id"))


def _config(context: JobContext) -> CommitteeConfig:
    given = {name: context.payload.get(name) for name in ("network", "members", "size", "epochs")}
    chosen = loop_settings(context.project, **given)
    return CommitteeConfig(members=chosen.members, size=chosen.size, epochs=chosen.epochs, network=chosen.network)


def _store(
    context: JobContext,
    trained: TrainedCommittee,
    annotations: list[Annotation],
    judgement: Judgement,
    *,
    seed: int,
    seconds: float,
) -> None:
    """The network, the pointer to it, the round it belongs to and the end of the job: all together or not at all."""
    project = context.project
    weights = storage.blobs.put(trained.weights)
    with context.transaction():
        network = Network.objects.create(
            project=project,
            number=(project.networks.aggregate(last=Max("number"))["last"] or 0) + 1,
            weights=weights,
            members=trained.config["members"],
            labels=len(annotations),
            config=trained.config,
            metrics=trained.metrics | ({"test": judgement.test} if judgement.test else {}),
            learned_from=[one.image_id for one in annotations],
            gate=judgement.gate,
            seed=seed,
            code_version=version("winnow"),
            data_fingerprint=fingerprint(annotations),
            train_seconds=seconds,
        )
        if judgement.passed:
            Project.objects.filter(id=project.id).update(network=network)
        _link_round(project, network, annotations)
        said = {"number": network.number, "labels": network.labels, "in_use": judgement.passed}
        context.record("network.train", f"network {network.id}", **said)
        sentences = (
            f"Network {network.number} learned from {network.labels} images. {judgement.sentence(network.number)}"
        )
        context.succeed({"network": network.id, "in_use": judgement.passed}, sentences.strip())


def _link_round(project: Project, network: Network, annotations: list[Annotation]) -> None:
    latest = Round.objects.filter(project=project).exclude(strategy=Round.TEST_SET).order_by("-number").first()
    if latest is not None:
        Round.objects.filter(id=latest.id).update(produced=network)
        # an image that was deleted since took its annotations with it
        latest.trained_on.set(Annotation.objects.filter(id__in=[annotation.id for annotation in annotations]))


def fingerprint(annotations: list[Annotation]) -> str:
    """SHA-256 over the pixels and masks learned from, whatever their order."""
    lines = sorted(f"{annotation.image.fingerprint} {annotation.mask}" for annotation in annotations)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
