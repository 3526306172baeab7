"""The audit log: one line for each thing done, written in the transaction that does it."""

from __future__ import annotations

from typing import Any

from winnow.server.models import Event, Project


def record(*, actor_name: str, action: str, subject: str, project: Project | None = None, **detail: Any) -> Event:
    """Add a line. ``action`` is noun.verb; ``subject`` names the thing, never a patient or a file of an upload."""
    return Event.objects.create(
        project=project, actor=actor_name[:150], action=action, subject=subject[:200], detail=detail
    )
