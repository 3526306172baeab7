"""Multipart uploads to the disk, their SHA-256 computed on the way (settings.FILE_UPLOAD_HANDLERS)."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class HashingUploadHandler(TemporaryFileUploadHandler):
    """As Django's handler; the file it hands over knows its hash: ``sha256``, in hex."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        super().new_file(*args, **kwargs)
        self._digest = hashlib.sha256()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """A piece of it goes to the disk. Raises OSError as writing does."""
        self._digest.update(raw_data)
        return super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:
        """All of it has come."""
        file = super().file_complete(file_size)
        vars(file)["sha256"] = self._digest.hexdigest()
        return file
