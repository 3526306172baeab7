"""Finished packages to download."""

from __future__ import annotations

from typing import Any

from django.db import models

from winnow.server.models.project import Project
from winnow.server.models.user import User


class Export(models.Model):
    """A finished package. ``file`` is its name in the exports folder of the storage."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="exports")
    format = models.CharField(max_length=16)
    options: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    file = models.CharField(max_length=100)
    bytes = models.BigIntegerField()
    images = models.IntegerField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
