"""`winnow restore FILE`: a back-up into an empty installation."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from winnow.server.worker.restore import restore


class Command(BaseCommand):
    """Winnow must not be running on the folder."""

    help = "restore a back-up into an empty data directory"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="what `winnow backup` wrote")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        contents = restore(source=file)
        self.stdout.write(
            f"Restored into {settings.WINNOW_DATA_DIR}: the database, its keys and {contents['blobs']} blobs."
        )
        if missing := contents["missing"]:
            self.stderr.write(f"warning: {len(missing)} blobs that rows name were not there when it was made.")
