from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from winnow.errors import InvalidInput, WrongState
from winnow.server.models import Event, Image, Job, Pick, Project, Round, User
from winnow.server.services import annotate, query


@pytest.fixture
def picks(project: Project, make_image: Callable[..., Image]) -> Callable[..., list[Pick]]:
    def make(count: int, number: int = 1, **fields: Any) -> list[Pick]:
        turn = Round.objects.create(project=project, number=number, strategy="random")
        images = [make_image(f"{number}-{rank}.png", state="picked") for rank in range(count)]
        return [Pick.objects.create(round=turn, image=image, rank=rank, **fields) for rank, image in enumerate(images)]

    return make


def draw(image: Image, actor: User) -> None:
    annotate.save_mask(image_id=image.id, mask=np.zeros((4, 6), np.uint8), based_on=image.version, actor=actor)
    annotate.submit(image_id=image.id, actor=actor)
    image.refresh_from_db()


def test_a_round_is_a_job_with_its_settings_resolved(project: Project, make_image: Any, user: Any):
    make_image()
    job = query.request_round(project=project, actor=user("mia"), k=4)
    assert (job.kind, job.lane, job.state) == ("query", "long", "queued")
    assert job.payload == {"strategy": "winnow", "cold_start": "diverse", "K": 16, "k": 4, "seed": 0}
    assert Event.objects.get().action == "query.request"


def test_more_picks_than_candidates_widen_the_candidates(project: Project, make_image: Any, user: Any):
    make_image()
    assert query.request_round(project=project, actor=user("mia"), k=20).payload["K"] == 20


@pytest.mark.parametrize(("asked", "payload"), [("random", ("random", "random")), ("diverse", ("winnow", "diverse"))])
def test_a_first_round_may_name_its_cold_start(
    asked: str, payload: tuple[str, str], project: Project, make_image: Any, user: Any
):
    make_image()
    job = query.request_round(project=project, actor=user("mia"), strategy=asked)
    assert (job.payload["strategy"], job.payload["cold_start"]) == payload


@pytest.mark.parametrize("asked", [{"K": 4, "k": 8}, {"strategy": "guess"}])
def test_settings_that_do_not_fit(asked: dict[str, Any], project: Project, make_image: Any, user: Any):
    make_image()
    with pytest.raises(InvalidInput):
        query.request_round(project=project, actor=user("mia"), **asked)


def test_one_round_at_a_time(project: Project, make_image: Any, user: Any):
    make_image()
    first = query.request_round(project=project, actor=user("mia"))
    with pytest.raises(WrongState) as caught:
        query.request_round(project=project, actor=user("mia"))
    assert caught.value.detail["job"] == first.id
    Job.objects.update(state="failed")
    query.request_round(project=project, actor=user("mia"))


def test_there_must_be_images_to_choose_from(project: Project, make_image: Any, user: Any):
    make_image(state="submitted")
    with pytest.raises(WrongState, match="upload"):
        query.request_round(project=project, actor=user("mia"))


def test_picks_come_in_rank_order_until_none_waits(project: Project, picks: Any, user: Any):
    ann, names = user("ann"), []
    picks(3)
    while (image := query.next_pick(project=project, user=ann)) is not None:
        names.append(image.name)
        draw(image, ann)
    assert names == ["1-0.png", "1-1.png", "1-2.png"]


def test_asking_again_answers_the_same_pick(project: Project, picks: Any, user: Any):
    picks(2)
    first = query.next_pick(project=project, user=user("ann"))
    assert query.next_pick(project=project, user=user("ann")) == first
    assert Event.objects.filter(action="pick.lease").count() == 1


def test_two_people_get_two_images(project: Project, picks: Any, user: Any):
    picks(2)
    assert query.next_pick(project=project, user=user("ann")) != query.next_pick(project=project, user=user("rex"))
    assert query.next_pick(project=project, user=user("mia")) is None


def test_a_lease_that_ran_out_is_free(project: Project, picks: Any, user: Any):
    picks(1, leased_to=user("rex"), leased_until=timezone.now() - timedelta(seconds=1))
    assert query.next_pick(project=project, user=user("ann")) is not None
    assert query.next_pick(project=project, user=user("rex")) is None


def test_newer_rounds_come_first(project: Project, picks: Any, user: Any):
    picks(1, number=1)
    picks(1, number=2)
    image = query.next_pick(project=project, user=user("ann"))
    assert image is not None
    assert image.name == "2-0.png"


def test_what_was_returned_comes_first_and_to_who_drew_it(project: Project, picks: Any, user: Any):
    ann, rex = user("ann"), user("rex")
    first, second = picks(2)
    draw(second.image, ann)
    annotate.reject(image_id=second.image.id, actor=rex, comment="again")
    assert query.next_pick(project=project, user=rex) == first.image
    assert query.next_pick(project=project, user=user("mia")) is None
    assert query.next_pick(project=project, user=ann) == second.image


def test_what_somebody_left_behind_goes_to_others(project: Project, picks: Any, user: Any):
    ann, rex = user("ann"), user("rex")
    (pick,) = picks(1)
    draw(pick.image, ann)
    annotate.reject(image_id=pick.image.id, actor=rex)
    assert query.next_pick(project=project, user=rex) is None
    project.memberships.filter(user=ann).delete()
    assert query.next_pick(project=project, user=rex) == pick.image


@pytest.mark.django_db(transaction=True)
def test_nobody_gets_an_image_another_has(project: Project, picks: Any, make_user: Any, at_once: Callable[..., Any]):
    picks(4)
    people = [make_user(f"reader{number}") for number in range(6)]
    images = at_once(lambda person: query.next_pick(project=project, user=person), people)
    given = [image.id for image in images if image is not None]
    assert len(given) == len(set(given)) == 4
    assert {pick.leased_to_id for pick in Pick.objects.all()} <= {person.id for person in people}
