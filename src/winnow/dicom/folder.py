"""A folder or ZIP of DICOM files in, de-identified files and a report out: ``winnow deidentify``."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from winnow.dicom.account import Change
from winnow.dicom.deidentify import Deidentified, Deidentifier
from winnow.dicom.identity import identifying_values
from winnow.dicom.options import Options
from winnow.dicom.read import open_dataset
from winnow.dicom.rules import PROFILE
from winnow.dicom.scrub import scrub_paths
from winnow.dicom.second_look import second_look
from winnow.dicom.values import text
from winnow.dicom.write import file_bytes
from winnow.errors import InvalidInput, NotFound, UnsafeArchive
from winnow.imaging.archive import walk_archive
from winnow.imaging.files import ARCHIVES, HEAD, sniff

_Source = tuple[str, Callable[[], bytes]]


def deidentify_folder(source: Path, destination: Path, *, key: bytes, options: Options | None = None) -> dict[str, Any]:
    """De-identifies every file under ``source`` into ``destination`` by PS3.15's basic profile and ``options``.

    source      : a folder, a ZIP or one DICOM file; pixels keep their encoding and values
    destination : a folder, made if missing, neither inside ``source`` nor around it; its files are
                  named by their new UIDs: ``SERIES/INSTANCE.dcm``
    key         : the same key gives the same UIDs and pseudonyms, today and next year
    returns     : {"profile", "options", "files": [{"path", "status", "reason", "changes": [{"tag", "action",
                  "old"}]}]}, one entry for each input file: written, quarantined (not written, with the reason)
                  or duplicate; ``old`` is a hash with the key; nested attributes' changes carry the ``path`` of
                  their item, too
    raises      : NotFound without a source; InvalidInput for a destination in the source, and for the option
                  clean_pixel_data, which is for the server; UnsafeArchive
    """
    if not source.exists():
        raise NotFound(f"There is no {source}.")
    if options and options.clean_pixel_data:
        raise InvalidInput("Text in pixels is not searched for here: leave the option clean-pixel-data out.")
    here, there = source.resolve(), destination.resolve()
    if here.is_dir() and (there.is_relative_to(here) or here.is_relative_to(there)):
        raise InvalidInput("The destination must be another folder than the source.")
    destination.mkdir(parents=True, exist_ok=True)
    options = options or Options()
    work = _Work(destination=destination, key=key, options=options)
    files = [work.entry(path, read) for path, read in _sources(source)]
    paths = scrub_paths([(path, identifying) for path, identifying, _ in files])
    return {
        "profile": PROFILE,
        "options": list(options.names),
        "files": [{"path": path, **entry} for path, (_, _, entry) in zip(paths, files, strict=True)],
    }


def _sources(source: Path) -> Iterator[_Source]:
    """Each file's path, relative to the source, and how to read it; symbolic links are not followed."""
    if source.is_dir():
        for path in sorted(path for path in source.rglob("*") if path.is_file() and not path.is_symlink()):
            yield path.relative_to(source).as_posix(), path.read_bytes
        return
    with source.open("rb") as stream:
        head = stream.read(HEAD)
    if sniff(head) in ARCHIVES:
        for entry in walk_archive(source, name=source.name):
            yield entry.path, entry.read
    else:
        yield source.name, source.read_bytes


def load_or_make_key(path: Path | None) -> bytes:
    """The secret key in a file, made with 32 random bytes (mode 600) where there is none; without a path a passing one.

    raises : InvalidInput for a key of fewer than 16 bytes
    """
    if path is None:
        return secrets.token_bytes(32)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    key = path.read_bytes()
    if len(key) < 16:
        raise InvalidInput(f"The key in {path} has {len(key)} bytes; 16 are the least.")
    return key


class _Work:
    """One run: remembers which instances it has written."""

    def __init__(self, *, destination: Path, key: bytes, options: Options) -> None:
        self._destination, self._options = destination, options
        self._deidentifier = Deidentifier(key, options)
        self._written: dict[Path, str] = {}

    def entry(self, path: str, read: Callable[[], bytes]) -> tuple[str, set[str] | None, dict[str, Any]]:
        """One file's path, what in it identifies somebody (None: nobody knows) and its entry in the report."""
        try:
            data = read()
        except UnsafeArchive:
            raise
        except InvalidInput as error:
            return path, None, _entry("quarantined", error.message)
        except OSError:
            return path, None, _entry("quarantined", "The file cannot be read from the disk.")
        try:
            dataset = open_dataset(data)
        except InvalidInput as error:
            return path, None, _entry("quarantined", error.message)
        try:
            done = self._deidentifier.apply(dataset)
            implicit, little_endian = dataset.original_encoding
            clean = file_bytes(done.dataset, implicit=implicit is not False, little_endian=little_endian is not False)
            second_look(data, clean, options=self._options)
            return path, done.values, self._write(clean, done)
        except InvalidInput as error:
            return path, identifying_values(dataset), _entry("quarantined", error.message)

    def _write(self, data: bytes, done: Deidentified) -> dict[str, Any]:
        digest = hashlib.sha256(data).hexdigest()
        series = text(done.dataset, "SeriesInstanceUID") or "no-series"
        instance = text(done.dataset, "SOPInstanceUID") or digest[:16]
        # files of one instance UID with other contents occur (sent again in another encoding): all are kept
        names = (f"{instance}{'' if n == 1 else f'-{n}'}.dcm" for n in itertools.count(1))
        target = next(path for path in map(Path(series).joinpath, names) if self._written.get(path) in {None, digest})
        if target in self._written:
            return _entry("duplicate", "The same file came before.")
        self._written[target] = digest
        full = self._destination / target
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(data)
        return _entry("written", "", done.changes)


def _entry(status: str, reason: str, changes: Sequence[Change] = ()) -> dict[str, Any]:
    """A line of the report but for its path."""
    return {"status": status, "reason": reason, "changes": [change.as_dict() for change in changes]}
