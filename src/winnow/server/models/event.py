"""The audit log."""

from __future__ import annotations

from typing import Any

from django.db import models

from winnow.server.models.project import Project


class Event(models.Model):
    """One line of the audit log: who did what to what, when. Rows are only ever added."""

    project = models.ForeignKey(Project, null=True, on_delete=models.SET_NULL, related_name="events")
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    detail: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("project", "id"), name="event_by_project"),)
