"""Which errors are a file's or an image's own, and which are the machine's; and how to tell a person."""

from __future__ import annotations

from django.db import DatabaseError

from winnow.errors import JobStopped, OutOfMemory, StorageFull, WinnowError
from winnow.server import storage

# One bad file or image is passed over; these end the whole job.
NOT_THE_FILES_FAULT = (JobStopped, StorageFull, OutOfMemory, MemoryError, OSError, DatabaseError)


def explain(error: Exception) -> WinnowError | None:
    """The named error a person sees instead of what Python raised; None for what nobody foresaw."""
    if isinstance(error, WinnowError):
        return error
    full = isinstance(error, OSError) and error.errno in storage.FULL
    if full or (isinstance(error, DatabaseError) and "disk is full" in str(error)):
        return StorageFull("The disk is full. Free some space, then try again.")
    if isinstance(error, MemoryError):
        return OutOfMemory("There is not enough memory. Try a smaller size, fewer members or smaller images.")
    return None
