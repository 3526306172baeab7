from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from winnow.errors import InvalidInput, InvalidMask, NotFound, StaleVersion, WrongState
from winnow.server import storage
from winnow.server.models import Annotation, Event, Image, Pick, Round
from winnow.server.services import annotate


def mask(value: int = 0) -> Any:
    return np.full((4, 6), value, np.uint8)


def save(image: Image, actor: Any, value: int = 1, based_on: int = 0, **options: Any) -> Annotation:
    return annotate.save_mask(image_id=image.id, mask=mask(value), based_on=based_on, actor=actor, **options)


def state(image: Image) -> tuple[str, int]:
    image.refresh_from_db()
    return image.state, image.version


def test_a_save_adds_a_version_and_makes_a_draft(make_image: Any, user: Any):
    image, ann = make_image(state="picked"), user("ann")
    first = save(image, ann, 1, active_seconds=2.5, strokes=3)
    second = save(image, ann, 2, based_on=1)
    assert (first.version, second.version, second.based_on) == (1, 2, 1)
    assert state(image) == ("draft", 2)
    assert first.class_pixels == {"1": 24}
    assert (first.active_seconds, first.strokes, first.author, first.purpose) == (2.5, 3, "ann", "draft")
    np.testing.assert_array_equal(storage.get_array(first.mask, shape=(4, 6), dtype="uint8"), mask(1))
    assert list(Event.objects.values_list("action", flat=True)) == ["mask.save", "mask.save"]


def test_a_stale_save_is_refused_and_kept(make_image: Any, user: Any):
    image = make_image()
    save(image, user("ann"), 1)
    with pytest.raises(StaleVersion) as caught:
        save(image, user("rex"), 2, based_on=0)
    assert state(image) == ("draft", 1)
    kept = Annotation.objects.get(id=caught.value.detail["yours"])
    assert caught.value.detail["version"] == 1
    assert (kept.purpose, kept.author, kept.version) == ("conflict", "rex", 0)
    np.testing.assert_array_equal(storage.get_array(kept.mask, shape=(4, 6), dtype="uint8"), mask(2))
    assert Event.objects.filter(action="mask.conflict").count() == 1


def test_a_version_from_the_future_is_a_conflict_too(make_image: Any, user: Any):
    with pytest.raises(StaleVersion):
        save(make_image(), user("ann"), based_on=5)


def test_the_same_save_again_is_answered_as_the_first_time(make_image: Any, user: Any):
    image, ann = make_image(), user("ann")
    first = save(image, ann, 1)
    assert save(image, ann, 1).id == first.id
    assert Annotation.objects.count() == 1


def test_a_mask_of_another_size_says_what_is_needed(make_image: Any, user: Any):
    with pytest.raises(InvalidMask, match="6x4 pixels, the image 4x6"):
        annotate.save_mask(image_id=make_image().id, mask=np.zeros((6, 4), np.uint8), based_on=0, actor=user("ann"))
    assert Annotation.objects.count() == 0


def test_a_mask_with_an_unknown_class_names_it(make_image: Any, user: Any):
    image = make_image()
    with pytest.raises(InvalidMask) as caught:
        save(image, user("ann"), 9)
    assert caught.value.detail == {"unknown": [9], "allowed": [0, 1, 2]}
    assert state(image) == ("unlabelled", 0)


@pytest.mark.parametrize("spent", [{"active_seconds": -1.0}, {"active_seconds": float("nan")}, {"strokes": -1}])
def test_time_runs_forward(spent: dict[str, Any], make_image: Any, user: Any):
    with pytest.raises(InvalidInput):
        save(make_image(), user("ann"), **spent)


