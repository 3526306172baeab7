"""Rows written as lines of JSON come back as the same rows."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from server.worker.installations import database_path, rows

from winnow.errors import UnreadableFile
from winnow.server.models import IngestedFile, Job, Project
from winnow.server.worker import rows as lines_of
from winnow.server.worker import snapshot as snapshots

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.usefixtures("installed")
def test_every_row_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_of, "AT_ONCE", 3)
    job = Job.objects.create(project=Project.objects.get(), kind="ingest", payload={"名": [1.5, None]})
    for position in range(7):
        IngestedFile.objects.create(job=job, position=position, path="a", status="written", changes=bytes(range(256)))
    before, file = rows(database_path()), tmp_path / "rows"
    with snapshots._dumped(file) as execute:
        assert execute("SELECT COUNT(*) FROM server_ingestedfile").fetchone() == (7,)
    Project.objects.all().delete()
    with transaction.atomic(), file.open() as lines:
        lines_of.read_rows(connection, lines)
    assert rows(database_path()) == before


def test_what_json_does_not_know_comes_back() -> None:
    for value in (b"\x00\xff", datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC), Decimal("1.50"), None, 1.25, "名", 3):
        assert lines_of._value(lines_of._plain(value)) == value


@pytest.mark.parametrize(
    "line",
    ['{"table": "nothing", "columns": ["id"]}', '{"table": "server_user", "columns": ["id) SELECT 1 --"]}', "{half"],
)
def test_other_tables_and_columns_are_refused(line: str) -> None:
    def read() -> Any:
        with transaction.atomic():
            lines_of.read_rows(connection, io.StringIO(line))

    with pytest.raises(UnreadableFile):
        read()
