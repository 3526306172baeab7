"""The frozen test set: whole patients, drawn by lot, labelled like the others, kept out of training and query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from winnow.errors import InvalidInput, WrongState
from winnow.imaging.picture import Picture
from winnow.server.models import Image, Project, Round, User
from winnow.server.services import pool, query, test_set
from winnow.server.worker.admit import admit, stored
from winnow.server.worker.reading import Found

from .test_query import draw


@pytest.fixture
def patients(project: Project, make_image: Callable[..., Image]) -> Project:
    """Ten patients of three images each."""
    for patient in range(10):
        for number in range(3):
            make_image(f"{patient}-{number}.png", patient=f"p{patient}")
    return project


def held(project: Project) -> set[str]:
    return set(project.images.filter(held_out=True).values_list("patient", flat=True))


def test_whole_patients_are_held_out_and_some_of_their_images_asked_for(patients: Project, user: Any):
    turn = test_set.freeze(project=patients, actor=user("mia"), share=0.2, images=4)
    assert len(held(patients)) == 2
    assert patients.images.filter(held_out=True).count() == 6
    picks = list(turn.picks.order_by("rank"))
    assert [pick.rank for pick in picks] == [1, 2, 3, 4]
    # spread: each patient in turn
    assert [pick.image.patient for pick in picks[:2]] != [picks[0].image.patient] * 2
    assert {pick.image.state for pick in picks} == {"picked"}
    assert test_set.state(project=patients) == {"patients": 2, "images": 6, "asked": 4, "waiting": 4, "usable": 0}
    assert patients.events.get(action="test_set.freeze").detail == {"patients": 2, "images": 4}


def test_they_are_drawn_like_any_picks_and_never_learned_from(patients: Project, user: Any):
    test_set.freeze(project=patients, actor=user("mia"), share=0.2, images=2)
    image = query.next_pick(project=patients, user=user("ann"))
    assert image is not None
    assert image.held_out
    draw(image, user("ann"))
    assert list(pool.test_images(project=patients)) == [image]
    assert not pool.labelled_images(project=patients).exists()
    assert test_set.state(project=patients)["usable"] == 1


def test_the_query_does_not_choose_from_them_and_automatic_annotation_labels_them(patients: Project, user: Any):
    test_set.freeze(project=patients, actor=user("mia"), share=0.2, images=1)
    assert not held(patients) & set(pool.pool_images(project=patients).values_list("patient", flat=True))
    assert pool.open_images(project=patients).filter(held_out=True).count() == 5


def test_who_was_drawn_or_asked_for_is_not_drawn_by_lot(patients: Project, user: Any):
    for patient in range(4):
        draw(patients.images.filter(patient=f"p{patient}").first(), user("ann"))
    patients.images.filter(name="4-0.png").update(state=Image.State.PICKED)
    test_set.freeze(project=patients, actor=user("mia"), share=0.5, images=100)
    assert held(patients) == {f"p{patient}" for patient in range(5, 10)}


def test_too_few_untouched_patients_hold_nobody_out(patients: Project, user: Any):
    for patient in range(9):
        draw(patients.images.filter(patient=f"p{patient}").first(), user("ann"))
    with pytest.raises(WrongState, match="2 of 10 patients") as refused:
        test_set.freeze(project=patients, actor=user("mia"), share=0.2, images=5)
    assert refused.value.detail == {"wanted": 2, "untouched": 1, "patients": 10}
    assert not held(patients)
    assert not Round.objects.exists()


@pytest.mark.parametrize(("share", "images"), [(0.0, 5), (0.6, 5), (-0.1, 5), (0.2, 0)])
def test_other_numbers_are_refused(share: float, images: int, patients: Project, user: Any):
    with pytest.raises(InvalidInput):
        test_set.freeze(project=patients, actor=user("mia"), share=share, images=images)


def test_there_is_one_test_set_at_a_time_and_the_lot_follows_the_seed(patients: Project, user: Any):
    manager: User = user("mia")
    test_set.freeze(project=patients, actor=manager, share=0.3, images=3)
    first = held(patients)
    with pytest.raises(WrongState, match="already"):
        test_set.freeze(project=patients, actor=manager, share=0.3, images=3)
    assert held(patients) == first
    Round.objects.all().delete()
    patients.images.update(held_out=False, state=Image.State.UNLABELLED)
    test_set.freeze(project=patients, actor=manager, share=0.3, images=3)
    assert held(patients) == first


def test_a_released_test_set_is_learned_from(patients: Project, user: Any):
    test_set.freeze(project=patients, actor=user("mia"), share=0.2, images=2)
    image = query.next_pick(project=patients, user=user("ann"))
    assert image is not None
    draw(image, user("ann"))
    test_set.release(project=patients, actor=user("mia"))
    assert list(pool.labelled_images(project=patients)) == [image]
    assert test_set.state(project=patients) == dict.fromkeys(("patients", "images", "asked", "waiting", "usable"), 0)
    assert patients.events.filter(action="test_set.release").count() == 1
    test_set.release(project=patients, actor=user("mia"))  # nothing to release is no event
    assert patients.events.filter(action="test_set.release").count() == 1


def test_what_comes_in_later_of_a_held_out_patient_is_held_out(patients: Project, user: Any):
    test_set.freeze(project=patients, actor=user("mia"), share=0.2, images=1)
    patient = min(held(patients))
    other = min(set(patients.images.values_list("patient", flat=True)) - held(patients))
    for place, name in enumerate((patient, other)):
        picture = Picture(pixels=np.full((4, 6), 200 + place, np.uint8), window=(127.5, 255.0))
        found = Found(pictures=[picture], patient=name)
        (new,), _ = admit(stored(patients, found), found, path=f"late-{place}.png")
        assert new.held_out is (name == patient)
