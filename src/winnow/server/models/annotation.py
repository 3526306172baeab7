"""Masks that somebody, a person or a network, put on an image."""

from __future__ import annotations

from typing import Any

from django.db import models

from winnow.server.models.image import Image
from winnow.server.models.network import Network
from winnow.server.models.user import User


class Annotation(models.Model):
    """One version of a mask. Never overwritten: a save adds a row.

    ``mask`` names a blob: gzip of (height, width) uint8. Exactly one of ``user`` and ``network`` is set
    (``user`` may be null again once an account is deleted; ``author`` keeps the name).
    People's versions count 1, 2, 3 … per image; a network's has version 0 and there is one per image and network.
    ``purpose`` conflict marks a stale save, stored beside the newer one so that no stroke is lost.
    ``purpose`` truth marks the known mask of a generated example image: shown on request, never learned from.
    ``suggestion`` says which network's mask was shown: {"annotation", "network"}, or {"given": kind of file} for a mask
    that came with its image. ``provenance`` says which pixels came from where (services/provenance.py).
    ``quality`` is the network's own estimate of its mean Dice, 0..1; ``uncertainty`` names a blob:
    gzip of (height, width) float16. ``probabilities`` names one of (classes, height, width) uint8, the committee's
    mean in 255ths, in the order of the network's classes without background; empty where nobody may click on it.
    """

    class Purpose(models.TextChoices):
        DRAFT = "draft"
        SUBMITTED = "submitted"
        AUTO = "auto"
        CONFLICT = "conflict"
        TRUTH = "truth"

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="annotations")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="annotations")
    network = models.ForeignKey(Network, null=True, on_delete=models.CASCADE, related_name="annotations")
    author = models.CharField(max_length=150)
    purpose = models.CharField(max_length=16, choices=Purpose)
    mask = models.CharField(max_length=64)
    version = models.IntegerField()
    based_on = models.IntegerField(default=0)
    class_pixels: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    active_seconds = models.FloatField(default=0)
    strokes = models.IntegerField(default=0)
    suggestion: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)
    provenance: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)
    quality = models.FloatField(null=True)
    uncertainty = models.CharField(max_length=64, blank=True)
    probabilities = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("image", "purpose", "version"), name="annotation_latest"),)
