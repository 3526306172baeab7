"""Names of files and folders often hold what their contents no longer do."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

from winnow.dicom.values import fold, tokens


def scrub_path(path: str, identifying: set[str]) -> str:
    """The path with each part that holds an identifying value replaced by a short hash and its suffix.

    identifying : original values, as ``Deidentified.values``; case does not matter, parts of names count
    """
    words = tokens(identifying)
    parts = PurePosixPath(path).parts
    return str(PurePosixPath(*(_scrubbed(part, words) for part in parts))) if parts else path


def _scrubbed(part: str, words: set[str]) -> str:
    folded = fold(part)
    if not any(word in folded for word in words):
        return part
    suffix = PurePosixPath(part).suffix
    harmless = len(suffix) <= 5 and not any(word in fold(suffix) for word in words)
    return hashlib.sha256(part.encode(errors="replace")).hexdigest()[:8] + (suffix if harmless else "")
