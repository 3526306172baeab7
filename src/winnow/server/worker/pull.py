"""Take series from the project's PACS, then take them in as any upload: all of them, or none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from django.conf import settings

from winnow.dicom.web import Budget, Server, retrieve_series
from winnow.errors import NotFound
from winnow.server import storage
from winnow.server.services import pacs
from winnow.server.services.ingest import NAMES, name_files
from winnow.server.worker import ingest
from winnow.server.worker.context import JobContext

PULLED = "pulled.json"
# of the bar; the rest is the ingest's
SHARE = 0.3


def run(context: JobContext) -> None:
    """Everything that was asked for becomes images, by way of ``ingest.run``; what came is gone afterwards.

    payload : incoming: upload id, where services.pacs wrote down what is wanted; pacs: true
    result  : as of any ingest
    """
    upload_id = context.payload["incoming"]
    folder = storage.incoming_path(upload_id)
    if not (folder / NAMES).exists() and not ingest.is_taken(context):
        with ingest.discarding(context):
            _pull(context, folder, upload_id)
    ingest.run(context)


def _pull(context: JobContext, folder: Path, upload_id: str) -> None:
    """Series by series; a later attempt goes on behind the last one that came whole."""
    try:
        wanted = pacs.wanted(upload_id=upload_id)
    except FileNotFoundError:
        raise NotFound("What was asked for is not known any more: choose the series again.") from None
    server = pacs.server_of(project=context.project)
    counts = _whole(folder)
    for number in range(len(counts), len(wanted)):
        arriving = _Arriving(context, folder, first=sum(counts), number=number, of=len(wanted))
        counts.append(arriving.come(server, *wanted[number]))
        storage.write_atomically(folder / PULLED, json.dumps(counts).encode())
    names = [
        f"series-{number}/{image:05d}.dcm" for number, count in enumerate(counts, 1) for image in range(1, count + 1)
    ]
    name_files(upload_id=upload_id, names=names)


def _whole(folder: Path) -> list[int]:
    """How many images each series had that came whole."""
    path = folder / PULLED
    return list(json.loads(path.read_text())) if path.exists() else []


@dataclass(frozen=True)
class _Arriving:
    """One series on its way into the files ``first`` and following."""

    context: JobContext
    folder: Path
    first: int
    number: int
    of: int

    def come(self, server: Server, study: str, series: str) -> int:
        """How many images it has. Raises as ``retrieve_series``, and StorageFull."""
        whole = 0
        for path in [path for path in self.folder.iterdir() if path.name.isdigit()]:
            if int(path.name) < self.first:
                whole += path.stat().st_size
            else:
                path.unlink()  # of this series, as an earlier attempt left it in its middle
        budget = Budget(
            files=settings.WINNOW_MAX_ARCHIVE_FILES - self.first,
            bytes=settings.WINNOW_MAX_UPLOAD_BYTES - whole,
            file_bytes=settings.WINNOW_MAX_FILE_BYTES,
        )
        names = self._names()
        return retrieve_series(
            server, study=study, series=series, next_file=lambda: next(names), budget=budget, check=self._check
        )

    def _check(self) -> None:
        self.context.check()
        storage.need_free(0)

    def _names(self) -> Iterator[Path]:
        for image in count():
            text = f"series {self.number + 1} of {self.of} from the PACS: image {image + 1}"
            self.context.progress(SHARE * self.number / self.of, text)
            yield self.folder / str(self.first + image)
