"""Have the network in use label what nobody labelled: all of it, or one image now."""

from __future__ import annotations

from django.db.models import QuerySet

from winnow.active.committee import Committee
from winnow.errors import NotFound, WinnowError
from winnow.server.models import Annotation, Image, Network
from winnow.server.services.pool import open_images
from winnow.server.worker.automatic import annotation_of, committee_of, examine, keep
from winnow.server.worker.context import JobContext
from winnow.server.worker.faults import NOT_THE_FILES_FAULT

OPEN = (Image.State.UNLABELLED, Image.State.AUTO)
MAX_FAILED = 1000


def run(context: JobContext) -> None:
    """Label image after image; one that cannot be labelled is named and passed over.

    payload : network id; images: ids, or None for all that nobody labelled
    result  : {"images": labelled by this network, "failed": [{"image", "reason"}]}
    """
    network = _network(context)
    ids = list(_wanted(context).values_list("id", flat=True))
    committee = committee_of(network)
    done, failed = 0, []
    for position, image_id in enumerate(ids):
        context.progress(position / len(ids), f"image {position + 1} of {len(ids)}")
        problem = _try(context, image_id, network, committee)
        if problem is None:
            done += 1
        else:
            failed.append({"image": image_id, "reason": problem})
            context.log(f"image {image_id}: {problem}")
    with context.transaction():
        context.record("autoannotate.done", f"network {network.id}", images=done, failed=len(failed))
        message = f"Network {network.number} labelled {done} images" + (f", {len(failed)} failed." if failed else ".")
        context.succeed({"images": done, "failed": failed[:MAX_FAILED]}, message)


def run_segment(context: JobContext) -> None:
    """Label one image at once; a mask this network gave it before is answered again, now with its probabilities.

    payload : image id, network id
    result  : {"image": id, "annotation": id}
    """
    network = _network(context)
    image = _image(context.payload["image"])
    annotation = annotation_of(image, network)
    if annotation is None or not annotation.probabilities:
        fresh = examine(image, network, committee_of(network))
        annotation = annotation or fresh
        annotation.probabilities = fresh.probabilities
    with context.transaction():
        kept = _lay_in(annotation)
        Annotation.objects.filter(id=kept.id).update(probabilities=annotation.probabilities)
        context.record("segment.done", f"network {network.id}", image=image.id)
        context.succeed({"image": image.id, "annotation": kept.id}, f"Labelled by network {network.number}.")


def _network(context: JobContext) -> Network:
    network = Network.objects.filter(id=context.payload["network"], project=context.project).first()
    if network is None:
        raise NotFound("The network that was to label is gone.")
    return network


def _image(image_id: int) -> Image:
    image = Image.objects.filter(id=image_id).first()
    if image is None:
        raise NotFound("The image is gone.")
    return image


def _wanted(context: JobContext) -> QuerySet[Image]:
    images = open_images(project=context.project).order_by("id")
    wanted = context.payload.get("images")
    return images if wanted is None else images.filter(id__in=wanted)


def _try(context: JobContext, image_id: int, network: Network, committee: Committee) -> str | None:
    """Label one image; answers why that was not possible, or None."""
    try:
        image = _image(image_id)
        annotation = annotation_of(image, network)
        if annotation is None or image.state != Image.State.AUTO:
            annotation = annotation or examine(image, network, committee, probabilities=False)
            with context.transaction():
                _lay_in(annotation)
    except NOT_THE_FILES_FAULT:
        raise
    except Exception as error:  # noqa: BLE001 one bad image must not cost the others their labels
        return error.message if isinstance(error, WinnowError) else f"unexpected: {type(error).__name__}"
    return None


def _lay_in(annotation: Annotation) -> Annotation:
    """Keep the mask; the image's state follows only if nobody drew on it or was asked to meanwhile."""
    kept = keep(annotation)
    Image.objects.filter(id=kept.image_id, state__in=OPEN).update(state=Image.State.AUTO)
    return kept
