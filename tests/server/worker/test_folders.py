"""Which folders are series."""

from __future__ import annotations

from winnow.server.worker.folders import folder_series


def slots(*paths: str) -> dict[str, int]:
    found = folder_series(enumerate(paths))
    return {paths[position]: slot.number for position, slot in found.items()}


def test_pictures_that_differ_in_a_number_are_slices():
    paths = [f"ct/case 7/slice_{n:03d}.png" for n in (3, 1, 2)]
    assert slots(*paths, "ct/case 8/only.png") == dict(zip(paths, (3, 1, 2), strict=True))


def test_what_was_gathered_is_no_series():
    assert slots(*[f"{n}.png" for n in range(9)]) == {}
    assert slots(*[f"images/{n}.png" for n in range(9)], *[f"x/masks/{n}.png" for n in range(9)]) == {}


def test_names_that_do_not_count_are_no_series():
    assert slots("a/1.png", "a/2.png") == {}
    assert slots("a/1.png", "a/2.png", "a/x3.png") == {}
    assert slots("a/1.png", "a/2.jpg", "a/3.png") == {}
    assert slots("a/1.png", "a/2.png", "a/2000.png") == {}
    assert slots("a/1.png", "a/01.png", "a/2.png") == {}
    assert slots("a/1.png", "a/2.png", "a/3.png", "a/notes.png") == {}
