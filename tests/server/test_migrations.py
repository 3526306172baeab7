"""Rows that were there before a migration are there after it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE, AFTER = [("server", "0010_sign_in_attempts")], [("server", "0011_provenance_and_blind_picks")]


@pytest.mark.django_db(transaction=True)
def test_masks_and_picks_of_before_have_no_provenance_and_are_not_blind():
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        executor = MigrationExecutor(connection)
        executor.migrate(BEFORE)
        old = executor.loader.project_state(BEFORE).apps
        project = old.get_model("server", "Project").objects.create(name="Old", labels=[])
        image = old.get_model("server", "Image").objects.create(
            project=project, name="0.png", height=1, width=1, dtype="uint8", window=[1, 2], pixels="p",
            fingerprint="f", patient="p",
        )  # fmt: skip
        old.get_model("server", "Annotation").objects.create(
            image=image, author="ann", purpose="draft", mask="m", version=1, suggestion={"given": "png"}
        )
        turn = old.get_model("server", "Round").objects.create(project=project, number=1, strategy="winnow")
        old.get_model("server", "Pick").objects.create(round=turn, image=image, rank=1)
        executor = MigrationExecutor(connection)
        executor.migrate(AFTER)
        new = executor.loader.project_state(AFTER).apps
        kept = new.get_model("server", "Annotation").objects.get()
        assert (kept.mask, kept.suggestion, kept.provenance, kept.probabilities) == ("m", {"given": "png"}, None, "")
        assert new.get_model("server", "Pick").objects.get().blind is False
    finally:
        MigrationExecutor(connection).migrate(newest)
