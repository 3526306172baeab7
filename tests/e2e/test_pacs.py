"""From the hospital's archive to images on the page, with a real Orthanc behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from e2e.desk import LABELS, Desk
from e2e.installation import Installation, free_port
from pacs.orthanc import PASSWORD, USER, Orthanc
from playwright.sync_api import Page, expect

from winnow.dicom.phantom import phantom_files

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, running_orthanc: Orthanc) -> Iterator[Installation]:
    settings = {"WINNOW_PACS_HOSTS": running_orthanc.host}
    built = Installation(root=tmp_path_factory.mktemp("data"), port=free_port(), settings=settings)
    try:
        built.start()
        yield built
    finally:
        built.stop()


def test_series_are_found_chosen_and_pulled(
    desk: Desk, page: Page, installation: Installation, orthanc: Orthanc
) -> None:
    orthanc.fill(data for _, data, _ in phantom_files(patients=3, slices=3, size=64))
    project = desk.post("/api/projects", data={"name": "Archive", "labels": LABELS})["id"]
    page.goto(f"{installation.url}/dataCollection/upload?project={project}")
    see = page.get_by_test_id

    see("pacs-connect").click()
    see("pacs-url").fill(orthanc.url)
    see("pacs-user").fill(USER)
    see("pacs-password").fill("wrong")
    see("pacs-save").click()
    expect(see("pacs-refusal")).to_contain_text("refuses the user name or the password")
    see("pacs-password").fill(PASSWORD)
    see("pacs-save").click()
    expect(see("pacs-host")).to_contain_text(orthanc.host)

    see("pacs-search").click()
    see("pacs-find").click()
    expect(see("pacs-problem")).to_contain_text("Give something to search by")
    see("pacs-modality").fill("ct")
    see("pacs-find").click()
    rows = see("pacs-studies").locator("tr.study")
    expect(rows).to_have_count(3)
    see("pacs-name").fill("nova")
    see("pacs-name").press("Enter")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Nova, Ada")
    see("pacs-open").click()
    see("pacs-choose").click()
    expect(see("pacs-chosen")).to_contain_text("One series chosen · Images: 3")
    see("pacs-pull").click()

    expect(see("report-written")).to_contain_text("3", timeout=60_000)
    assert len(desk.images(project)) == 3
    expect(page.locator("body")).not_to_contain_text("Nova")

    see("pacs-search").click()  # nothing of the last search is left in the window
    expect(see("pacs-name")).to_have_value("")
    expect(see("pacs-studies")).to_have_count(0)


def test_nobody_but_managers_sees_it(desk: Desk, installation: Installation, browser: Any) -> None:
    project = desk.post("/api/projects", data={"name": "Closed", "labels": LABELS})["id"]
    desk.post("/api/users", data={"name": "ann", "password": "correct horse battery"})
    address = f"{installation.url}/api/projects/{project}/members/ann"
    token = next(cookie["value"] for cookie in desk.context.cookies() if cookie.get("name") == "csrftoken")
    answer = desk.context.request.put(address, data={"role": "annotator"}, headers={"X-CSRFToken": token})
    assert answer.ok
    context = browser.new_context(locale="en-GB")
    context.request.post(f"{installation.url}/api/login", data={"name": "ann", "password": "correct horse battery"})
    page = context.new_page()
    page.goto(f"{installation.url}/dataCollection/upload?project={project}")
    expect(page.get_by_test_id("drop-zone")).to_be_visible()
    expect(page.get_by_test_id("pacs")).to_have_count(0)
    context.close()
