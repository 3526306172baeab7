"""Slow verbs as rows, and the file-by-file account of an ingest."""

from __future__ import annotations

from typing import Any

from django.db import models

from winnow.server.models.image import Image
from winnow.server.models.project import Project
from winnow.server.models.user import User


class Job(models.Model):
    """A slow verb as a row: claimed by a conditional UPDATE with a lease and an attempt number.

    ``attempt`` is the fencing token: every write of a worker names the attempt it holds.
    ``deaths`` counts the attempts in a row whose worker ended without a word; the third fails the job.
    ``lane`` quick never waits behind long. ``progress`` runs from 0 to 1.
    """

    class Kind(models.TextChoices):
        INGEST = "ingest"
        QUERY = "query"
        TRAIN = "train"
        AUTOANNOTATE = "autoannotate"
        SEGMENT = "segment"
        EXPORT = "export"
        RELEASE = "release"

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Lane(models.TextChoices):
        QUICK = "quick"
        LONG = "long"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=16, choices=Kind)
    lane = models.CharField(max_length=8, choices=Lane, default=Lane.LONG)
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    progress = models.FloatField(default=0)
    message = models.CharField(max_length=500, blank=True)
    log = models.TextField(blank=True)
    payload: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    result: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    error = models.CharField(max_length=64, blank=True)
    attempt = models.IntegerField(default=0)
    deaths = models.IntegerField(default=0)
    worker = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("lane", "state", "id"), name="job_to_claim"),
            models.Index(fields=("project", "id"), name="job_by_project"),
        )


class IngestedFile(models.Model):
    """What became of one file of an upload: came in, refused, duplicate or quarantined, and why.

    The index of a medium is none of these, and what it lists and what did not come is missing.

    ``changes`` tells what de-identification did to its attributes, ``changed`` of them; services/report.py packs it.
    """

    class Status(models.TextChoices):
        WRITTEN = "written"
        REFUSED = "refused"
        DUPLICATE = "duplicate"
        QUARANTINED = "quarantined"
        INDEX = "index"
        MISSING = "missing"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="files")
    position = models.IntegerField()
    path = models.CharField(max_length=500)
    status = models.CharField(max_length=16, choices=Status)
    reason = models.CharField(max_length=500, blank=True)
    image = models.ForeignKey(Image, null=True, on_delete=models.SET_NULL, related_name="+")
    changed = models.IntegerField(default=0)
    changes = models.BinaryField(default=b"")

    class Meta:
        ordering = ("job", "position")
        constraints = (models.UniqueConstraint(fields=("job", "position"), name="each_file_once"),)