def test_submit_hands_in_the_newest_mask_and_ends_the_lease(make_image: Any, user: Any, project: Any):
    image, ann = make_image(state="picked"), user("ann")
    pick = Pick.objects.create(
        round=Round.objects.create(project=project, number=1, strategy="random"),
        image=image, rank=0, leased_to=ann, leased_until=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    save(image, ann, 1)
    save(image, ann, 2, based_on=1)
    annotate.submit(image_id=image.id, actor=ann)
    assert state(image) == ("submitted", 2)
    purposes = list(Annotation.objects.order_by("version").values_list("purpose", flat=True))
    assert purposes == ["draft", "submitted"]
    pick.refresh_from_db()
    assert pick.leased_to is None


def test_drawing_takes_the_pick_nobody_holds(make_image: Any, user: Any, project: Any):
    image = make_image(state="picked")
    pick = Pick.objects.create(
        round=Round.objects.create(project=project, number=1, strategy="random"), image=image, rank=0
    )
    save(image, user("ann"))
    pick.refresh_from_db()
    assert pick.leased_to == user("ann")
    save(image, user("rex"), 2, based_on=1)
    pick.refresh_from_db()
    assert pick.leased_to == user("ann")


@pytest.mark.parametrize("start", ["unlabelled", "picked", "auto", "skipped"])
def test_there_must_be_something_to_hand_in(start: str, make_image: Any, user: Any):
    with pytest.raises(WrongState, match="save a mask first"):
        annotate.submit(image_id=make_image(state=start).id, actor=user("ann"))


def test_a_changed_mind_is_a_draft_again(make_image: Any, user: Any):
    image, ann = make_image(), user("ann")
    save(image, ann, 1)
    annotate.submit(image_id=image.id, actor=ann)
    save(image, ann, 2, based_on=1)
    assert state(image) == ("draft", 2)


def test_review(make_image: Any, user: Any):
    image, ann, rex = make_image(), user("ann"), user("rex")
    save(image, ann, 1)
    annotate.submit(image_id=image.id, actor=ann)
    annotate.reject(image_id=image.id, actor=rex, comment="the left lung, too")
    assert state(image) == ("rejected", 1)
    assert image.note == "the left lung, too"
    save(image, ann, 2, based_on=1)
    annotate.submit(image_id=image.id, actor=ann)
    annotate.accept(image_id=image.id, actor=rex)
    assert state(image) == ("accepted", 2)
    assert image.note == ""
    assert list(Event.objects.values_list("action", flat=True)) == [
        "mask.save", "image.submit", "image.reject", "mask.save", "image.submit", "image.accept",
    ]  # fmt: skip


def test_what_is_accepted_is_changed_by_rejecting_it_first(make_image: Any, user: Any):
    image = make_image(state="accepted")
    with pytest.raises(WrongState, match="reject it") as caught:
        save(image, user("ann"))
    assert Annotation.objects.get(id=caught.value.detail["yours"]).purpose == "conflict"
    assert state(image) == ("accepted", 0)


@pytest.mark.parametrize(
    ("verb", "start"),
    [(verb, start) for verb in ("accept", "reject") for start in ("unlabelled", "picked", "draft", "auto", "skipped")]
    + [("accept", "accepted"), ("accept", "rejected"), ("reject", "rejected")],
)
def test_only_what_is_handed_in_is_reviewed(verb: str, start: str, make_image: Any, user: Any):
    image = make_image(state=start)
    with pytest.raises(WrongState):
        getattr(annotate, verb)(image_id=image.id, actor=user("rex"))
    assert state(image) == (start, 0)
    assert not Event.objects.exists()


def test_skip_keeps_the_reason(make_image: Any, user: Any):
    image = make_image(state="picked")
    annotate.skip(image_id=image.id, actor=user("ann"), reason="blurred")
    assert state(image)[0] == "skipped"
    assert image.note == "blurred"
    with pytest.raises(WrongState):
        annotate.skip(image_id=make_image("1", state="accepted").id, actor=user("ann"), reason="late")


def test_what_is_not_there_is_not_found(user: Any):
    with pytest.raises(NotFound):
        annotate.save_mask(image_id=1, mask=mask(), based_on=0, actor=user("ann"))
    with pytest.raises(NotFound):
        annotate.submit(image_id=1, actor=user("ann"))


def test_a_deleted_image_takes_its_masks_along(make_image: Any, user: Any):
    image = make_image()
    save(image, user("ann"))
    annotate.delete_image(image_id=image.id, actor=user("mia"))
    assert not Annotation.objects.exists()
    assert Event.objects.filter(action="image.delete").count() == 1


def test_the_save_and_its_audit_line_stand_or_fall_together(
    make_image: Any, user: Any, monkeypatch: pytest.MonkeyPatch
):
    image = make_image()

    def fail(**_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("winnow.server.services.audit.record", fail)
    with pytest.raises(RuntimeError):
        save(image, user("ann"))
    assert state(image) == ("unlabelled", 0)
    assert not Annotation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_savers_at_once_one_wins_and_none_loses_a_stroke(make_image: Any, user: Any, at_once: Callable[..., Any]):
    image = make_image()
    people = [user(name) for name in ("mia", "ann", "rex")]
    results = at_once(lambda at: save(image, people[at % 3], value=at % 3), range(6))
    saved = [result for result in results if isinstance(result, Annotation) and result.purpose == "draft"]
    stale = [result for result in results if isinstance(result, StaleVersion)]
    assert len({annotation.id for annotation in saved}) == 1
    assert len(saved) + len(stale) == 6
    assert state(image) == ("draft", 1)
    assert Annotation.objects.count() == 1 + len(stale)
