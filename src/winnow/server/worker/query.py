"""Ask the committee, or without one a cold start, which images are worth a person's time."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db.models import Max
from numpy.typing import NDArray

from winnow.active.committee import Committee
from winnow.active.strategies import WITH_DROPOUT, Choice, Pool, choose, cold_start
from winnow.errors import WrongState
from winnow.server.models import Annotation, Image, Network, Pick, Round
from winnow.server.services.blind import drawn_blind
from winnow.server.services.newest import newest
from winnow.server.services.pool import labelled_images, pool_images
from winnow.server.services.settings import LoopSettings, loop_settings
from winnow.server.worker.automatic import committee_of, examine, keep
from winnow.server.worker.context import JobContext
from winnow.server.worker.looks import gather
from winnow.server.worker.plan import settled

OPEN = (Image.State.UNLABELLED, Image.State.AUTO)
SETTINGS = ("strategy", "cold_start", "K", "k", "seed")


def run(context: JobContext) -> None:
    """Look at every open image, choose, and lay the committee's masks in as suggestions.

    payload : strategy, cold_start, K, k, seed; what is left out comes from the project's settings
    result  : {"round": id}
    """
    asked = loop_settings(context.project, **{name: context.payload.get(name) for name in SETTINGS})
    plan = settled(context.scratch, lambda: _plan(context))
    network = Network.objects.filter(id=plan["network"]).first()
    number = (context.project.rounds.aggregate(last=Max("number"))["last"] or 0) + 1
    committee = committee_of(network) if network else None
    wanted = plan["pool"] + (plan["labelled"] if committee else [])
    looks = gather(context, wanted, network=network, dropout=asked.strategy in WITH_DROPOUT)
    seen, known = _split(looks, plan["pool"])
    if not len(seen["ids"]):
        raise WrongState("There is no image left to choose from: every one is labelled, or could not be read.")
    # each round draws anew from the seed, or random picks would follow the same places of the pool
    asked_seed = asked.seed + number
    choices = _choose(asked, seen, known, plan["labelled"], committee=committee, seed=asked_seed, turn=number - 1)
    suggestions = _suggest(context, choices, seen, network, committee)
    settings = {"strategy": asked.cold_start if committee is None else asked.strategy, "seed": asked_seed}
    settings |= {"K": asked.K, "k": asked.k, "cold_start": committee is None}
    _store(context, choices, seen["ids"], suggestions, network=network, number=number, settings=settings)


def _plan(context: JobContext) -> dict[str, Any]:
    """What to look at: settled once, so that a resumed job goes on with the same images and network."""
    project = context.project
    return {
        "network": project.network_id,
        "pool": list(pool_images(project=project).order_by("id").values_list("id", flat=True)),
        "labelled": list(labelled_images(project=project).order_by("id").values_list("id", flat=True)),
    }


def _split(looks: dict[str, NDArray[Any]], pool: list[int]) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """The looks at the pool, and those at the labelled images."""
    inside = np.isin(looks["ids"], pool)
    seen, known = ({name: column[rows] for name, column in looks.items()} for rows in (inside, ~inside))
    return seen, known


def _choose(
    asked: LoopSettings,
    seen: dict[str, Any],
    known: dict[str, Any],
    labelled: list[int],
    *,
    committee: Committee | None,
    seed: int,
    turn: int,
) -> list[Choice]:
    """The choices, with image ids in place of the strategies' indices of labelled neighbours."""
    count = len(seen["ids"])
    k = min(asked.k, count)
    if committee is None:
        return cold_start(asked.cold_start, seen["descriptors"], k=k, seed=seed)
    pool = Pool(
        **{name: column for name, column in seen.items() if name != "ids"},
        labelled_descriptors=known["descriptors"] if len(known["ids"]) else np.empty((0, 0)),
        classes=np.array(committee.classes),
        labelled_pixels=_labelled_pixels(labelled, committee.classes),
        turn=turn,
    )
    choices = choose(asked.strategy, pool, K=min(asked.K, count), k=k, seed=seed)
    for choice in choices:
        if "neighbour" in choice.scores:
            choice.scores["neighbour"] = int(known["ids"][choice.scores["neighbour"]])
    return choices


def _labelled_pixels(labelled: list[int], classes: list[int]) -> NDArray[np.int64]:
    """Pixels of each class in the newest submitted masks of these images."""
    submitted = Annotation.objects.filter(image__in=labelled, purpose=Annotation.Purpose.SUBMITTED)
    drawn = list(newest(annotations=submitted).values_list("class_pixels", flat=True))
    return np.array([sum(pixels.get(str(value), 0) for pixels in drawn) for value in classes], np.int64)


def _suggest(
    context: JobContext,
    choices: list[Choice],
    seen: dict[str, Any],
    network: Network | None,
    committee: Committee | None,
) -> dict[int, Annotation]:
    """The committee's mask and uncertainty map of each chosen image, by image id; none on a cold start."""
    if network is None or committee is None:
        return {}
    ids = [int(seen["ids"][choice.index]) for choice in choices]
    suggestions = {}
    for image in Image.objects.filter(id__in=ids):
        context.check()
        suggestions[image.id] = examine(image, network, committee)
    return suggestions


def _store(
    context: JobContext,
    choices: list[Choice],
    ids: Any,
    suggestions: dict[int, Annotation],
    *,
    network: Network | None,
    number: int,
    settings: dict[str, Any],
) -> None:
    """The round, its picks and the end of the job. An image that somebody took up meanwhile is left to them."""
    project = context.project
    with context.transaction():
        chosen = Round.objects.create(
            project=project,
            number=number,
            strategy=settings["strategy"],
            settings=settings,
            queried_with=network,
            created_by=context.job.created_by,
        )
        share = loop_settings(project).blind_share
        picks = [_pick(chosen, int(ids[choice.index]), choice, suggestions, share) for choice in choices]
        count = sum(picks)
        if count == 0:
            raise WrongState("Every chosen image was labelled or taken up meanwhile: ask again.")
        context.record("round.create", f"round {chosen.id}", number=number, picks=count)
        context.succeed({"round": chosen.id}, f"Round {number}: {count} images picked.")


def _pick(chosen: Round, image_id: int, choice: Choice, suggestions: dict[int, Annotation], share: float) -> bool:
    """Pick the image unless it is somebody's by now; answers whether it was free."""
    free = Image.objects.filter(id=image_id, state__in=OPEN)
    if free.update(state=Image.State.PICKED) == 0:
        return False
    suggestion = suggestions.get(image_id)
    kept = keep(suggestion) if suggestion else None
    Pick.objects.create(
        round=chosen,
        image_id=image_id,
        rank=choice.rank + 1,
        scores=choice.scores,
        uncertainty=kept.uncertainty if kept else "",
        blind=kept is not None and drawn_blind(project_id=chosen.project_id, image_id=image_id, share=share),
    )
    return True
