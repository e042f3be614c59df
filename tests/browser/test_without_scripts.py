"""Where a browser runs no scripts, pages are there all the same, and nothing lies over what is clicked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.every_page import DESK
from tests.browser.office import Office
from tests.browser.walking import PATIENCE, go, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]


@pytest.fixture
def page(chromium: Browser, lived_in: Office) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=lived_in.url, locale="en-US", viewport=DESK, java_script_enabled=False
    )
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


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
