"""Pictures that wait for a person to decide whether they may come in."""

from __future__ import annotations

from django.db import models

from winnow.server.models.job import IngestedFile
from winnow.server.models.project import Project


class Quarantined(models.Model):
    """What could be read and de-identified of one file, but for what its pixels may say.

    ``folder`` names its private folder in the storage (quarantine/), which is gone once it is decided: released into the
    project, deleted, or expired after WINNOW_QUARANTINE_DAYS. ``regions`` are where text was found, ``[left, top, width,
    height]`` in pixels each: never what it says. ``frames`` counts its pictures, which all are ``width`` x ``height``.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RELEASED = "released"
        DELETED = "deleted"
        EXPIRED = "expired"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="quarantine")
    file = models.OneToOneField(IngestedFile, on_delete=models.CASCADE, related_name="quarantined")
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    folder = models.CharField(max_length=32)
    regions: models.JSONField[list[list[int]], list[list[int]]] = models.JSONField(default=list)
    frames = models.IntegerField(default=1)
    height = models.IntegerField()
    width = models.IntegerField()
    modality = models.CharField(max_length=16, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("project", "state", "id"), name="quarantined_by_state"),)
