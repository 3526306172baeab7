"""DICOM media: the DICOMDIR, an index of the files that lie beside it, and which of them did not come.

Source: PS3.3 Annex F (Basic Directory), PS3.10 8.6 (File IDs). An index holds names and dates, and no picture: it is never stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from pydicom.dataset import Dataset
from pydicom.uid import MediaStorageDirectoryStorage

from winnow.dicom.read import open_dataset
from winnow.dicom.refusal import is_directory
from winnow.errors import InvalidInput
from winnow.imaging.archive import safe_path

_MARK = str(MediaStorageDirectoryStorage).encode()  # as the file meta group, near the beginning of the file, names it
_HEAD = 1024
_FILE_SET = b"\x04\x00"  # the first group of an index without file meta group


def may_be_directory(start: bytes) -> bool:
    """Whether a file that begins so, with 1 KB at least, may be a DICOMDIR."""
    return _MARK in start[:_HEAD] or start.startswith(_FILE_SET)


def files_listed_in(data: bytes) -> list[str] | None:
    """``files_of`` for a file's bytes; None where it is no DICOMDIR, or cannot be read."""
    try:
        dataset = open_dataset(data)
    except InvalidInput:
        return None
    return files_of(dataset) if is_directory(dataset) else None


def files_of(directory: Dataset) -> list[str]:
    """The paths that a DICOMDIR lists, relative to its own folder, each once, in its order.

    Broken records are passed over: an index only says what should be there.
    """
    found: dict[str, None] = {}
    try:
        records = list(directory.get("DirectoryRecordSequence") or [])
    except Exception:  # noqa: BLE001  whatever a broken sequence does to the parser
        return []
    for record in records:
        try:
            value = record.get("ReferencedFileID")
        except Exception:  # noqa: BLE001, S112
            continue
        parts = [value] if isinstance(value, str) else list(value or [])
        if path := safe_path("/".join(str(part).strip() for part in parts)):
            found[path] = None
    return list(found)


def missing(listed: Iterable[str], *, directory: str, paths: Iterable[str]) -> list[str]:
    """Those of the listed files that are not among ``paths``, as paths of the upload.

    directory : the path of the DICOMDIR
    paths     : of every file that came. Case, and what file systems of media add (``.``, ``;1``), make no difference.
                Where nothing came in a folder below the DICOMDIR's, as when single files are sent, names alone count
    """
    base = PurePosixPath(directory).parent
    below = [plain for path in paths if (plain := _plain(path)).is_relative_to(_plain(str(base)))]
    flat = all(path.parent == _plain(str(base)) for path in below)
    there = {path.name for path in below} if flat else {str(path) for path in below}
    wanted = {str(base / path): _plain(str(base / path)) for path in listed}
    return [path for path, plain in wanted.items() if (plain.name if flat else str(plain)) not in there]


def _plain(path: str) -> PurePosixPath:
    """A path as it is compared."""
    return PurePosixPath(path.casefold().partition(";")[0].rstrip(".") or ".")
