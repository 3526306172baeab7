from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from winnow.errors import InvalidInput
from winnow.server import storage
from winnow.server.models import Annotation, Image, Network, Pick, Project, Round
from winnow.server.services import annotate, provenance
from winnow.server.services.statistics import statistics

HALF = np.repeat(np.array([[1, 1, 1, 0, 0, 0]], np.uint8), 4, axis=0)


@pytest.fixture
def network(project: Project) -> Network:
    return Network.objects.create(
        project=project, number=1, weights="w" * 64, members=2, labels=4, config={}, metrics={}, seed=0,
        code_version="0", data_fingerprint="0" * 64, train_seconds=1.0,
    )  # fmt: skip


@pytest.fixture
def suggested(network: Network) -> Any:
    def suggest(image: Image, mask: Any = HALF) -> Annotation:
        return Annotation.objects.create(
            image=image, network=network, author="network 1", purpose="auto", version=0, mask=storage.put_array(mask)
        )

    return suggest


def save(image: Image, user: Any, mask: Any = HALF, **more: Any) -> Annotation:
    image.refresh_from_db()
    return annotate.save_mask(image_id=image.id, mask=mask, based_on=image.version, actor=user("ann"), **more)


def test_what_the_page_says_is_kept_with_the_mask(make_image: Any, user: Any, suggested: Any, network: Network):
    image = make_image(state="picked")
    shown = suggested(image)
    said = {"suggestion": shown.id, "suggested": 8, "drawn": 4, "removed": 2}
    saved = save(image, user, provenance=json.dumps(said), active_seconds=90, strokes=3)
    told = provenance.told(saved)
    assert told["pixels"] == {"suggested": 8, "changed": 0, "clicked": 0, "copied": 0, "drawn": 4, "removed": 2}
    assert told["suggestion"] == {"annotation": shown.id, "network": network.id}
    assert (told["by"], told["author"], told["minutes"], told["strokes"]) == ("person", "ann", 1.5, 3)


def test_a_script_that_says_nothing_leaves_it_open(make_image: Any, user: Any):
    told = provenance.told(save(make_image(), user))
    assert (told["by"], told["pixels"], told["suggestion"], told["agreement"]) == ("person", None, None, None)


def test_a_suggestion_that_was_replaced_since_is_named_all_the_same(make_image: Any, user: Any):
    saved = save(make_image(), user, provenance='{"suggestion": 4711, "drawn": 12}')
    assert saved.suggestion == {"annotation": 4711, "network": None}


@pytest.mark.parametrize(
    "said",
    [
        "{",
        "[]",
        "7",
        '{"drawn": -1}',
        '{"drawn": 25}',
        '{"drawn": 1.5}',
        '{"drawn": true}',
        '{"guessed": 1}',
        '{"suggestion": "1"}',
        '{"suggestion": 0}',
        " " * 2000,
    ],
)
def test_anything_else_is_refused_and_nothing_saved(make_image: Any, user: Any, said: str):
    image = make_image()
    with pytest.raises(InvalidInput, match="Provenance"):
        save(image, user, provenance=said)
    assert not image.annotations.exists()


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (HALF, HALF, 1.0),
        (HALF, HALF[:, ::-1], 0.0),
        (HALF * 0, HALF * 0, 1.0),
        (HALF * 0, HALF, 0.0),
        (HALF | (HALF[:, ::-1] * 2), HALF, 0.5),  # class 1 agrees, class 2 does not
    ],
)
def test_agreement_is_the_mean_dice_of_the_classes_in_either(
    make_image: Any, user: Any, suggested: Any, ours: Any, theirs: Any, expected: float
):
    image = make_image(state="picked")
    shown = suggested(image, theirs)
    save(image, user, ours)
    annotate.submit(image_id=image.id, actor=user("ann"))
    kept = image.annotations.get(purpose="submitted").provenance
    assert kept == {
        "blind": False,
        "agreement": expected,
        "with": {"annotation": shown.id, "network": shown.network_id},
    }


def hand_in(image: Image, user: Any, mask: Any, seconds: float) -> None:
    save(image, user, mask, active_seconds=seconds)
    annotate.submit(image_id=image.id, actor=user("ann"))


def test_with_and_without_are_told_apart(
    project: Project, make_image: Any, user: Any, suggested: Any, network: Network
):
    turn = Round.objects.create(project=project, number=1, strategy="winnow", queried_with=network)
    cold = Round.objects.create(project=project, number=2, strategy="diverse")
    for number, (blind, mask, seconds) in enumerate(
        [(False, HALF, 20), (False, HALF, 40), (True, HALF * 0, 90), (False, HALF, 0)]
    ):
        image = make_image(f"{number}.png", state="picked")
        suggested(image)
        Pick.objects.create(round=turn, image=image, rank=number, blind=blind)
        hand_in(image, user, mask, seconds)
    waiting, first = make_image("waiting.png", state="picked"), make_image("cold.png", state="picked")
    Pick.objects.create(round=turn, image=waiting, rank=9, blind=True)
    Pick.objects.create(round=cold, image=first, rank=0)
    hand_in(first, user, HALF, 500)
    effect = statistics(project=project)["suggestion"]
    assert effect["share"] == 0.1
    assert effect["with_suggestion"] == {
        "images": 3, "timed": 2, "median_seconds": 30, "compared": 3, "agreement": 1.0, "agreement_error": 0.0,
    }  # fmt: skip
    assert effect["without"] == {
        "images": 1, "timed": 1, "median_seconds": 90, "compared": 1, "agreement": 0.0, "agreement_error": None,
    }  # fmt: skip


def test_what_is_redrawn_after_it_was_handed_in_does_not_change_the_agreement(
    project: Project, make_image: Any, user: Any, suggested: Any, network: Network
):
    turn = Round.objects.create(project=project, number=1, strategy="winnow", queried_with=network)
    image = make_image(state="picked")
    suggested(image)
    Pick.objects.create(round=turn, image=image, rank=1, blind=True)
    hand_in(image, user, HALF * 0, 10)
    annotate.reject(image_id=image.id, actor=user("rex"), comment="look again")
    hand_in(image, user, HALF, 10)
    without = statistics(project=project)["suggestion"]["without"]
    assert (without["agreement"], without["median_seconds"]) == (0.0, 20)
