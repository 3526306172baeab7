"""Series and the 2-D pictures in them."""

from __future__ import annotations

from django.db import models

from winnow.server.models.project import Project


class Series(models.Model):
    """As in DICOM: images made together. ``uid`` and ``patient`` are pseudonyms, never the originals.

    ``orientation`` is that of all its images (see Image), null where they have none: slices of another one in the
    same DICOM series are a Series of their own, whose uid ends in a number, as are localizers.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="series")
    uid = models.CharField(max_length=64)
    patient = models.CharField(max_length=64, blank=True)
    modality = models.CharField(max_length=16, blank=True)
    orientation: models.JSONField[list[float] | None, list[float] | None] = models.JSONField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("project", "uid"), name="one_series_per_uid"),)


class Image(models.Model):
    """One 2-D picture to label.

    ``pixels`` names a blob: gzip of the C-ordered little-endian array, (height, width) or
    (height, width, 3) when ``channels`` is 3, of ``dtype`` uint8, uint16 or int16 (HU where defined).
    ``header`` names a blob: the de-identified DICOM data set without its pixels; empty for other files.
    ``index`` counts the slices of a series in the order of ``position`` (mm along the slice normal where
    DICOM says so, else the instance number; null when neither is known).
    ``frame`` counts the pictures of the file it came from, from 1; null where that held only one.
    ``instance`` is the pseudonym of the DICOM file's SOP Instance UID.
    ``origin_mm`` (x, y, z of the first pixel's centre) and ``orientation`` (directions of a row, then of a column)
    say where it lies in the patient, as in DICOM PS3.3 C.7.6.2.1.1; null where unknown.
    ``blanked`` are the regions whose pixels were overwritten because of text, ``[left, top, width, height]`` each.
    ``look`` is a perceptual hash in hex (imaging/likeness.py): near-duplicates differ in few of its bits.
    ``held_out`` says that its patient belongs to the frozen test set: it is drawn like others and never learned from.
    ``note`` is what a reviewer said when returning it, or why it was skipped; ``comment`` what the annotators say to
    the reviewer.
    ``version`` counts the masks people saved on it; 0 while there is none.
    ``window`` is ``[centre, width]`` in pixel units; ``spacing_mm`` is ``[row, column]`` or null.
    """

    class State(models.TextChoices):
        UNLABELLED = "unlabelled"
        PICKED = "picked"
        DRAFT = "draft"
        SUBMITTED = "submitted"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        AUTO = "auto"
        SKIPPED = "skipped"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="images")
    series = models.ForeignKey(Series, null=True, on_delete=models.SET_NULL, related_name="images")
    index = models.IntegerField(default=0)
    position = models.FloatField(null=True)
    frame = models.IntegerField(null=True)
    name = models.CharField(max_length=255)
    state = models.CharField(max_length=16, choices=State, default=State.UNLABELLED)
    note = models.TextField(blank=True)
    comment = models.TextField(blank=True)
    height = models.IntegerField()
    width = models.IntegerField()
    channels = models.IntegerField(default=1)
    dtype = models.CharField(max_length=8)
    modality = models.CharField(max_length=16, blank=True)
    spacing_mm: models.JSONField[list[float] | None, list[float] | None] = models.JSONField(null=True)
    origin_mm: models.JSONField[list[float] | None, list[float] | None] = models.JSONField(null=True)
    orientation: models.JSONField[list[float] | None, list[float] | None] = models.JSONField(null=True)
    window: models.JSONField[list[float], list[float]] = models.JSONField()
    pixels = models.CharField(max_length=64)
    header = models.CharField(max_length=64, blank=True)
    fingerprint = models.CharField(max_length=64)
    blanked: models.JSONField[list[list[int]], list[list[int]]] = models.JSONField(default=list)
    look = models.CharField(max_length=64, blank=True)
    instance = models.CharField(max_length=64, blank=True)
    patient = models.CharField(max_length=64)
    held_out = models.BooleanField(default=False)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("project", "fingerprint"), name="no_duplicate_pixels"),
            models.UniqueConstraint(fields=("project", "name"), name="one_image_per_name"),
        )
        indexes = (
            models.Index(fields=("project", "state", "id"), name="image_by_state"),
            models.Index(fields=("project", "series", "index"), name="image_by_series"),
            models.Index(fields=("project", "instance"), name="image_by_instance"),
            models.Index(fields=("project", "held_out", "patient"), name="image_by_patient"),
        )
