"""Masks that came with the images become annotations: matched by name, or by UID where they are DICOM."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from winnow.dicom import Options, is_segmentation, read_segmentation
from winnow.errors import InvalidInput, InvalidMask, UnreadableFile
from winnow.imaging.axes import Axis
from winnow.imaging.coco import Coco, label_map, read_coco
from winnow.imaging.mask import decode_mask_png
from winnow.imaging.nifti import Volume, label_values
from winnow.server.models import Image, Job, Project
from winnow.server.services.given import give_mask
from winnow.server.worker.arrivals import Arrival

Mask = NDArray[np.uint8]
Target = tuple[Image | None, Mask]
FOLDERS = {"mask", "masks", "label", "labels", "labelstr", "labelsts", "segmentation", "segmentations", "annotations"}
_BESIDE = {"image", "images", "imagestr", "imagests", "img", "imgs", "picture", "pictures", "frames", *FOLDERS}
_ENDING = re.compile(r"\.(png|jpe?g|tiff?|nii|gz|dcm|bmp)$", re.IGNORECASE)
_MARK = re.compile(r"[-_ ](mask|masks|seg|segmentation|label|labels|gt)$", re.IGNORECASE)
_CHANNEL = re.compile(r"_0000$")
Key = tuple[str, ...]


def may_be_mask(arrival: Arrival) -> bool:
    """Whether a file is taken for a mask by where it lies and what it is: looked at once the images are in."""
    folders = {part.lower() for part in PurePosixPath(arrival.path).parts[:-1]}
    if arrival.kind in {"png", "nifti"}:
        return bool(folders & FOLDERS) or (arrival.kind == "nifti" and _MARK.search(_stem(arrival.path)) is not None)
    return arrival.kind is None and arrival.path.lower().endswith(".json")


def _stem(path: str) -> str:
    stem = PurePosixPath(path).name
    while _ENDING.search(stem):
        stem = _ENDING.sub("", stem)
    return stem


def key_of(path: str, *, mask: bool = False) -> Key:
    """What an image's path and its mask's have in common: folders but for those that part them, and the bare name."""
    folders = [part for part in PurePosixPath(path).parts[:-1] if part.lower() not in _BESIDE]
    stem = _MARK.sub("", _stem(path)) if mask else _CHANNEL.sub("", _stem(path))
    return (*folders, stem)


@dataclass
class Outcome:
    """What became of the masks in one file."""

    given: int = 0
    same: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        """As an ingested file has it."""
        if self.given or not (self.same or self.problems):
            return "written"
        return "refused" if self.problems else "duplicate"

    @property
    def reason(self) -> str:
        """What a person reads: how many masks came in, and the first of the problems."""
        said = [f"Masks for {self.given} images."] if self.given else []
        if self.same:
            said.append(f"Masks that {self.same} images have already.")
        more = [f"{len(self.problems) - 3} more like this."] if len(self.problems) > 3 else []
        return " ".join([*said, *self.problems[:3], *more])


@dataclass
class Matcher:
    """Gives the masks of one upload to their images.

    paths : of all files of the upload by their position, as sent
    """

    job: Job
    key: bytes
    axis: Axis
    options: Options
    paths: dict[int, str]
    _by_key: dict[Key, set[int]] | None = None

    @property
    def project(self) -> Project:
        return self.job.project

    def take(self, arrival: Arrival, modality: str = "") -> Outcome:
        """Match and store the masks in a file. Raises InvalidInput where it holds none, UnreadableFile when damaged."""
        kind, targets = self._targets(arrival, modality)
        outcome, missing = Outcome(), 0
        for image, mask in targets:
            if image is None:
                missing += 1
                continue
            try:
                said = give_mask(image_id=image.id, mask=self._fitting(mask), actor=self.job.created_by, source=kind)
            except InvalidMask as error:
                outcome.problems.append(f"{image.name}: {error.message}")
                continue
            outcome.given += said == "given"
            outcome.same += said == "same"
            if said == "taken":
                outcome.problems.append(f"{image.name} has been drawn on already: that is kept.")
        if missing:
            outcome.problems.append(f"{missing} masks belong to no image that is here: send the images with them.")
        return outcome

    def _targets(self, arrival: Arrival, modality: str) -> tuple[str, Iterable[Target]]:
        data = arrival.read()
        if is_segmentation(modality):
            return "seg", self._of_dicom(data)
        if arrival.kind == "png":
            return "png", [(self._alone(key_of(arrival.path, mask=True)), decode_mask_png(data))]
        if arrival.kind == "nifti":
            return "nifti", self._of_volume(data, key_of(arrival.path, mask=True))
        coco = read_coco(data)
        if coco is None:
            raise UnreadableFile("This is not an image that can be read: PNG, JPEG, TIFF, NIfTI or DICOM.")
        return "coco", self._of_coco(coco)

    def _fitting(self, mask: Mask) -> Mask:
        """Black and white stands for background and the class, where the project has only one."""
        labels = self.project.labels
        if len(labels) == 1 and set(np.unique(mask)) <= {0, 255} and labels[0]["value"] != 255:
            return np.where(mask > 0, np.uint8(labels[0]["value"]), np.uint8(0))
        return mask

    def _of_volume(self, data: bytes, key: Key) -> Iterator[Target]:
        volume = Volume(data, axis=self.axis)
        first = self._alone(key)
        frames = self._frames(first)
        if first is not None and len(frames) != len(volume):
            raise InvalidInput(f"The label volume has {len(volume)} slices, its image {len(frames)}.")
        for number, mask in enumerate(label_values(volume)):
            image, place = frames.get(number + 1), volume.place(number)
            if image and image.origin_mm and place and np.abs(np.subtract(image.origin_mm, place.origin)).max() > 0.1:
                raise InvalidInput("The label volume lies elsewhere in the patient than its image.")
            yield image, mask

    def _frames(self, first: Image | None) -> dict[int, Image]:
        if first is None or first.series is None or first.frame is None:
            return {}
        return {image.frame: image for image in first.series.images.all() if image.frame is not None}

    def _of_coco(self, coco: Coco) -> Iterator[Target]:
        values = self._values({number: {name} for number, name in coco.categories.items()})
        for drawn in coco.images():
            mask = label_map(drawn, values)
            if mask is not None:  # an image on which nothing is drawn was not necessarily looked at
                yield self._alone(key_of(drawn.name)), mask

    def _of_dicom(self, data: bytes) -> Iterator[Target]:
        """Segments of one frame, which a file may hold far apart, together."""
        found = read_segmentation(data, key=self.key, options=self.options)
        values = self._values(found.segments)
        masks: dict[tuple[str, int], Mask] = {}
        for frame in found.frames:
            mask = masks.setdefault((frame.instance, frame.frame), np.zeros(frame.drawn.shape, np.uint8))
            for number in [frame.segment] if frame.segment else set(np.unique(frame.drawn).tolist()) - {0}:
                if number not in values:
                    raise InvalidInput(f"Segment {number} is no class of this project.")
                mask[frame.drawn == (number if not frame.segment else 1)] = values[number]
        for (instance, number), mask in masks.items():
            images = Image.objects.filter(project=self.project, instance=instance)
            yield images.filter(frame=number).first() or images.filter(frame=None).first(), mask

    def _values(self, names: dict[int, set[str]]) -> dict[int, int]:
        """Class values by the numbers of another file: by name or code, else by the number itself."""
        known = {
            str(label[word]).casefold(): label["value"] for label in self.project.labels for word in ("code", "name")
        }
        own = {label["value"] for label in self.project.labels}
        values: dict[int, int] = {}
        for number, called in names.items():
            named = {known[name.casefold()] for name in called if name and name.casefold() in known}
            if named or number in own:
                values[number] = min(named) if named else number
        taken = Counter(values.values())
        if any(times > 1 for times in taken.values()):
            raise InvalidInput("Two kinds of mask in this file would be the same class of the project.")
        return values

    def _alone(self, key: Key) -> Image | None:
        """The one image of this name in the upload, else in the project. Raises InvalidInput where there are several."""
        ids = self._known().get(key) or self._known().get(key[-1:]) or self._named(key[-1])
        if len(ids) > 1:
            raise InvalidInput(f"{len(ids)} images could be meant: name the mask as its image, with its folders.")
        return Image.objects.select_related("series").filter(id__in=ids).first()

    def _known(self) -> dict[Key, set[int]]:
        """The images of this upload; by their bare names as well, where only one has it."""
        if self._by_key is None:
            found: dict[Key, set[int]] = defaultdict(set)
            lines = self.job.files.filter(image__isnull=False).values_list("position", "image_id")
            for position, image_id in lines:
                if position in self.paths:
                    key = key_of(self.paths[position])
                    for each in {key, key[-1:]}:
                        found[each].add(image_id)
            self._by_key = dict(found)
        return self._by_key

    def _named(self, stem: str) -> set[int]:
        """Images of earlier uploads: by their names, a volume by its first slice."""
        names = self.project.images.filter(name__startswith=stem).values_list("id", "name")
        return {number for number, name in names if _stem(name) in {stem, f"{stem}-0001"}}
