"""Pictures become images of a project: blobs first, then rows, each set of pixels once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import PurePosixPath

from winnow.imaging.likeness import look
from winnow.imaging.picture import Picture
from winnow.imaging.place import parallel
from winnow.server import storage
from winnow.server.models import Image, Project, Series
from winnow.server.worker.reading import Found
from winnow.server.worker.series import slice_name

NAME_LENGTH = 255


def fingerprint(picture: Picture, *, within: str = "") -> str:
    """SHA-256 over shape, dtype and pixels: equal for equal pictures, however they were packed.

    within : what tells a picture apart from one with the same pixels, where both are needed: slices of a volume
    """
    little = picture.pixels.astype(picture.pixels.dtype.newbyteorder("<"), order="C", copy=False)
    head = f"{within}{picture.pixels.shape} {picture.pixels.dtype.name}".encode()
    return hashlib.sha256(head + little.tobytes()).hexdigest()


def stored(project: Project, found: Found, *, check: Callable[[], None] = lambda: None) -> list[Image]:
    """The images of one file, not yet saved: their pixels and header are in the storage already.

    check  : called before each picture; ends the work by raising
    raises : StorageFull, and what reading raises; blobs that no row names are harmless, rows without blobs never
             come to be
    """
    header = storage.blobs.put(found.header) if found.header else ""
    images: list[Image] = []
    seen: set[str] = set()
    for frame, picture in enumerate(found.pictures, 1):
        check()
        unique = fingerprint(picture)
        if found.series and (unique in seen or picture.pixels.min() == picture.pixels.max()):
            # blank slices and still moments are part of their series, whatever else looks the same
            unique = fingerprint(picture, within=f"{found.series} {found.instance} {frame} ")
        seen.add(unique)
        image = _image(picture, found, unique)
        image.project, image.header, image.frame = project, header, frame if found.frames else None
        images.append(image)
    return images


def _image(picture: Picture, found: Found, unique: str) -> Image:
    place = picture.place
    return Image(
        position=place.along if place else found.position,
        height=picture.height,
        width=picture.width,
        channels=picture.channels,
        dtype=picture.pixels.dtype.name,
        modality=found.modality[:16],
        spacing_mm=list(picture.spacing_mm) if picture.spacing_mm else None,
        origin_mm=list(place.origin) if place else None,
        orientation=place.orientation if place else None,
        window=[float(value) for value in picture.window],
        pixels=storage.put_array(picture.pixels),
        fingerprint=unique,
        look=look(picture),
        blanked=[list(region) for region in picture.blanked],
        instance=found.instance[:64],
        patient=found.patient[:64] or f"single-{unique[:12]}",
    )


def admit(images: list[Image], found: Found, *, path: str) -> tuple[list[Image], Image | None]:
    """Save those whose pixels the project does not have; also answers the first image found to be there already.

    Inside a transaction.
    """
    new: list[Image] = []
    twin: Image | None = None
    held_out = bool(images and found.patient) and _is_held_out(images[0])
    for number, image in enumerate(images):
        same = Image.objects.filter(project=image.project, fingerprint=image.fingerprint).first()
        if same is not None:
            twin = twin or same
            continue
        if found.header or found.series:
            image.series = _series(image, _uid(image, found, number))
        image.name = _name(image, found, path)
        image.held_out = held_out
        image.save()
        new.append(image)
    return new, twin


def _is_held_out(image: Image) -> bool:
    """More of a patient of the frozen test set: splits never cut through a patient."""
    return Image.objects.filter(project=image.project, patient=image.patient, held_out=True).exists()


def _uid(image: Image, found: Found, number: int) -> str:
    """The series the file belongs to; a file that names none is one of its own."""
    uid = found.series[:56] or f"single-{image.fingerprint[:12]}"
    later = number // found.length if found.length else 0
    return f"{uid}-t{later + 1}" if later else uid


def _series(image: Image, uid: str) -> Series:
    """The series of this name whose slices lie as this one does: each orientation has its own."""
    fields = {"patient": image.patient, "modality": image.modality, "orientation": image.orientation}
    names = (uid if number == 1 else f"{uid}-{number}" for number in count(1))
    series = (Series.objects.get_or_create(project=image.project, uid=name, defaults=fields)[0] for name in names)
    return next(one for one in series if parallel(one.orientation, image.orientation))


def _name(image: Image, found: Found, path: str) -> str:
    if found.header and image.series:
        return _slice_name(image, image.series)
    if not found.frames:
        return _file_name(image.project, path)
    file = PurePosixPath(path)
    stem = file.name.removesuffix(".gz").removesuffix(".nii").removesuffix(".tif").removesuffix(".tiff")
    return _file_name(image.project, str(file.with_name(f"{stem[: NAME_LENGTH - 16]}-{image.frame:04d}")))


def _slice_name(image: Image, series: Series) -> str:
    """A free name in the order of arrival; ``order_series`` gives the final one."""
    number = series.images.count()
    while _is_taken(image.project, name := slice_name(series.modality, series.uid, number)):
        number += 1
    return name


def _file_name(project: Project, path: str) -> str:
    """The file's own name; where another image has it, with the folders, then with a number."""
    return next(name for name in _file_names(path) if not _is_taken(project, name))


def _file_names(path: str) -> Iterator[str]:
    parts = PurePosixPath(path).parts
    yield _shortened(parts[-1] if parts else "unnamed")
    name = _shortened("_".join(parts) or "unnamed")
    yield name
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    for number in count(2):
        yield f"{stem[: NAME_LENGTH - len(suffix) - 12]} ({number}){suffix}"


def _shortened(name: str) -> str:
    suffix = PurePosixPath(name).suffix[:16]
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - len(suffix)] + suffix


def _is_taken(project: Project, name: str) -> bool:
    return Image.objects.filter(project=project, name=name).exists()
