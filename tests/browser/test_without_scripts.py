"""Where a browser runs no scripts, pages are there all the same, and nothing lies over what is clicked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tasks_app.models import State
from tests.browser.every_page import DESK, PHONE, TOO_WIDE
from tests.browser.office import Office
from tests.browser.walking import go, sidebar, sign_in
from tests.pages.rows import make_job

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]


# Elements that stay over what is read, wherever that is scrolled to.
OVER = """() => [...document.querySelectorAll("body *")].filter((one) => {
    const {width, height, bottom, top} = one.getBoundingClientRect();
    const shown = getComputedStyle(one).position === "fixed" && bottom > 0 && top < innerHeight;
    return shown && width * Math.min(height, innerHeight) > innerWidth * innerHeight / 20;
}).map((one) => `${one.tagName} ${one.id} ${one.className}`)"""
LISTS = ("tasks_app/job/", "tasks_app/failuregroup/", "backoffice/recipient/", "admin/logentry/")
OTHERS = ("", "queues/", "launch/", "django_celery_beat/periodictask/add/?job=envoi_email", "settings/")


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def page(lived_in: Office, open_page: Callable[..., Page], request: pytest.FixtureRequest) -> Page:
    return open_page(java_script_enabled=False, viewport=request.param)


def test_a_failed_job_is_found_and_run_again(page: Page) -> None:
    # The past holds as many as chance will have: none, one day.
    make_job(State.FAILED, name="projet.celery.debug_task", queue="default")
    page.goto("/admin/")
    sign_in(page, "admin")
    go(page, "Jobs")
    page.get_by_role("link", name="Failed", exact=True).click()
    page.locator("#content tbody").get_by_role("link").first.click()
    again = page.locator("#content").get_by_role("button", name="Run again")
    again.first.click()
    page.locator("#content form[method=post]").get_by_role("button", name="Run again").click()
    expect(page.get_by_text("It runs again.")).to_be_visible()


def test_nothing_lies_over_a_page_nor_is_it_too_wide(page: Page) -> None:
    page.goto("/admin/")
    sign_in(page, "admin")
    for place in (*OTHERS, *LISTS):
        page.goto(f"/admin/{place}")
        assert page.evaluate(OVER) == [], place
        assert page.evaluate(TOO_WIDE) <= 0, place
        expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
        menu = page.get_by_role("link", name="To the menu")
        assert menu.is_visible() == (page.viewport_size == PHONE), place


def test_the_menu_of_a_phone_is_below_the_page(page: Page) -> None:
    page.goto("/admin/")
    sign_in(page, "admin")
    if page.viewport_size == PHONE:
        page.get_by_role("link", name="To the menu").click()
        expect(sidebar(page).get_by_role("link", name="Jobs")).to_be_in_viewport()
