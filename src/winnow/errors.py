"""Every error Winnow raises on purpose, and what the caller is to do about it.

WinnowError
├── InvalidInput            what was sent cannot be used; correct it and send again
│   ├── UnreadableFile      the bytes are not the image, archive or document they claim to be
│   ├── UnsafeArchive       an archive that would fill the disk or leave its folder
│   ├── ChecksumMismatch    a piece of an upload was damaged on its way: send it again
│   ├── ChecksumUnknown     a checksum that is not checked here: send SHA-256, or none
│   ├── CannotDeidentify    a file that cannot be made safe to store: it is quarantined
│   └── InvalidMask         a mask of the wrong size or with values the project has no class for
├── Unauthenticated         sign in, or send a token
│   └── SecondFactorNeeded  the password is right: send the code of the second factor, too
├── TooManyAttempts         too many wrong passwords: wait as long as the message says
├── NotAllowed              ask a manager for the right
├── NotFound                there is no such thing, or not for this user
├── Conflict                the state of things forbids it now
│   ├── StaleVersion        somebody saved in between: compare both versions
│   ├── UnknownVersion      a change of a version that is not there: save the whole mask
│   ├── WrongState          the image, round or job is not in a state that allows this
│   └── TooFewLabels        label more images first
├── TooLarge                over a limit that settings.md names
├── StorageFull             free disk space, then try again: nothing was stored
├── CorruptData             stored bytes do not match their hash: restore them from a back-up
├── OutOfMemory             the training does not fit; the message says what would
├── ClusterAway             the Dask scheduler does not answer: start it, then the job again
├── TextSearchAway          tesseract is not there or fails: install it, then upload again
├── PacsAway                the PACS is not reached, too slow or not ready: see to it, then ask again
├── PacsRefuses             the PACS says no, or what cannot be used: check its address, user and password
└── JobStopped              the worker must drop this job and touch nothing more
    ├── JobCancelled        a person asked for it
    └── LeaseLost           another worker has taken the job up

Errors carry a sentence for people and a ``detail`` for programs. HTTP statuses are not their
business: ``server/api/errors.py`` holds them. Source of each line: docs/reference/errors.md.
"""

from __future__ import annotations

from typing import Any


class WinnowError(Exception):
    """Root of the tree: catch this to catch everything Winnow raises on purpose."""

    def __init__(self, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.message = message
        self.detail: dict[str, Any] = detail


class InvalidInput(WinnowError):
    """What was sent cannot be used; correct it and send again."""


class UnreadableFile(InvalidInput):
    """The bytes are not the image, archive or document they claim to be."""


class UnsafeArchive(InvalidInput):
    """An archive that would fill the disk or leave its folder."""


class ChecksumMismatch(InvalidInput):
    """A piece of an upload was damaged on its way: send it again."""


class ChecksumUnknown(InvalidInput):
    """A checksum that is not checked here: send SHA-256, or none."""


class CannotDeidentify(InvalidInput):
    """A file that cannot be made safe to store: it is quarantined with this reason."""


class InvalidMask(InvalidInput):
    """A mask of the wrong size or with values the project has no class for."""


class Unauthenticated(WinnowError):
    """Sign in, or send a token."""


class SecondFactorNeeded(Unauthenticated):
    """The password is right: send the code of the second factor, too."""


class TooManyAttempts(WinnowError):
    """Too many wrong passwords: wait as long as the message says."""


class NotAllowed(WinnowError):
    """Ask a manager for the right."""


class NotFound(WinnowError):
    """There is no such thing, or not for this user."""


class Conflict(WinnowError):
    """The state of things forbids it now."""


class StaleVersion(Conflict):
    """Somebody saved in between: compare both versions."""


class UnknownVersion(Conflict):
    """A change of a version that is not there: save the whole mask."""


class WrongState(Conflict):
    """The image, round or job is not in a state that allows this."""


class TooFewLabels(Conflict):
    """Label more images first."""


class TooLarge(WinnowError):
    """Over a limit that docs/reference/settings.md names."""


class StorageFull(WinnowError):
    """Free disk space, then try again: nothing was stored."""


class CorruptData(WinnowError):
    """Stored bytes do not match their hash: restore them from a back-up."""


class OutOfMemory(WinnowError):
    """The training does not fit into memory; the message says what would."""


class ClusterAway(WinnowError):
    """The Dask scheduler does not answer: start it, then the job again."""


class TextSearchAway(WinnowError):
    """tesseract, which looks for text in pixels, is not there or fails: install it, then upload again."""


class PacsAway(WinnowError):
    """The PACS is not reached, too slow or not ready: see to it, then ask again."""


class PacsRefuses(WinnowError):
    """The PACS says no, or what cannot be used: check its address, user and password."""


class JobStopped(WinnowError):
    """The worker must drop this job and touch nothing more."""


class JobCancelled(JobStopped):
    """A person asked for the job to end."""


class LeaseLost(JobStopped):
    """Another worker has taken the job up."""
