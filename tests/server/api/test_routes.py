"""Every route: who may call it, that nobody else may, and that it does answer who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from winnow.server.api.site import api
from winnow.server.models import Job

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
ROUTES = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, operations in api.get_openapi_schema(path_prefix="/api/")["paths"].items()
    for method, operation in operations.items()
    if method in METHODS
}
PUBLIC = {"logIn", "describeUploads"}
ROLES = ["annotator", "reviewer", "manager"]
OTHERS = {"cancelJob", "retryJob"}  # the world's job is a manager's; only what they began is annotators' to end
TOKEN_ONLY = {"paperDeleteItem", "paperAutoAnnotation"}
MASK = bytes(24)

# operation → (status of the good answer, its body, headers); every route has a line here
ALLOWED: dict[str, tuple[int, Any, dict[str, str]]] = {
    "logIn": (200, {"name": "mia", "password": "correct horse battery"}, {}),
    "logOut": (204, None, {}),
    "getMe": (200, None, {}),
    "changeMe": (200, {"language": "zh"}, {}),
    "getPreferences": (200, None, {}),
    "setPreferences": (200, {"shortcuts": {"tool.brush": ["Q"]}}, {}),
    "changePassword": (204, {"old": "correct horse battery", "new": "staple of four words"}, {}),
    "getSecondFactor": (200, None, {}),
    "beginSecondFactor": (200, {"password": "correct horse battery"}, {}),
    "confirmSecondFactor": (200, {"code": "CODE"}, {}),
    "removeSecondFactor": (204, {"password": "correct horse battery", "code": "CODE"}, {}),
    "listTokens": (200, None, {}),
    "createToken": (201, {"name": "laptop"}, {}),
    "deleteToken": (204, None, {}),
    "listUsers": (200, None, {}),
    "createUser": (201, {"name": "new", "password": "correct horse battery"}, {}),
    "listProjects": (200, None, {}),
    "createProject": (201, {"name": "X", "labels": [{"value": 1, "name": "a", "colour": "#000000"}]}, {}),
    "createExample": (202, None, {}),
    "getProject": (200, None, {}),
    "changeProject": (200, {"name": "Y"}, {}),
    "deleteProject": (204, None, {}),
    "listMembers": (200, None, {}),
    "setMember": (200, {"role": "reviewer"}, {}),
    "removeMember": (204, None, {}),
    "listSeries": (200, None, {}),
    "getStatistics": (200, None, {}),
    "listEvents": (200, None, {}),
    "listStrategies": (200, None, {}),
    "uploadFiles": (202, "upload", {}),
    "findUpload": (200, None, {}),
    "describeUploads": (204, None, {}),
    "startUpload": (201, None, {"Upload-Length": "3"}),
    "inspectUpload": (200, None, {}),
    "continueUpload": (204, b"abc", {"Upload-Offset": "0"}),
    "abandonUpload": (204, None, {}),
    "getPacs": (200, None, {}),
    "connectPacs": (200, {"url": "PACS"}, {}),
    "disconnectPacs": (204, None, {}),
    "searchPacs": (200, {"modality": "CT"}, {}),
    "listPacsSeries": (200, {"study": "1.2"}, {}),
    "pullSeries": (202, {"series": [{"study": "1.2", "series": "1.3"}]}, {}),
    "listQuarantine": (200, None, {}),
    "lookAtQuarantined": (200, None, {}),
    "releaseQuarantined": (202, {"regions": [[1, 1, 2, 2]]}, {}),
    "deleteQuarantined": (204, None, {}),
    "listImages": (200, None, {}),
    "getImage": (200, None, {}),
    "deleteImage": (204, None, {}),
    "listWindows": (200, None, {}),
    "getPixels": (200, None, {}),
    "getUncertainty": (200, None, {}),
    "getProbabilities": (200, None, {}),
    "submitImage": (200, None, {}),
    "acceptImage": (200, None, {}),
    "rejectImage": (200, None, {}),
    "skipImage": (200, {"reason": "blurred"}, {}),
    "getMask": (200, None, {}),
    "saveMask": (200, MASK, {"If-Match": "0"}),
    "patchMask": (200, bytes([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]), {"If-Match": "0"}),
    "sayHere": (200, {"page": "page-of-a-test"}, {}),
    "sayGone": (204, None, {}),
    "commentImage": (200, {"comment": "the left one may be an artefact"}, {}),
    "getPreview": (200, None, {}),
    "requestRound": (202, None, {}),
    "listRounds": (200, None, {}),
    "getRound": (200, None, {}),
    "leaseNext": (200, None, {}),
    "requestTraining": (202, None, {}),
    "listNetworks": (200, None, {}),
    "useNetwork": (200, None, {}),
    "getTestSet": (200, None, {}),
    "freezeTestSet": (409, {"share": 0.2, "images": 5}, {}),
    "releaseTestSet": (204, None, {}),
    "requestAutoannotation": (202, None, {}),
    "segmentImage": (202, None, {}),
    "listMyJobs": (200, None, {}),
    "listJobs": (200, None, {}),
    "getJob": (200, None, {}),
    "listIngestedFiles": (200, None, {}),
    "listChanges": (200, None, {}),
    "downloadReport": (200, None, {}),
    "cancelJob": (202, None, {}),
    "retryJob": (202, None, {}),
    "watchJob": (200, None, {}),
    "requestExport": (202, None, {}),
    "listExports": (200, None, {}),
    "downloadExport": (200, None, {}),
    "paperUploadZip": (202, "upload", {}),
    "paperQueryAll": (200, None, {}),
    "paperDeleteItem": (200, None, {}),
    "paperViewDcm": (200, None, {}),
    "paperSegImg": (200, None, {}),
    "paperManualAnnotation": (200, MASK, {}),
    "paperAutoAnnotation": (202, None, {}),
    "paperQueryAllAnnotation": (200, None, {}),
}


def test_every_route_has_its_call_and_every_call_its_route():
    assert set(ALLOWED) == set(ROUTES)


def test_every_route_declares_who_may_call_it():
    assert {name for name, (_, _, operation) in ROUTES.items() if operation["x-needs"] == "public"} == PUBLIC
    for name, (_, _, operation) in ROUTES.items():
        schemes = [scheme for entry in operation.get("security", []) for scheme in entry]
        wanted = ["BearerToken"] if name in TOKEN_ONLY else ["BearerToken", "SessionCookie"]
        assert schemes == ([] if name in PUBLIC else wanted), name
        assert operation["summary"], name


@pytest.mark.parametrize("name", sorted(set(ROUTES) - PUBLIC))
def test_nobody_passes_without_credentials(name: str, world: Any, client: Any):
    method, path, _ = ROUTES[name]
    answer = client.generic(method, f"/api{world.address(path)}")
    assert answer.status_code == 401
    assert method == "HEAD" or answer.json()["error"] == "Unauthenticated"


@pytest.mark.parametrize(
    "name", [name for name, (_, _, operation) in ROUTES.items() if operation["x-needs"] in ("member", *ROLES)]
)
def test_what_is_not_yours_is_not_there(name: str, world: Any, script: Any):
    method, path, _ = ROUTES[name]
    answer = script(world.outsider)(method, world.address(path))
    assert (answer.status_code, answer.json()["error"]) == (404, "NotFound")


@pytest.mark.parametrize(
    "name", [name for name, (_, _, operation) in ROUTES.items() if operation["x-needs"] in ROLES[1:]]
)
def test_a_lower_role_is_not_enough(name: str, world: Any, script: Any):
    method, path, operation = ROUTES[name]
    for role in ROLES[: ROLES.index(operation["x-needs"])]:
        answer = script(world.people[role])(method, world.address(path))
        assert (answer.status_code, answer.json()["error"]) == (403, "NotAllowed"), role


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_every_route_with_every_role(name: str, world: Any, script: Any, client: Any):
    """Nobody, a stranger, each role and an administrator: each is let in exactly where x-needs says so."""
    method, path, operation = ROUTES[name]
    needs = operation["x-needs"]
    address = world.address(path)
    assert (client.generic(method, f"/api{address}").status_code == 401) is (name not in PUBLIC)
    people = {"stranger": world.outsider, **world.people, "administrator": world.root}
    for role, person in people.items():
        call = script(person)
        with transaction.atomic():
            answer = call(method, address, headers={"If-Match": "0"})
            transaction.set_rollback(True)
        refused = refusal(role, "manager" if name in OTHERS else needs)
        if refused:
            assert (answer.status_code, answer.json()["error"]) == refused, role
        else:
            assert answer.status_code not in (401, 403, 500), role


def refusal(role: str, needs: str) -> tuple[int, str] | None:
    """How whoever has this role is refused; None for who is let in."""
    if needs in ("public", "signed-in") or role == "administrator":
        return None
    if needs == "administrator":
        return (403, "NotAllowed")
    if role == "stranger":
        return (404, "NotFound")
    if needs != "member" and ROLES.index(role) < ROLES.index(needs):
        return (403, "NotAllowed")
    return None


def test_only_administrators_make_accounts(world: Any, script: Any):
    answer = script(world.manager)("POST", "/users", ALLOWED["createUser"][1])
    assert (answer.status_code, answer.json()["error"]) == (403, "NotAllowed")


@pytest.mark.parametrize("name", sorted(set(ROUTES) - PUBLIC))
def test_a_token_reaches_as_far_as_its_scope(name: str, world: Any):
    from django.test import Client

    from winnow.server.services import accounts

    method, path, operation = ROUTES[name]
    scopes = ["read", "annotate", "manage"]
    for scope in scopes[: scopes.index(operation["x-scope"])]:
        token, _ = accounts.create_token(actor=world.root, name=scope, scope=scope)
        answer = Client().generic(method, f"/api{world.address(path)}", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["detail"]) == (403, {"needs_scope": operation["x-scope"]}), scope


def test_a_scope_is_for_what_changes_nothing_for_annotating_or_for_the_rest():
    for name, (method, _, operation) in ROUTES.items():
        needs = operation["x-needs"]
        if method in ("GET", "HEAD", "OPTIONS") and name not in TOKEN_ONLY:
            assert operation["x-scope"] == "read", name
        else:
            assert operation["x-scope"] == ("annotate" if needs in ("annotator", "reviewer") else "manage"), name


@pytest.mark.parametrize("name", sorted(TOKEN_ONLY))
def test_a_link_changes_nothing(name: str, world: Any, browser: Any):
    method, path, _ = ROUTES[name]
    answer = browser(world.manager)(method, world.address(path))
    assert answer.status_code == 401
    assert world.project.images.count() == 2
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    "name", [name for name, (method, _, _) in ROUTES.items() if method not in ("GET", "HEAD") and name not in PUBLIC]
)
def test_what_changes_something_needs_the_csrf_header(name: str, world: Any, browser: Any):
    method, path, _ = ROUTES[name]
    call = browser(world.root)
    call.headers = {}
    answer = call(method, world.address(path))
    assert (answer.status_code, answer.json()["error"]) == (403, "NotAllowed")
    assert "CSRF" in answer.json()["message"]


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_who_may_call_is_answered(name: str, world: Any, script: Any, uploaded: Callable[..., Any]):
    from django.test import AsyncClient

    method, path, operation = ROUTES[name]
    status, body, headers = ALLOWED[name]
    needs = operation["x-needs"]
    caller = world.root if needs == "administrator" else world.people.get(needs, world.people["annotator"])
    caller = world.manager if "Upload" in name else caller
    world.prepare(name, script(caller))
    call = script(caller, scope=operation["x-scope"])
    options: dict[str, Any] = {"headers": headers}
    if body == {"url": "PACS"}:
        body = {"url": world.pacs.url}
    if isinstance(body, dict) and body.get("code") == "CODE":
        body = body | {"code": world.code}
    if body == "upload":
        body, options["content_type"] = uploaded(("a.png", b"\x89PNG"))
    if name == "continueUpload":
        options["content_type"] = "application/offset+octet-stream"
    # these stream, which only ASGI does without reading all of it first
    if name in ("watchJob", "downloadExport", "downloadReport"):
        call.client = AsyncClient()
        answer = as_sync(call, method, world.address(path))
    else:
        answer = call(method, world.address(path), body, **options)
    assert answer.status_code == status, answer.content


def as_sync(call: Any, method: str, path: str) -> Any:
    from asgiref.sync import async_to_sync

    async def get() -> Any:
        answer = await call(method, path)
        return answer, [part async for part in answer.streaming_content]

    answer, parts = async_to_sync(get)()
    assert parts
    return answer
