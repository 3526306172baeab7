from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from winnow.errors import WrongState
from winnow.server.models import Event, Presence
from winnow.server.services import annotate, presence


def say(image: Any, who: Any, page: str, *, drawing: bool = True) -> list[tuple[str, bool]]:
    others = presence.say_here(image=image, user=who, page=page, drawing=drawing)
    return [(one.user.username, one.drawing) for one in others]


def test_the_second_hears_of_the_first(make_image: Any, user: Any):
    image = make_image()
    assert say(image, user("ann"), "page-1") == []
    assert say(image, user("rex"), "page-2") == [("ann", True)]
    assert say(image, user("ann"), "page-1", drawing=False) == [("rex", True)]
    assert say(image, user("rex"), "page-2") == [("ann", False)]
    assert say(make_image("1.png"), user("mia"), "page-3") == []


def test_a_second_page_of_the_same_person_counts(make_image: Any, user: Any):
    image, ann = make_image(), user("ann")
    say(image, ann, "page-1")
    assert say(image, ann, "page-2") == [("ann", True)]


def test_who_leaves_is_gone_and_who_falls_silent_is(make_image: Any, user: Any):
    image = make_image()
    say(image, user("ann"), "page-1")
    presence.say_gone(image=image, user=user("rex"), page="page-1")  # not theirs to say
    assert say(image, user("rex"), "page-2") == [("ann", True)]
    presence.say_gone(image=image, user=user("ann"), page="page-1")
    assert say(image, user("rex"), "page-2") == []
    Presence.objects.update(seen=timezone.now() - presence.COUNTS_FOR - timedelta(seconds=1))
    assert say(image, user("ann"), "page-1") == []
    assert list(Presence.objects.values_list("page", flat=True)) == ["page-1"]


@pytest.mark.django_db(transaction=True)
def test_the_same_page_may_ask_twice_at_once(make_image: Any, user: Any, at_once: Callable[..., Any]):
    image, ann = make_image(), user("ann")
    assert at_once(lambda _: say(image, ann, "page-1"), range(4)) == [[]] * 4
    assert Presence.objects.count() == 1


def test_a_comment_goes_with_the_image_until_it_is_accepted(make_image: Any, user: Any):
    image = make_image()
    assert annotate.comment(image_id=image.id, actor=user("ann"), text="left: artefact?").comment == "left: artefact?"
    assert annotate.comment(image_id=image.id, actor=user("ann"), text="").comment == ""
    assert list(Event.objects.values_list("action", flat=True)) == ["image.comment"] * 2
    image.state = "accepted"
    image.save()
    with pytest.raises(WrongState, match="accepted"):
        annotate.comment(image_id=image.id, actor=user("ann"), text="late")
