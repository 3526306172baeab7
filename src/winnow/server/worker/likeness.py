"""New images that look almost like another one: shown to the manager, never dropped."""

from __future__ import annotations

from collections.abc import Iterable

from winnow.imaging.likeness import Looks
from winnow.server.models import Image, Project


class Likeness:
    """The looks of a project's images. The slices of a series, and the images of a patient, may resemble each other."""

    def __init__(self, project: Project) -> None:
        self._looks = Looks()
        known = project.images.exclude(look="").values_list("id", "look", "patient")
        self._patients: dict[str, int] = {}
        for number, look, patient in known.iterator(chunk_size=10_000):
            self._looks.add(number, look, group=self._group(patient))

    def warning(self, new: Iterable[Image]) -> str:
        """A sentence naming the image that one of the new ones looks almost like; "" where none does."""
        for image in new:
            nearest = self._looks.nearest(image.look, group=self._group(image.patient))
            twin = Image.objects.filter(id=nearest).first() if nearest else None
            if twin is not None:
                return f"It looks almost like {twin.name}: see whether one of them is to go."
        return ""

    def remember(self, new: Iterable[Image]) -> None:
        """Compare later ones with these as well, once they are in."""
        for image in new:
            self._looks.add(image.id, image.look, group=self._group(image.patient))

    def _group(self, patient: str) -> int:
        return self._patients.setdefault(patient, len(self._patients))
