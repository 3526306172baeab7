"""Trained committee weights and where they came from."""

from __future__ import annotations

from typing import Any

from django.db import models

from winnow.server.models.project import Project


class Network(models.Model):
    """A trained committee of M members.

    ``weights`` names one blob holding every member's weights and config (segmentation/checkpoint.py).
    ``metrics`` says how good it is and on what it was measured; ``config``, ``seed``, ``code_version`` and
    ``data_fingerprint`` (hash over the masks it learned from) are the source of every number in it.
    ``learned_from`` are the ids of the images it learned from, null for networks older than that list.
    ``gate`` says how it compared with the network then in use (worker/gate.py), empty where there was none.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="networks")
    number = models.IntegerField()
    weights = models.CharField(max_length=64)
    members = models.IntegerField()
    labels = models.IntegerField()
    config: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    metrics: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    seed = models.BigIntegerField()
    code_version = models.CharField(max_length=32)
    data_fingerprint = models.CharField(max_length=64)
    learned_from: models.JSONField[list[int] | None, list[int] | None] = models.JSONField(null=True)
    gate: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    train_seconds = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("project", "number"), name="network_numbers"),)
