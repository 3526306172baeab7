"""The OpenAPI document is kept: whatever it allows is answered as it says, and nothing is answered 500.

schemathesis makes the requests: six for each operation, half of them to things that are there, always the same ones.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from server.api.test_routes import ROUTES

from winnow.server.services import accounts

# answered piece by piece, which needs ASGI: test_routes.py and test_jobs.py call them
STREAMED = {"watchJob", "downloadExport", "downloadReport"}
CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance, content_type_conformance]
EXAMPLES = 6


@cache
def document() -> Any:
    """Asked for within a test: the application wants a database even to say this."""
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()

    def closing(environ: Any, start: Any) -> list[bytes]:
        """Werkzeug's client closes no answer, and so none of the files that came with its request."""
        with contextlib.closing(application(environ, start)) as answer:
            return [b"".join(answer)]

    return schemathesis.openapi.from_wsgi("/api/openapi.json", closing)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """A request must not close the connection that holds the test's transaction (as Django's own test client sees to)."""
    ends = (signals.request_started, signals.request_finished)
    for end in ends:
        end.disconnect(close_old_connections)
    yield
    for end in ends:
        end.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("name", sorted(set(ROUTES) - STREAMED))
def test_what_the_document_allows_is_answered_as_it_says(name: str, world: Any) -> None:
    method, path, _ = ROUTES[name]
    token, _ = accounts.create_token(actor=world.root, name="contract")
    headers = {"Authorization": f"Bearer {token}"}
    real = {key: str(value) for key, value in world.numbers.items()}
    turn = count()

    @hypothesis.settings(
        max_examples=EXAMPLES, phases=[Phase.generate], derandomize=True, database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @hypothesis.given(case=document()[path][method].as_strategy())
    def call(case: Any) -> None:
        if next(turn) % 2 == 0:
            case.path_parameters = {key: real.get(key, value) for key, value in (case.path_parameters or {}).items()}
        if "wait" in (case.query or {}):
            case.query["wait"] = 0  # no worker is there to wait for
        case.call_and_validate(checks=CHECKS, headers=headers)

    call()
