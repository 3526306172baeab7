"""The image archive of a hospital that a project takes series from."""

from __future__ import annotations

from django.db import models

from winnow.server.models.project import Project


class Pacs(models.Model):
    """How a project reaches its PACS by DICOMweb.

    ``secret`` is the password, encrypted (services/secret.py); "" for none. What is found there is never stored here.
    """

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="pacs")
    url = models.CharField(max_length=500)
    user = models.CharField(max_length=150, blank=True)
    secret = models.TextField(blank=True)
    connected_by = models.CharField(max_length=150)
    connected_at = models.DateTimeField(auto_now=True)
