"""Take an upload in, file by file: read, de-identify, store, and say of each file what became of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from django.db import DatabaseError
from django.db.models import Count

from winnow.dicom import is_segmentation
from winnow.errors import JobCancelled, JobStopped, WinnowError
from winnow.imaging.axes import Axis
from winnow.imaging.text_search import EVERY, OFF, Search
from winnow.server import storage
from winnow.server.models import IngestedFile
from winnow.server.services.ingest import uploaded
from winnow.server.services.settings import loop_settings
from winnow.server.worker.account import line, reason_of, refuse
from winnow.server.worker.admit import admit, stored
from winnow.server.worker.arrivals import Arrival, Upload, arrivals
from winnow.server.worker.context import JobContext
from winnow.server.worker.faults import NOT_THE_FILES_FAULT, explain
from winnow.server.worker.likeness import Likeness
from winnow.server.worker.manifest import Plan, plan_of
from winnow.server.worker.masks import Matcher, may_be_mask
from winnow.server.worker.media import Index, account_for, index_in
from winnow.server.worker.options import options_of
from winnow.server.worker.reading import Reader
from winnow.server.worker.series import order_series

logger = logging.getLogger(__name__)
Status = IngestedFile.Status
TAKEN = "taken"
LOOKING = 0.1


def run(context: JobContext) -> None:
    """Everything usable in the upload becomes images; the upload itself is gone afterwards, however this ends.

    payload : incoming: upload id; names and bytes lie there (services.ingest)
    result  : {"images", "written", "refused", "duplicates", "quarantined"}; all but images count files
    """
    with discarding(context):
        take_in(context, [] if is_taken(context) else uploaded(context.payload["incoming"]))
    storage.discard_incoming(context.payload["incoming"])
    with context.transaction():
        finish(context)


@contextmanager
def discarding(context: JobContext) -> Iterator[None]:
    """Whatever ends the work in here for good ends the upload too, and is told with what had come in before it."""
    try:
        yield
    except Exception as error:
        if _goes_on_later(context, error):
            raise
        storage.discard_incoming(context.payload["incoming"])
        raise _with_account(context, error) from error


def take_in(context: JobContext, uploads: Sequence[Upload]) -> None:
    """Every file that has no line in the account yet; what an earlier attempt took in is left alone."""
    if is_taken(context):
        return
    storage.need_free(sum(path.stat().st_size for _, path in uploads if path.is_file()))
    plan, settings = plan_of(arrivals(uploads)), loop_settings(context.project)
    reader = Reader(
        key=storage.project_key(context.project.id),
        options=options_of(context, settings.deidentification),
        upload=uploads[0][0] if uploads else "",
        axis=cast("Axis", settings.slices),
        slots=plan.slots,
        search=Search(OFF if context.payload.get("example") else settings.burned_in),
    )
    for arrival in arrivals(uploads):  # a name must be known before any path that holds it is written down
        context.progress(
            LOOKING * arrival.position / plan.files, f"looking for names: file {arrival.position + 1} of {plan.files}"
        )
        _look_for_names(arrival, reader)
    _take_all(context, uploads, reader, plan)
    order_series(context)
    (context.scratch / TAKEN).touch()


def _take_all(context: JobContext, uploads: Sequence[Upload], reader: Reader, plan: Plan) -> None:
    done = set(context.job.files.values_list("position", flat=True))
    likeness = Likeness(context.project)
    before = 0
    paths: dict[int, str] = {}
    masks: dict[int, str] = {}
    indexes: list[Index] = []
    for arrival in arrivals(uploads):
        context.progress(min(LOOKING + (1 - LOOKING) * before / plan.bytes, 0.99), plan.reached(arrival, before))
        before += arrival.size
        paths[arrival.position] = arrival.path
        if arrival.position in done:
            continue
        if index := index_in(arrival, reader):
            indexes.append(index)
        elif may_be_mask(arrival):
            masks[arrival.position] = ""
        elif modality := _take_one(context, arrival, reader, likeness):
            masks[arrival.position] = modality
    if masks:  # all images they may belong to are in
        _take_masks(context, uploads, reader, masks, paths)
    account_for(context, indexes, reader, paths)


def _take_masks(
    context: JobContext, uploads: Sequence[Upload], reader: Reader, masks: dict[int, str], paths: dict[int, str]
) -> None:
    matcher = Matcher(context.job, key=reader.key, axis=reader.axis, options=reader.options, paths=paths)
    for arrival in arrivals(uploads):
        if arrival.position not in masks:
            continue
        context.progress(0.99, f"masks: file {arrival.position + 1} of {len(paths)}")
        try:
            outcome = matcher.take(arrival, masks[arrival.position])
        except NOT_THE_FILES_FAULT:
            raise
        except Exception as error:  # noqa: BLE001 one bad file must not keep the others out
            refuse(context, arrival, reader, error)
            continue
        with context.transaction():
            line(
                context,
                arrival.position,
                path=reader.scrub(arrival.path),
                status=Status(outcome.status),
                reason=outcome.reason,
            )


def finish(context: JobContext) -> None:
    """The end of the job, inside a transaction."""
    result = _account(context)
    context.record("ingest.done", f"job {context.job.id}", **result)
    files = sum(result.values()) - result["images"]
    context.succeed(result, f"{result['images']} images from {result['written']} of {files} files came in.")


def is_taken(context: JobContext) -> bool:
    """Whether an earlier attempt went through all files: then the upload itself may be gone."""
    return (context.scratch / TAKEN).exists()


def _look_for_names(arrival: Arrival, reader: Reader) -> None:
    """What is wrong with a file is told when it is taken in."""
    try:
        reader.learn(arrival)
        if arrival.position % EVERY == 0:
            reader.sample(arrival)
    except NOT_THE_FILES_FAULT:
        raise
    except Exception:  # noqa: BLE001 it names nobody that we can know of
        logger.debug("job file %d cannot be searched for names", arrival.position)


def _take_one(context: JobContext, arrival: Arrival, reader: Reader, likeness: Likeness) -> str:
    """One file becomes images and a line in the account, together or not at all; what holds masks is left for later.

    returns : "", or the modality that says it holds masks
    """
    try:
        found = reader.read(arrival)
        if is_segmentation(found.modality):
            return found.modality
        images = stored(context.project, found, check=context.check)
    except NOT_THE_FILES_FAULT:
        raise
    except Exception as error:  # noqa: BLE001 one bad file must not keep the others out
        refuse(context, arrival, reader, error)
        return ""
    path = reader.scrub(arrival.path)
    with context.transaction():
        new, twin = admit(images, found, path=path)
        status = Status.WRITTEN if new else Status.DUPLICATE
        remark = reader.search.remark if reader.search and twin is None else ""
        reason = remark or reason_of(len(new), len(images), twin) or likeness.warning(new)
        image = new[0] if new else twin
        line(context, arrival.position, path=path, status=status, reason=reason, image=image, changes=found.changes)
        count = context.job.result.get("images", 0) + len(new)
        context.write(result={"images": count})
    context.job.result = {"images": count}
    likeness.remember(new)
    return ""


def _account(context: JobContext) -> dict[str, int]:
    lines = context.job.files.order_by().values_list("status").annotate(files=Count("id"))
    counts = dict(lines.values_list("status", "files"))
    return {
        "images": context.job.result.get("images", 0),
        "written": counts.get(Status.WRITTEN, 0),
        "refused": counts.get(Status.REFUSED, 0),
        "duplicates": counts.get(Status.DUPLICATE, 0),
        "quarantined": counts.get(Status.QUARANTINED, 0),
    }


def _goes_on_later(context: JobContext, error: Exception) -> bool:
    """Whether the upload is needed by the next attempt: another worker has the job, or will have it."""
    if isinstance(error, JobCancelled):
        return False
    return isinstance(error, JobStopped) or context.stop.is_set() or context.lost.is_set()


def _with_account(context: JobContext, error: Exception) -> Exception:
    """The error, its sentence saying what came in before it; the slices that did are put in order."""
    named = explain(error)
    if named is None or context.lost.is_set():
        return error
    try:
        order_series(context)
        account = _account(context)
        context.write(result=account)
    except (DatabaseError, WinnowError):
        return named
    again = "Pull the series again." if context.payload.get("pacs") else "Upload the rest again."
    if written := account["written"]:
        message = f"{named.message} {written} of its files had come in before and stay. {again}"
    else:
        message = f"{named.message} Nothing came in. {again}"
    return type(named)(message, **named.detail)
