"""With which options an upload is de-identified."""

from __future__ import annotations

from collections.abc import Sequence

from winnow.dicom import PROFILE, Options
from winnow.server.worker.context import JobContext


def options_of(context: JobContext, chosen: Sequence[str]) -> Options:
    """The project's when the job began, noted for its report: a later attempt goes on with the same."""
    payload = context.job.payload
    if "deidentification" not in payload:
        payload |= {"deidentification": {"profile": PROFILE, "options": list(Options.named(chosen).names)}}
        context.write(payload=payload)
    return Options.named(payload["deidentification"]["options"])
