"""A folder or ZIP of DICOM files in, de-identified files and a report out: ``winnow deidentify``."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from winnow.dicom.account import Change, Regions
from winnow.dicom.burned_in import expected_text
from winnow.dicom.deidentify import Deidentified, Deidentifier
from winnow.dicom.identity import PIXELS, identifying_values
from winnow.dicom.isolated import decoded, without_regions
from winnow.dicom.media import files_of, missing
from winnow.dicom.options import Options
from winnow.dicom.read import open_dataset
from winnow.dicom.refusal import is_directory, refuse_unsafe
from winnow.dicom.rules import PROFILE
from winnow.dicom.scrub import scrub_paths
from winnow.dicom.second_look import second_look
from winnow.dicom.values import text
from winnow.dicom.write import file_bytes
from winnow.errors import CannotDeidentify, InvalidInput, NotFound, TextSearchAway, UnsafeArchive
from winnow.imaging.archive import walk_archive
from winnow.imaging.files import ARCHIVES, HEAD, sniff
from winnow.imaging.text_search import BLANK, BURNED_IN, EVERY, OFF, Search

_Source = tuple[str, Callable[[], bytes]]
_Told = tuple[str, set[str] | None, dict[str, Any]]  # a file's path, what in it identifies somebody, and its entry


def deidentify_folder(
    source: Path, destination: Path, *, key: bytes, options: Options | None = None, burned_in: str = BLANK
) -> dict[str, Any]:
    """De-identifies every file under ``source`` into ``destination`` by PS3.15's basic profile and ``options``.

    source      : a folder, a ZIP or one DICOM file; pixels keep their encoding and values but where text is blanked
    destination : a folder, made if missing, neither inside ``source`` nor around it; its files are
                  named by their new UIDs: ``SERIES/INSTANCE.dcm``
    key         : the same key gives the same UIDs and pseudonyms, today and next year
    burned_in   : what becomes of text in the pixels: "blank", "quarantine" (the file is not written) or "off"
    returns     : {"profile", "options", "files": [{"path", "status", "reason", "changes": [{"tag", "action",
                  "old"}]}]}, one entry for each input file: written, quarantined (not written, with the reason)
                  or duplicate; ``old`` is a hash with the key; nested attributes' changes carry the ``path`` of
                  their item, blanked pixels' the ``regions``, too; a DICOMDIR's entry carries as ``missing`` what
                  it lists and what is not there, if anything
    raises      : NotFound without a source; InvalidInput for a destination in the source, for another
                  ``burned_in``, and for the option clean_pixel_data, which says the same; UnsafeArchive
    """
    if not source.exists():
        raise NotFound(f"There is no {source}.")
    if burned_in not in BURNED_IN:
        raise InvalidInput(f"Text in pixels is not {burned_in!r}; it is one of {', '.join(BURNED_IN)}.")
    if options and options.clean_pixel_data:
        raise InvalidInput(
            "What becomes of text in pixels is said by burned-in: leave the option clean-pixel-data out."
        )
    here, there = source.resolve(), destination.resolve()
    if here.is_dir() and (there.is_relative_to(here) or here.is_relative_to(there)):
        raise InvalidInput("The destination must be another folder than the source.")
    destination.mkdir(parents=True, exist_ok=True)
    options = options or Options()
    work = _Work(destination=destination, key=key, options=options, search=Search(burned_in))
    if burned_in != OFF:
        for _, read in itertools.islice(_sources(source), 0, None, EVERY):
            work.sample(read)
    files = [work.entry(path, read) for path, read in _sources(source)]
    gone = _tell_missing(work.listed, files)
    known: list[tuple[str, set[str] | None]] = [(path, identifying) for path, identifying, _ in files]
    paths = scrub_paths([*known, *((path, None) for path in itertools.chain(*gone.values()))])
    behind = iter(paths[len(files) :])
    for number, names in gone.items():
        files[number][2]["missing"] = list(itertools.islice(behind, len(names)))
    return {
        "profile": PROFILE,
        "options": list(options.names),
        "files": [{"path": path, **entry} for path, (_, _, entry) in zip(paths, files, strict=False)],
    }


def _tell_missing(listed: dict[str, list[str]], files: Sequence[_Told]) -> dict[int, list[str]]:
    """Writes into the entry of each DICOMDIR what it is; the files that it lists and that are not there, by its place."""
    gone: dict[int, list[str]] = {}
    for number, (path, _, entry) in enumerate(files):
        if path not in listed:
            continue
        lost = missing(listed[path], directory=path, paths=[path for path, _, _ in files])
        entry["reason"] = f"It is a DICOMDIR, an index of {len(listed[path])} files: nothing of it is kept."
        if lost:
            entry["reason"] += f" {len(lost)} of them are not there."
            gone[number] = lost
    return gone


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
    """One run: remembers which instances it has written, and in which series there was text."""

    def __init__(self, *, destination: Path, key: bytes, options: Options, search: Search) -> None:
        self._destination, self._options, self._search = destination, options, search
        self._deidentifier = Deidentifier(key, options)
        self._written: dict[Path, str] = {}
        self.listed: dict[str, list[str]] = {}  # by a DICOMDIR's path, what it lists

    def sample(self, read: Callable[[], bytes]) -> None:
        """Look for text in one of the slices of a series; what is wrong with the file is told by ``entry``."""
        with suppress(OSError, InvalidInput, TextSearchAway):
            data = read()
            dataset = open_dataset(data)
            if (expected := expected_text(dataset)) == "seldom":
                self._search.sample(decoded(data, dataset), expected, self._series(dataset))

    def entry(self, path: str, read: Callable[[], bytes]) -> _Told:
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
        if is_directory(dataset):
            self.listed[path] = files_of(dataset)
            return path, identifying_values(dataset), _entry("quarantined", "")
        try:
            regions = self._regions(data, dataset)
            done = self._deidentifier.apply(dataset, pixels_cleaned=regions is not None, blanked=regions or ())
            implicit, little_endian = dataset.original_encoding
            clean = file_bytes(done.dataset, implicit=implicit is not False, little_endian=little_endian is not False)
            if regions:
                clean = without_regions(clean, done.dataset, regions)
            second_look(data, clean, options=self._options)
            return path, done.values, self._write(clean, done)
        except InvalidInput as error:
            return path, identifying_values(dataset), _entry("quarantined", error.message)

    def _regions(self, data: bytes, dataset: Dataset) -> Regions | None:
        """Where text is burned into a file's pixels; None where nobody searched, so that nobody says there is none."""
        expected, series = expected_text(dataset), self._series(dataset)
        refuse_unsafe(dataset, pixels_cleaned=True)
        if not any(tag in dataset for tag in PIXELS) or not self._search.needed(expected, series):
            return None
        try:
            pictures = decoded(data, dataset)
        except InvalidInput as error:
            raise CannotDeidentify(f"Its pixels cannot be searched for text: {error.message}") from error
        searched = self._search.frames(pictures, expected, series)
        return searched[0].blanked if searched else None

    def _series(self, dataset: Dataset) -> str:
        return self._deidentifier.uid(text(dataset, "SeriesInstanceUID"))

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
        return _entry("written", self._search.remark, done.changes)


def _entry(status: str, reason: str, changes: Sequence[Change] = ()) -> dict[str, Any]:
    """A line of the report but for its path."""
    return {"status": status, "reason": reason, "changes": [change.as_dict() for change in changes]}
