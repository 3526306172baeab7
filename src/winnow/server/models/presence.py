"""Who has an image open to draw on it, so that a second person is told."""

from __future__ import annotations

from django.db import models

from winnow.server.models.image import Image
from winnow.server.models.user import User


class Presence(models.Model):
    """One page that shows an image. ``page`` is a random name that the page gave itself.

    ``drawing`` is false for who only looks. ``seen`` is when the page was last heard of: a row that is not renewed
    counts for nothing (services/presence.py) and is removed by the next page that is heard of.
    """

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="presences")
    page = models.CharField(max_length=64)
    drawing = models.BooleanField(default=True)
    since = models.DateTimeField()
    seen = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("since", "id")
        constraints = (models.UniqueConstraint(fields=("image", "page"), name="one_presence_per_page"),)
