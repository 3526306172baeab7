"""`winnow backup FILE`: everything of this installation in one file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from winnow.server.worker.backup import back_up


class Command(BaseCommand):
    """Winnow may go on running meanwhile."""

    help = "write a back-up: database, blobs, keys and packages in one file"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a new file, outside the data directory")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        contents = back_up(target=file)
        self.stdout.write(
            f"{file}: the database, its keys and {contents['blobs']} blobs. Keep it as secret as they are."
        )
        if missing := contents["missing"]:
            names = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
            raise CommandError(
                f"The back-up is made, but {len(missing)} blobs that rows name are not there or damaged: {names}."
            )
