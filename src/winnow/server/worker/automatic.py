"""What the committee says about an image, from stored pixels to a stored annotation."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from winnow.active.committee import Committee, Examination
from winnow.imaging.mask import class_pixels
from winnow.server import storage
from winnow.server.models import Annotation, Image, Network
from winnow.server.worker.pictures import picture_of

PURPOSE = Annotation.Purpose.AUTO


def committee_of(network: Network) -> Committee:
    """The loaded committee, kept between jobs: the quick lane answers while somebody waits.

    One thread: threads that wait for each other come to a crawl as soon as another process, the training in the
    other lane, keeps the cores busy.
    """
    torch.set_num_threads(1)
    return _load(network.weights)


@lru_cache(maxsize=1)
def _load(weights: str) -> Committee:
    return Committee.load(storage.blobs.get(weights))


def annotation_of(image: Image, network: Network) -> Annotation | None:
    """What this network says about the image, unless another network has spoken since."""
    newest = Annotation.objects.filter(image=image, purpose=PURPOSE).order_by("-id").first()
    return newest if newest is not None and newest.network_id == network.id else None


def examine(image: Image, network: Network, committee: Committee, *, probabilities: bool = True) -> Annotation:
    """Look at the image and store the mask and the maps; the annotation itself is not saved yet.

    probabilities : kept for an image that a person is likely to draw on: click-to-segment starts from them
    """
    seen = committee.examine(picture_of(image))
    annotation = annotate(image, network, seen)
    annotation.probabilities = storage.put_array(seen.probabilities) if probabilities else ""
    return annotation


def annotate(image: Image, network: Network, seen: Examination) -> Annotation:
    """The annotation of an examination: its blobs are stored, the row is for the caller's transaction."""
    return Annotation(
        image=image,
        network=network,
        author=f"network {network.number}",
        purpose=PURPOSE,
        version=0,
        mask=storage.put_array(seen.mask),
        uncertainty=storage.put_array(seen.uncertainty.astype(np.float16)),
        class_pixels=class_pixels(seen.mask),
        quality=float(seen.quality),
    )


def keep(annotation: Annotation) -> Annotation:
    """Save it as the image's newest and this network's only one. Inside a transaction.

    A worker before us, killed or fenced out since, may have saved the same already: then that one stays.
    """
    same = Annotation.objects.filter(image=annotation.image, network=annotation.network, purpose=PURPOSE)
    newest = Annotation.objects.filter(image=annotation.image, purpose=PURPOSE).order_by("-id").first()
    if newest is not None and newest.network_id == annotation.network_id:
        return newest
    same.delete()
    annotation.save()
    return annotation
