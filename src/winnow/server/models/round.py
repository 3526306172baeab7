"""One turn of the loop and the images it chose."""

from __future__ import annotations

from typing import Any

from django.db import models

from winnow.server.models.annotation import Annotation
from winnow.server.models.image import Image
from winnow.server.models.network import Network
from winnow.server.models.project import Project
from winnow.server.models.user import User


class Round(models.Model):
    """One turn of the loop: which network asked, for what, what was learned from it and what came out.

    ``queried_with`` is null for a cold start. ``settings`` holds strategy, K, k and seed as used.
    The picks of a round whose strategy is ``TEST_SET`` were drawn by lot for the frozen test set: nothing is learned
    from them.
    """

    TEST_SET = "test_set"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="rounds")
    number = models.IntegerField()
    strategy = models.CharField(max_length=32)
    settings: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    queried_with = models.ForeignKey(Network, null=True, on_delete=models.SET_NULL, related_name="queried")
    trained_on = models.ManyToManyField(Annotation, related_name="rounds")
    produced = models.ForeignKey(Network, null=True, on_delete=models.SET_NULL, related_name="produced_by")
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("project", "number"), name="round_numbers"),)


class Pick(models.Model):
    """An image chosen in a round. ``scores`` holds the reasons: uncertainty, similarity, class, neighbour.

    ``blind``: it is drawn without the network's suggestion (services/blind.py); settled when it is picked.
    """

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="picks")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="picks")
    rank = models.IntegerField()
    scores: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    uncertainty = models.CharField(max_length=64, blank=True)
    blind = models.BooleanField(default=False)
    leased_to = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="picks")
    leased_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ("round", "rank")
        constraints = (models.UniqueConstraint(fields=("round", "image"), name="picked_once_per_round"),)
