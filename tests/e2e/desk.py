"""Brings a project and its images into an installation over the HTTP interface, and opens them in the browser."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from e2e.hands import Hands
from e2e.installation import Installation
from numpy.typing import NDArray
from playwright.sync_api import APIResponse, BrowserContext, Page

from winnow.imaging.files import encode_png

LABELS = [
    {"value": 1, "name": "ground-glass", "colour": "#e64980"},
    {"value": 2, "name": "consolidation", "colour": "#15aabf"},
]


class Desk:
    """One signed-in browser: its pages, and the same session for requests."""

    def __init__(self, context: BrowserContext, installation: Installation) -> None:
        self.context = context
        self.installation = installation

    def sign_in(self, name: str = "admin", password: str = "") -> None:
        self.post("/api/login", data={"name": name, "password": password or self.installation.password})

    def colleague(self, name: str, password: str, project: int) -> None:
        """Somebody else who may draw and review in a project; made once."""
        if name not in [user["name"] for user in self.get("/api/users").json()["items"]]:
            self.post("/api/users", data={"name": name, "password": password})
        self.post(f"/api/projects/{project}/members/{name}", method="PUT", data={"role": "reviewer"})

    def round(self, project: int, picks: int) -> list[int]:
        """A round of so many picks; their images in rank order."""
        job = self.post(f"/api/projects/{project}/rounds", data={"k": picks, "K": picks})["id"]
        self.get(f"/api/jobs/{job}/events").body()
        newest = self.get(f"/api/projects/{project}/rounds").json()["items"][0]
        return [pick["image"] for pick in newest["picks"]]

    def post(self, path: str, *, method: str = "POST", **body: Any) -> Any:
        token = next((c.get("value", "") for c in self.context.cookies() if c.get("name") == "csrftoken"), "")
        headers = {"X-CSRFToken": token}
        answer = self.context.request.fetch(self.installation.url + path, method=method, headers=headers, **body)
        assert answer.ok, answer.text()
        return answer.json()

    def get(self, path: str) -> APIResponse:
        answer = self.context.request.get(self.installation.url + path)
        assert answer.ok, answer.text()
        return answer

    def project(self, files: Mapping[str, bytes], *, name: str = "Desk") -> int:
        """A project with these files as its images."""
        project = int(self.post("/api/projects", data={"name": name, "labels": LABELS})["id"])
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            for file, data in files.items():
                archive.writestr(file, data)
        upload = {"name": "images.zip", "mimeType": "application/zip", "buffer": package.getvalue()}
        job = self.post(f"/api/projects/{project}/uploads", multipart={"file": upload})["id"]
        # the stream of events ends with the job
        self.get(f"/api/jobs/{job}/events").body()
        ended = self.get(f"/api/jobs/{job}").json()
        assert ended["result"]["written"] == len(files), ended
        return project

    def images(self, project: int) -> list[dict[str, Any]]:
        return list(self.get(f"/api/projects/{project}/images").json()["items"])

    def mask(self, image: int, source: str = "annotation") -> NDArray[np.uint8]:
        """What the server has, (H, W), however the page feels about it."""
        from PIL import Image

        return np.asarray(Image.open(io.BytesIO(self.get(f"/api/images/{image}/mask?source={source}").body())))

    def open(self, project: int, image: int, *, page: Page | None = None) -> Hands:
        """The image in a tab, ready to be drawn on with a brush of class 1."""
        hands = Hands(page or self.context.new_page(), self.installation.url)
        hands.page.goto(f"{self.installation.url}/annotation?project={project}&image={image}")
        hands.wait_ready()
        hands.page.keyboard.press("b")
        hands.page.keyboard.press("1")
        return hands


def grey_picture(number: int, *, side: int = 96) -> bytes:
    """A PNG unlike the others, with a white square of 8 pixels at row 40, column 56."""
    pixels = np.full((side, side), 40 + 10 * number, np.uint8)
    pixels[40:48, 56:64] = 255
    return encode_png(pixels)
