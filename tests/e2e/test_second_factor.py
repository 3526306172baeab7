"""A person turns a second factor on, signs in with it, and is told how long to wait after guessing."""

from __future__ import annotations

import re

import pytest
from e2e.installation import Installation
from playwright.sync_api import Page, expect
from server.authenticator import code_of

pytestmark = pytest.mark.browser


def enter(page: Page, installation: Installation, password: str) -> None:
    page.goto(f"{installation.url}/login?next=/profile")
    page.get_by_test_id("login-name").fill("admin")
    page.get_by_test_id("login-password").fill(password)
    page.get_by_test_id("login").click()


def test_a_second_factor_is_set_up_and_asked_for(page: Page, installation: Installation) -> None:
    enter(page, installation, installation.password)
    page.get_by_test_id("factor-password").locator("input").or_(page.get_by_test_id("factor-password")).last.fill(
        installation.password
    )
    page.get_by_test_id("factor-begin").click()
    expect(page.get_by_role("img", name="QR code of the key")).to_be_visible()
    key = page.get_by_test_id("factor-key").inner_text()
    page.get_by_label("Code of the app").fill(code_of(key, steps=-1))
    page.get_by_test_id("factor-confirm").click()
    expect(page.get_by_test_id("recovery-codes").locator("li")).to_have_count(10)
    recovery = page.get_by_test_id("recovery-codes").locator("li").first.inner_text()

    page.context.clear_cookies()
    enter(page, installation, installation.password)
    code = page.get_by_label("Code of your authenticator, or a recovery code")
    expect(code).to_be_focused()
    expect(page.get_by_role("alert")).to_have_count(0)
    code.fill("000000")
    page.get_by_test_id("login").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("The code is wrong"))
    code.fill(code_of(key))
    page.get_by_test_id("login").click()
    expect(page.get_by_test_id("second-factor")).to_contain_text("Recovery codes left: 10")

    page.context.clear_cookies()
    enter(page, installation, installation.password)
    code.fill(recovery)
    page.get_by_test_id("login").click()
    expect(page.get_by_test_id("second-factor")).to_contain_text("Recovery codes left: 9")


def test_who_guesses_is_told_when_to_try_again(page: Page, installation: Installation) -> None:
    for _ in range(6):
        enter(page, installation, "a guess")
        expect(page.get_by_role("alert")).to_have_text(re.compile("do not match"))
    enter(page, installation, installation.password)
    expect(page.get_by_role("alert")).to_have_text(re.compile(r"Try again in \d+ s"))
    page.get_by_role("button", name="中文").click()
    page.get_by_test_id("login").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile(r"请在\d+ 秒后重试"))
