"""The example of each of the paper's URLs in the documentation works as it stands there, in the order it stands there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from winnow.imaging.mask import decode_mask_png, encode_mask_png

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "paper-urls.md"
EXAMPLES = dict(re.findall(r"^## `(\w+)/`$.*?^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL))
MASK = np.eye(4, 6, dtype=np.uint8)
FILES = {"slices.zip": b"PK\x05\x06" + bytes(18), "mask.png": encode_mask_png(MASK)}


def call(command: str, *, token: str) -> Any:
    """What the server answers to a curl command, with the few options that the page uses."""
    words = shlex.split(command.replace("$AUTH", f"Authorization: Bearer {token}").replace("$URL", "/api"))
    assert words.pop(0) == "curl"
    address, headers, fields, body = "", {}, {}, None
    while words:
        word = words.pop(0)
        if word == "-H":
            name, value = words.pop(0).split(": ")
            headers[name] = value
        elif word == "-F":
            name, file = words.pop(0).split("=@")
            fields[name] = SimpleUploadedFile(file, FILES[file])
        elif word == "--data-binary":
            body = FILES[words.pop(0).removeprefix("@")]
        elif word == "-o":
            words.pop(0)
        else:
            address = word
    client = Client(enforce_csrf_checks=True, headers=headers)
    if fields:
        return client.post(address, fields)
    kind = headers.get("Content-Type", "")
    return client.get(address) if body is None else client.generic("POST", address, body, content_type=kind)


@pytest.fixture
def sample(project: Any, make_image: Callable[..., Any]) -> Any:
    """The image 17 of the project 1, examined by the network in use, and an image that nobody labelled."""
    from winnow.server import storage
    from winnow.server.models import Annotation, Network, Project

    assert project.id == 1
    network = Network.objects.create(
        project=project, number=1, weights="0" * 64, members=2, labels=4, config={}, metrics={}, seed=0,
        code_version="0", data_fingerprint="0", train_seconds=1,
    )  # fmt: skip
    Project.objects.filter(id=project.id).update(network=network)
    make_image("left.png")
    image = make_image("drawn.png", id=17)
    Annotation.objects.create(
        image=image, network=network, author="network 1", purpose="auto", version=0, mask=storage.put_array(MASK)
    )
    return image


@pytest.mark.usefixtures("sample")
def test_every_example_works(user: Callable[[str], Any]) -> None:
    from winnow.server.services import accounts

    token, _ = accounts.create_token(actor=user("mia"), name="test")
    answers = {name: call(command, token=token) for name, command in EXAMPLES.items()}
    statuses = {name: answer.status_code for name, answer in answers.items()}
    assert statuses == dict.fromkeys(EXAMPLES, 200) | {"uploadZip": 202, "autoAnnotation": 202}
    assert len(EXAMPLES) == 8
    assert answers["uploadZip"].json()["kind"] == "ingest"
    assert answers["autoAnnotation"].json()["kind"] == "autoannotate"
    assert {item["name"] for item in answers["queryAll"].json()["items"]} == {"left.png", "drawn.png"}
    assert answers["viewDcm"].content.startswith(b"\x89PNG")
    assert (decode_mask_png(answers["segImg"].content) == MASK).all()
    assert answers["manualAnnotation"].json() == {"version": 1, "state": "submitted"}
    assert [item["name"] for item in answers["queryAllAnnotation"].json()["items"]] == ["drawn.png"]
    assert answers["deleteItem"].json() == {"deleted": 17}


@pytest.mark.usefixtures("sample")
def test_they_are_closed_without_a_token() -> None:
    statuses = {name: call(command, token="wrong").status_code for name, command in EXAMPLES.items()}
    assert statuses == dict.fromkeys(EXAMPLES, 401)
