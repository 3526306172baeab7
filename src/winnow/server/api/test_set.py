"""Doors for the frozen test set."""

from __future__ import annotations

from ninja import Router

from winnow.server.api.route import Request, route
from winnow.server.api.schemas.loop import TestSetIn, TestSetOut
from winnow.server.services import test_set

router = Router(tags=["loop"])
ADDRESS = "/projects/{int:project_id}/test-set"


@route(router, "GET", ADDRESS, needs="member", operation_id="getTestSet", response={200: TestSetOut})
def get_test_set(request: Request, project_id: int) -> TestSetOut:
    """How large the frozen test set is and how far it is drawn; all zeros where there is none."""
    return TestSetOut(**test_set.state(project=request.project))


@route(router, "POST", ADDRESS, needs="manager", operation_id="freezeTestSet", response={201: TestSetOut})
def freeze_test_set(request: Request, project_id: int, body: TestSetIn | None = None) -> TestSetOut:
    """Draw patients by lot, hold them out of all training, and ask for labels of some of their images.

    409 when there is one, or too few patients are left of whom nobody has drawn anything.
    """
    given = body or TestSetIn.model_validate({})
    test_set.freeze(project=request.project, actor=request.auth, share=given.share, images=given.images)
    return TestSetOut(**test_set.state(project=request.project))


@route(router, "DELETE", ADDRESS, needs="manager", operation_id="releaseTestSet", response={204: None})
def release_test_set(request: Request, project_id: int) -> None:
    """Give the patients back: the next training learns from what was drawn on them."""
    test_set.release(project=request.project, actor=request.auth)
