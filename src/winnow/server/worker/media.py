"""The indexes of DICOM media in an upload: never stored, and told whether what they list has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings

from winnow.dicom import files_listed_in, missing
from winnow.errors import WinnowError
from winnow.server.models import IngestedFile
from winnow.server.worker.account import line
from winnow.server.worker.arrivals import Arrival
from winnow.server.worker.context import JobContext
from winnow.server.worker.reading import Reader

Status = IngestedFile.Status


@dataclass(frozen=True)
class Index:
    """A DICOMDIR: its place in the upload, its path as sent, and the paths it lists."""

    position: int
    path: str
    listed: Sequence[str]


def index_in(arrival: Arrival, reader: Reader) -> Index | None:
    """The file as an index; None where it is something else, or cannot be read: that is told where it is taken in."""
    if arrival.position not in reader.directories:
        return None
    try:
        listed = files_listed_in(arrival.read())
    except WinnowError:
        return None
    return None if listed is None else Index(arrival.position, arrival.path, listed)


def account_for(context: JobContext, indexes: Sequence[Index], reader: Reader, paths: Mapping[int, str]) -> None:
    """A line for each index, and one behind the upload's own for each file that an index lists and that did not come.

    paths : of every file of the upload, by position
    """
    if not indexes:
        return
    position = max(paths) + 1
    with context.transaction():  # all or none: a later attempt knows by an index's line that it was accounted for
        for index in indexes:
            gone = missing(index.listed, directory=index.path, paths=paths.values())
            named = gone[: settings.WINNOW_MAX_ARCHIVE_FILES]
            line(
                context,
                index.position,
                path=reader.scrub(index.path),
                status=Status.INDEX,
                reason=_said(len(index.listed), len(gone)),
            )
            IngestedFile.objects.bulk_create(
                [
                    IngestedFile(
                        job=context.job,
                        position=position + number,
                        path=reader.scrub(path),
                        status=Status.MISSING,
                        reason="A DICOMDIR lists it, but it did not come.",
                    )
                    for number, path in enumerate(named)
                ],
                batch_size=500,
            )
            position += len(named)


def _said(listed: int, gone: int) -> str:
    if not listed:
        return "A DICOMDIR that lists no files."
    if not gone:
        return f"A DICOMDIR, the index of {listed} files, all of which came."
    return f"A DICOMDIR, the index of {listed} files, {gone} of which did not come."
