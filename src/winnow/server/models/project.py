"""A project: the classes to draw, the settings of its loop, and who may do what in it."""

from __future__ import annotations

from typing import Any

from django.db import models

from winnow.server.models.user import User


class Project(models.Model):
    """What is labelled and how.

    ``labels`` is ``[{"value": 1..255, "name": str, "colour": "#rrggbb", "code": str}]``; 0 is background.
    ``settings`` holds the query and committee settings; ``services/settings.py`` knows their defaults.
    ``network`` is the one pointer to the network in use: swapping it is atomic.
    """

    name = models.CharField(max_length=200, unique=True)
    labels: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField()
    settings: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    network = models.ForeignKey("server.Network", null=True, on_delete=models.SET_NULL, related_name="+")
    example = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)


class Membership(models.Model):
    """The role of a user in a project."""

    class Role(models.TextChoices):
        MANAGER = "manager"
        ANNOTATOR = "annotator"
        REVIEWER = "reviewer"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "user"), name="one_role_per_member"),)
