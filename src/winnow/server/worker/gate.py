"""How a new network does on the frozen test set, and whether it may take the place of the one in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from winnow.active.committee import Committee, TrainedCommittee
from winnow.active.gate import LEAST, Verdict, compare, measure
from winnow.active.quality import Tally, figures_by_value
from winnow.errors import CorruptData, InvalidInput, NotFound
from winnow.segmentation.data import Sample
from winnow.server.models import Annotation, Image, Network, Project
from winnow.server.services.newest import newest
from winnow.server.services.pool import test_images
from winnow.server.worker.automatic import committee_of
from winnow.server.worker.context import JobContext
from winnow.server.worker.pictures import sample_of

TEST_SET, NEW_LABELS = "test-set", "new-labels"


@dataclass(frozen=True)
class Judgement:
    """test: figures on the frozen test set, None without one; gate: how it compares, for Network.gate."""

    test: dict[str, Any] | None = None
    gate: dict[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return bool(self.gate.get("passed", True))

    def sentence(self, number: int) -> str:
        """Why network ``number`` does not go into use; empty where it does."""
        if self.passed:
            return ""
        where = "the test set" if self.gate["measured_on"] == TEST_SET else "labels that neither has learned from"
        low, high = -self.gate["high"], -self.gate["low"]
        return (
            f"Network {number} is kept and not used: on {self.gate['images']} images of {where} its mean IoU is {low:.3f} to "
            f"{high:.3f} below that of network {self.gate['against']}."
        )


def judge(context: JobContext, trained: TrainedCommittee, annotations: Sequence[Annotation]) -> Judgement:
    """Measure the new committee on the test set and hold it against the network in use.

    annotations : what it was trained on, in the order of ``trained.left_out``

    The two are compared on the test set. Without one (or a too small one) on the images labelled since: the network in
    use has never seen them, and the new one is judged by those members that did not learn from them.
    """
    project = Project.objects.select_related("network").get(id=context.project.id)
    test = list(newest(annotations=_submitted().filter(image__in=test_images(project=project))).select_related("image"))
    committee = Committee.load(trained.weights)
    tally = _measured(context, committee, test)
    figures = figures_by_value(tally, values=committee.classes) if tally else None
    old = project.network
    if old is None or old.learned_from is None or old.config.get("classes") != committee.classes:
        return Judgement(figures)
    try:
        return Judgement(figures, _gate(context, old, trained, annotations, test, tally))
    except (InvalidInput, CorruptData, NotFound) as error:  # such as colour pictures for a grey network
        context.log(f"not compared with network {old.number}: {error.message}")
        return Judgement(figures)


def _measured(context: JobContext, committee: Committee, test: Sequence[Annotation]) -> Tally | None:
    """On the test set; None where there is nothing, or what cannot be measured: that loses no trained network."""
    if not test:
        return None
    try:
        return measure(committee, [sample_of(one) for one in test], should_stop=context.should_stop)
    except (InvalidInput, CorruptData, NotFound) as error:
        context.log(f"not measured on the test set: {error.message}")
        return None


def _gate(
    context: JobContext,
    old: Network,
    trained: TrainedCommittee,
    annotations: Sequence[Annotation],
    test: Sequence[Annotation],
    tally: Tally | None,
) -> dict[str, Any]:
    learned = set(old.learned_from or [])
    verdict, where = None, TEST_SET
    if tally is not None and not learned & {one.image_id for one in test}:
        verdict = _compare(context, old, tally.counts, test)
    if verdict is None:
        where, new = NEW_LABELS, _new_labels(trained, annotations, learned)
        verdict = _compare(context, old, [counts for counts, _ in new], [one for _, one in new])
    if verdict is None:
        return {}
    return {"passed": verdict.passed, "against": old.number, "measured_on": where, **asdict(verdict)}


def _new_labels(
    trained: TrainedCommittee, annotations: Sequence[Annotation], learned: set[int]
) -> list[tuple[Any, Annotation]]:
    """Counts and annotation of each image of a patient the old network has not learned from, and some new members neither."""
    known = set(Image.objects.filter(id__in=learned).values_list("patient", flat=True))
    pairs = zip(trained.left_out, annotations, strict=True)
    return [(counts, one) for counts, one in pairs if counts is not None and one.image.patient not in known]


def _compare(context: JobContext, old: Network, new: list[Any], annotations: Sequence[Annotation]) -> Verdict | None:
    if len(new) < LEAST:
        return None  # too few to tell: then nobody looks at them
    samples: list[Sample] = [sample_of(one) for one in annotations]
    theirs = measure(committee_of(old), samples, should_stop=context.should_stop)
    return compare(new, theirs.counts)


def _submitted() -> Any:
    return Annotation.objects.filter(purpose=Annotation.Purpose.SUBMITTED)
