"""All doors together: what /api/ is."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from winnow.server.api import (
    errors,
    exports,
    images,
    jobs,
    loop,
    masks,
    pacs,
    paper,
    people,
    presence,
    projects,
    quarantine,
    second_factor,
    test_set,
    tus,
    uploads,
)
from winnow.server.api.schemas.common import ErrorOut

DESCRIPTION = """\
Label the medical images that matter: a committee of networks chooses, a doctor draws, the networks label the rest.

Pages send the session cookie, and the cookie `csrftoken` as header `X-CSRFToken` with whatever changes something;
scripts send `Authorization: Bearer TOKEN`. Lists are `{"items", "next"}`: pass `next` as `?cursor=`. Errors are
`{"error", "message", "detail"}`. `x-needs` says who may call: anybody (public), any user (signed-in), an
administrator, any member of the project, or at least the role annotator, reviewer or manager in it. `x-scope` says
what a token has to be made for: read, annotate or manage.
What a caller may not see is answered 404."""


class Doors(NinjaAPI):
    """Ninja leaves out shapes that no operation answers as its good result; ErrorOut is such a one."""

    def get_openapi_schema(self, *args: Any, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(*args, **options)
        schema["components"]["schemas"][ErrorOut.__name__] = ErrorOut.json_schema()
        return schema


api = Doors(
    title="Winnow",
    version=version("winnow"),
    description=DESCRIPTION,
    urls_namespace="api",
)
errors.install(api)
for door in (
    people,
    second_factor,
    projects,
    uploads,
    pacs,
    quarantine,
    tus,
    images,
    masks,
    presence,
    loop,
    test_set,
    jobs,
    exports,
    paper,
):
    api.add_router("", door.router)
