"""How often somebody failed to sign in."""

from __future__ import annotations

from django.db import models


class Attempts(models.Model):
    """Failed sign-ins of one name: from one address, or from anywhere together (``anywhere``).

    ``key`` is a keyed hash of name and address: who reads the table learns neither what was typed (a password, at times)
    nor from where. ``succeeded_at`` marks an address that the person has signed in from.
    """

    key = models.CharField(max_length=64, unique=True)
    anywhere = models.BooleanField(default=False)
    failures = models.IntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("failed_at",), name="attempts_by_age"),)
