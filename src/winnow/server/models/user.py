"""A person who signs in, and the tokens of their scripts."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person who signs in. ``is_staff`` marks an administrator of the installation.

    ``preferences`` holds what the person changed about the pages: ``shortcuts``, the keys of each command by its name.
    """

    language = models.CharField(max_length=8, default="en")
    preferences: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(blank=True, default=dict)


class ApiToken(models.Model):
    """A bearer token of a script. Only its SHA-256 is stored; the token itself is shown once.

    ``scope`` is what it may be used for, each more than the one before: to read, to annotate and review, or for
    everything that its user may do.
    """

    class Scope(models.TextChoices):
        READ = "read"
        ANNOTATE = "annotate"
        MANAGE = "manage"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=16, choices=Scope, default=Scope.MANAGE)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
