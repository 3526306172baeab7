"""Django's handle on the one app."""

from __future__ import annotations

from django.apps import AppConfig


class ServerConfig(AppConfig):
    """The app ``server``: models, migrations and management commands."""

    name = "winnow.server"
    label = "server"
    default_auto_field = "django.db.models.BigAutoField"
