"""The second factor of a person who wants one."""

from __future__ import annotations

from django.db import models

from winnow.server.models.user import User


class SecondFactor(models.Model):
    """What besides the password a person shows: codes of an authenticator (TOTP), or one of the codes for a lost one.

    ``key`` is encrypted (services/secret.py); ``recovery`` holds keyed hashes of the codes that are left. It counts from
    ``confirmed_at`` on. ``last_step`` is the 30 seconds of the newest code that was used: none works twice.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    key = models.CharField(max_length=200)
    recovery: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    last_step = models.BigIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"second factor of {self.user.username}"

    class Meta:
        ordering = ("id",)
