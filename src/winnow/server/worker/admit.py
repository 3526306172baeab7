"""Pictures become images of a project: blobs first, then rows, each set of pixels once."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

from winnow.imaging.picture import Picture
from winnow.server import storage
from winnow.server.models import Image, Project, Series
from winnow.server.worker.reading import Found
from winnow.server.worker.series import slice_name

NAME_LENGTH = 255


def fingerprint(picture: Picture) -> str:
    """SHA-256 over shape, dtype and pixels: equal for equal pictures, however they were packed."""
    little = picture.pixels.astype(picture.pixels.dtype.newbyteorder("<"), order="C", copy=False)
    head = f"{picture.pixels.shape} {picture.pixels.dtype.name}".encode()
    return hashlib.sha256(head + little.tobytes()).hexdigest()


def stored(project: Project, found: Found) -> list[Image]:
    """The images of one file, not yet saved: their pixels and header are in the storage already.

    raises : StorageFull; blobs that no row names are harmless, rows without blobs never come to be
    """
    header = storage.blobs.put(found.header) if found.header else ""
    images = []
    for picture in found.pictures:
        unique = fingerprint(picture)
        images.append(
            Image(
                project=project,
                position=found.position,
                height=picture.height,
                width=picture.width,
                channels=picture.channels,
                dtype=picture.pixels.dtype.name,
                modality=found.modality[:16],
                spacing_mm=list(picture.spacing_mm) if picture.spacing_mm else None,
                window=[float(value) for value in picture.window],
                pixels=storage.put_array(picture.pixels),
                header=header,
                fingerprint=unique,
                patient=found.patient[:64] or f"single-{unique[:12]}",
            )
        )
    return images


def admit(images: list[Image], found: Found, *, path: str) -> tuple[list[Image], Image | None]:
    """Save those whose pixels the project does not have; also answers the first image found to be there already.

    Inside a transaction.
    """
    series = _series(images[0], found) if found.header else None
    new: list[Image] = []
    twin: Image | None = None
    for image in images:
        same = Image.objects.filter(project=image.project, fingerprint=image.fingerprint).first()
        if same is not None:
            twin = twin or same
            continue
        image.series = series
        image.name = _slice_name(image, series) if series else _file_name(image.project, path)
        image.save()
        new.append(image)
    return new, twin


def _series(image: Image, found: Found) -> Series:
    """The series the file belongs to; a file that names none is one of its own."""
    uid = found.series_uid[:64] or f"single-{image.fingerprint[:12]}"
    fields = {"patient": image.patient, "modality": image.modality}
    return Series.objects.get_or_create(project=image.project, uid=uid, defaults=fields)[0]


def _slice_name(image: Image, series: Series) -> str:
    """A free name in the order of arrival; ``order_series`` gives the final one."""
    number = series.images.count()
    while _is_taken(image.project, name := slice_name(series.modality, series.uid, number)):
        number += 1
    return name


def _file_name(project: Project, path: str) -> str:
    """The file's own name; where another image has it, with the folders, then with a number."""
    parts = PurePosixPath(path).parts
    name = _shortened(parts[-1] if parts else "unnamed")
    if _is_taken(project, name):
        name = _shortened("_".join(parts))
    stem, suffix, number = PurePosixPath(name).stem, PurePosixPath(name).suffix, 1
    while _is_taken(project, name):
        number += 1
        name = f"{stem[: NAME_LENGTH - len(suffix) - 12]} ({number}){suffix}"
    return name


def _shortened(name: str) -> str:
    suffix = PurePosixPath(name).suffix[:16]
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - len(suffix)] + suffix


def _is_taken(project: Project, name: str) -> bool:
    return Image.objects.filter(project=project, name=name).exists()
