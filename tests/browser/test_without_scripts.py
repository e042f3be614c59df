"""Where a browser runs no scripts, pages are there all the same, and nothing lies over what is clicked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.office import Office
from tests.browser.walking import go, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]


@pytest.fixture
def page(lived_in: Office, open_page: Callable[..., Page]) -> Page:
    return open_page(java_script_enabled=False)


def test_a_failed_job_is_found_and_run_again(page: Page) -> None:
    page.goto("/admin/")
    sign_in(page, "admin")
    go(page, "Jobs")
    page.get_by_role("link", name="Failed", exact=True).click()
    page.locator("#content tbody").get_by_role("link").first.click()
    again = page.locator("#content").get_by_role("button", name="Run again")
    again.first.click()
    page.locator("#content form[method=post]").get_by_role("button", name="Run again").click()
    expect(page.get_by_text("Runs again")).to_be_visible()
