from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from winnow.errors import InvalidMask, StaleVersion, UnknownVersion, WrongState
from winnow.imaging.patch import Patch
from winnow.server import storage
from winnow.server.models import Annotation, Image
from winnow.server.services import annotate


def square(value: int, *, left: int = 1, top: int = 1, side: int = 2) -> Patch:
    return Patch(left=left, top=top, values=np.full((side, side), value, np.uint8))


def patch(image: Image, actor: Any, *patches: Patch, based_on: int = 0) -> Annotation:
    return annotate.patch_mask(image_id=image.id, patches=patches, based_on=based_on, actor=actor, strokes=1)


def pixels(annotation: Annotation) -> Any:
    return storage.get_array(annotation.mask, shape=(4, 6), dtype="uint8")


def test_the_first_patch_lies_on_an_empty_mask(make_image: Any, user: Any):
    image = make_image(state="picked")
    saved = patch(image, user("ann"), square(1), square(2, left=4))
    expected = np.zeros((4, 6), np.uint8)
    expected[1:3, 1:3], expected[1:3, 4:6] = 1, 2
    np.testing.assert_array_equal(pixels(saved), expected)
    assert (saved.version, saved.based_on, saved.strokes, saved.class_pixels) == (1, 0, 1, {"1": 4, "2": 4})
    image.refresh_from_db()
    assert (image.state, image.version) == ("draft", 1)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 5), arrays(np.uint8, (2, 2), elements=st.integers(0, 2))),
        min_size=1, max_size=6,
    ),
    st.integers(0, 5),
)  # fmt: skip
def test_any_patches_give_the_mask_a_put_would(make_image: Any, user: Any, places: list[Any], cut: int):
    """A run of patches in two saves ends where one whole mask with the same strokes ends."""
    name = f"{Image.objects.count():03}.png"
    image, ann = make_image(name), user("ann")
    expected = np.zeros((4, 6), np.uint8)
    patches = []
    for top, left, values in places:
        inside = values[: 4 - top, : 6 - left]
        expected[top : top + 2, left : left + 2] = inside
        patches.append(Patch(left=left, top=top, values=inside))
    for based_on, some in enumerate(part for part in (patches[:cut], patches[cut:]) if part):
        saved = patch(image, ann, *some, based_on=based_on)
    np.testing.assert_array_equal(pixels(saved), expected)


def test_a_stale_patch_is_kept_whole_on_what_it_was_drawn_on(make_image: Any, user: Any):
    image = make_image()
    patch(image, user("ann"), square(1))
    patch(image, user("ann"), square(2, left=3), based_on=1)
    with pytest.raises(StaleVersion) as caught:
        patch(image, user("rex"), square(1, left=0, top=0, side=1), based_on=1)
    kept = Annotation.objects.get(id=caught.value.detail["yours"])
    expected = np.zeros((4, 6), np.uint8)
    expected[1:3, 1:3] = expected[0, 0] = 1  # version 1 and the patch: nothing of version 2
    np.testing.assert_array_equal(pixels(kept), expected)
    assert (kept.purpose, kept.based_on, kept.author) == ("conflict", 1, "rex")
    image.refresh_from_db()
    assert image.version == 2


def test_a_patch_whose_answer_was_lost_is_answered_as_the_first_time(make_image: Any, user: Any):
    image, ann = make_image(), user("ann")
    first = patch(image, ann, square(1))
    assert patch(image, ann, square(1)).id == first.id
    assert Annotation.objects.count() == 1


def test_a_patch_of_a_version_that_never_was_asks_for_the_mask(make_image: Any, user: Any):
    image = make_image()
    patch(image, user("ann"), square(1))
    with pytest.raises(UnknownVersion) as caught:
        patch(image, user("ann"), square(2), based_on=7)
    assert caught.value.detail == {"version": 1}
    assert Annotation.objects.count() == 1


def test_a_stale_save_is_no_version_to_change(make_image: Any, user: Any):
    """What is kept beside the versions has number 0, which is the empty mask and nothing else."""
    image = make_image()
    patch(image, user("ann"), square(1))
    with pytest.raises(StaleVersion) as caught:
        patch(image, user("rex"), square(2, left=3))
    kept = pixels(Annotation.objects.get(id=caught.value.detail["yours"]))
    with pytest.raises(StaleVersion) as again:
        patch(image, user("rex"), square(2, left=0, top=0, side=1))
    assert kept[1, 3] == 2
    assert pixels(Annotation.objects.get(id=again.value.detail["yours"]))[1, 3] == 0


def test_an_accepted_mask_keeps_the_patch_beside_it(make_image: Any, user: Any):
    image = make_image(state="accepted")
    with pytest.raises(WrongState) as caught:
        patch(image, user("ann"), square(1))
    assert Annotation.objects.get(id=caught.value.detail["yours"]).purpose == "conflict"


def test_a_class_the_project_does_not_have_is_refused(make_image: Any, user: Any):
    with pytest.raises(InvalidMask):
        patch(make_image(), user("ann"), square(9))
    assert not Annotation.objects.exists()
