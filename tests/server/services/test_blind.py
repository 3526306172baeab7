from __future__ import annotations

from typing import Any

import pytest

from winnow.errors import NotFound, WrongState
from winnow.server.models import Image, Pick, Project, Round
from winnow.server.services import blind


@pytest.fixture
def picked(project: Project, make_image: Any) -> Image:
    image: Image = make_image(state="picked")
    turn = Round.objects.create(project=project, number=1, strategy="winnow")
    Pick.objects.create(round=turn, image=image, rank=1, blind=True)
    return image


def test_the_same_image_is_always_judged_alike_and_a_larger_share_holds_the_smaller(project: Project):
    def chosen(share: float) -> set[int]:
        return {n for n in range(2000) if blind.drawn_blind(project_id=project.id, image_id=n, share=share)}

    assert chosen(0) == set()
    assert len(chosen(1)) == 2000
    assert 140 < len(chosen(0.1)) < 260
    assert chosen(0.1) == chosen(0.1) < chosen(0.3)


def test_another_project_draws_other_images(project: Project):
    other = Project.objects.create(name="Other", labels=project.labels)
    mine, theirs = (
        [blind.drawn_blind(project_id=one.id, image_id=n, share=0.5) for n in range(200)] for one in (project, other)
    )
    assert mine != theirs


@pytest.mark.parametrize(
    ("state", "name", "hidden"),
    [
        ("picked", "ann", True),
        ("draft", "ann", True),
        ("skipped", "ann", True),
        ("picked", "rex", True),
        ("picked", "mia", False),
        ("submitted", "ann", False),
        ("accepted", "ann", False),
        ("rejected", "ann", False),
    ],
)
def test_who_may_not_see_it_and_until_when(picked: Image, user: Any, state: str, name: str, hidden: bool):
    picked.state = state
    assert blind.is_hidden(image=picked, user=user(name)) is hidden
    if hidden:
        with pytest.raises(NotFound, match="without suggestion"):
            blind.guard_suggestion(image=picked, user=user(name))
        with pytest.raises(WrongState, match="without suggestion"):
            blind.guard_segmentation(image=picked, user=user(name))
    else:
        blind.guard_suggestion(image=picked, user=user(name))
        blind.guard_segmentation(image=picked, user=user(name))


def test_administrators_see_everything_and_other_picks_are_not_hidden(picked: Image, make_user: Any, user: Any):
    assert not blind.is_hidden(image=picked, user=make_user("root", is_staff=True))
    Pick.objects.update(blind=False)
    assert not blind.is_hidden(image=picked, user=user("ann"))
