"""The newest of many versions."""

from __future__ import annotations

from django.db.models import Max, QuerySet

from winnow.server.models import Annotation


def newest(*, annotations: QuerySet[Annotation]) -> QuerySet[Annotation]:
    """Of each image the last row among ``annotations``: rows are only ever added."""
    last = annotations.order_by().values("image_id").annotate(last=Max("id")).values("last")
    return Annotation.objects.filter(id__in=last).order_by("image_id")
