"""Everything on disk that is not a row: blobs by content hash, uploads on their way in, packages on their way out.

Layout of the data directory (settings.WINNOW_DATA_DIR), all of it readable by its owner only:

blobs/ab/abcd…   content-addressed, immutable
incoming/ID/     an upload until its job has de-identified it, then gone
exports/         finished packages
jobs/ID/         checkpoints of a running job
quarantine/ID/   pixels that wait for a manager to look at them, then gone
looks/NAME/      what a network said about images, in numbers; may be deleted at any time
keys/ID          the project's key for pseudonyms
keys/secrets     the key of the passwords in the database
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

import deflate
import numpy as np
import numpy.typing as npt
from django.conf import settings

from winnow.errors import CorruptData, NotFound, StorageFull

# a full disk, an exhausted quota, a file larger than the file system or a limit of the process allows
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Blobs:
    """Immutable bytes under their SHA-256. ``root`` defaults to the data directory of the settings."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root

    @property
    def root(self) -> Path:
        """The folder of the blobs; read at each use, so that tests and commands may move it."""
        return self._root or _data_dir() / "blobs"

    def path(self, digest: str) -> Path:
        """Where the blob of this hash lies, whether or not it is there."""
        return self.root / digest[:2] / digest

    def exists(self, digest: str) -> bool:
        """Whether the blob is there."""
        return self.path(digest).is_file()

    def put(self, data: bytes) -> str:
        """Store bytes and answer their SHA-256 in hex; raises StorageFull, and then nothing was stored."""
        digest = hashlib.sha256(data).hexdigest()
        path = self.path(digest)
        try:
            os.utime(path)  # young again: a sweep of unnamed blobs leaves it to the row that will name it
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(path, data)
        return digest

    def get(self, digest: str) -> bytes:
        """Read bytes back; raises NotFound when they are gone, CorruptData when they are not what was stored."""
        try:
            data = self.path(digest).read_bytes()
        except FileNotFoundError:
            raise NotFound(f"Blob {digest[:12]} is not in the storage.", digest=digest) from None
        if hashlib.sha256(data).hexdigest() != digest:
            raise CorruptData(f"Blob {digest[:12]} does not match its hash: restore it from a back-up.", digest=digest)
        return data


blobs = Blobs()


def put_array(array: npt.NDArray[Any]) -> str:
    """Store an array as gzip of its little-endian C-ordered bytes; equal arrays give equal blobs."""
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    # packing was a quarter of an ingest: libdeflate takes less than half of zlib's time and 2 % fewer bytes;
    # its higher levels take up to twice as long for another 1 % (CT)
    return blobs.put(bytes(deflate.gzip_compress(little.data, 1)))


def get_array(digest: str, *, shape: tuple[int, ...], dtype: str) -> npt.NDArray[Any]:
    """Read an array back; raises CorruptData when the stored bytes do not fill ``shape``."""
    data = deflate.gzip_decompress(blobs.get(digest))
    array = np.frombuffer(data, dtype=np.dtype(dtype).newbyteorder("<"))
    if array.size != np.prod(shape, dtype=int):
        raise CorruptData(f"Blob {digest[:12]} holds {array.size} values, not {shape}.", digest=digest)
    return array.astype(dtype).reshape(shape)  # a copy: writable, and of the machine's own byte order


def write_atomically(path: Path, data: bytes) -> None:
    """Write to a temporary name, sync, rename: a reader sees all of it or nothing. Raises StorageFull."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        _sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise storage_error(error) from error


def storage_error(error: OSError) -> Exception:
    """StorageFull for a full disk or an exhausted quota, else the error itself."""
    if error.errno in FULL:
        return StorageFull("The disk is full: free space, then try again; nothing was stored.")
    return error


def need_free(size: int) -> None:
    """Raises StorageFull unless so many bytes fit on the disk and WINNOW_MIN_FREE_BYTES stay free."""
    free = shutil.disk_usage(_data_dir()).free
    if size + settings.WINNOW_MIN_FREE_BYTES > free:
        raise StorageFull(
            f"The disk has {free // 1_000_000:,} MB left, too few for this: free space, then try again.", free=free
        )


def incoming_dir() -> Path:
    """The private folder that everything comes into."""
    return _folder("incoming")


def incoming(upload_id: str) -> Path:
    """The private folder of one upload, made on first use."""
    return _folder("incoming", upload_id)


def incoming_path(upload_id: str) -> Path:
    """Where the folder of an upload is, whether or not it is there."""
    return _data_dir() / "incoming" / _plain(upload_id)


def discard_incoming(upload_id: str) -> None:
    """Remove an upload with everything in it; fine when it is gone already."""
    shutil.rmtree(incoming_path(upload_id), ignore_errors=True)


def exports_dir() -> Path:
    """The folder of finished packages."""
    return _folder("exports")


def scratch(job_id: int) -> Path:
    """The folder of a job's checkpoints: it outlives a killed worker."""
    return _folder("jobs", str(job_id))


def discard_scratch(job_id: int) -> None:
    """Remove a job's checkpoints; fine when there are none."""
    shutil.rmtree(_data_dir() / "jobs" / str(job_id), ignore_errors=True)


def looks(name: str) -> Path:
    """The folder of what one network said about images (worker/kept.py)."""
    return _folder("looks", name)


def all_looks() -> list[Path]:
    """Every such folder."""
    return list(_folder("looks").iterdir())


def quarantine(name: str) -> Path:
    """The private folder of one file in quarantine, made on first use."""
    return _folder("quarantine", name)


def discard_quarantined(name: str) -> None:
    """Remove a file in quarantine with its pixels; fine when it is gone already."""
    shutil.rmtree(_data_dir() / "quarantine" / _plain(name), ignore_errors=True)


def project_key(project_id: int) -> bytes:
    """The 32 random bytes that key a project's pseudonyms, made on first use and never sent anywhere."""
    return _key(str(project_id))


def secrets_key() -> bytes:
    """The 32 random bytes that encrypt passwords in the database (services/secret.py), made on first use."""
    return _key("secrets")


def discard_project_key(project_id: int) -> None:
    """Forget a project's key: nobody can link its pseudonyms to an original any more."""
    (_data_dir() / "keys" / str(project_id)).unlink(missing_ok=True)


def _key(name: str) -> bytes:
    path = _folder("keys") / name
    if not path.exists():
        part = path.with_name(f".{name}.{secrets.token_hex(4)}")
        write_atomically(part, secrets.token_bytes(32))
        try:
            os.link(part, path)  # unlike rename, never replaces a key that another process just made
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return path.read_bytes()


def _data_dir() -> Path:
    return Path(settings.WINNOW_DATA_DIR)


def _plain(name: str) -> str:
    """A name that is one component of a path and nothing else."""
    if not name or not name.replace("-", "").replace("_", "").isalnum():
        raise NotFound("There is no such upload.")
    return name


def _folder(*names: str) -> Path:
    path = _data_dir().joinpath(*(_plain(name) for name in names))
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
