"""`winnow manage openapi`: the description of the HTTP interface, the same bytes for the same code."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand
from ninja.responses import NinjaJSONEncoder

from winnow.server.api.site import api


class Command(BaseCommand):
    """Print the OpenAPI document."""

    help = "print the OpenAPI document of the HTTP interface"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        # by way of JSON, so that keys are text and can be sorted
        document = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/"), cls=NinjaJSONEncoder))
        self.stdout.write(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False))
