"""Every page in a real browser, once: it keeps the content security policy, shuts nobody out, fits a phone.

Each page is loaded once, looked at in light and in dark, then as narrow as a phone. Those that an address
alone does not open are in test_pages_by_steps.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import pytest
from playwright.sync_api import Page, expect

from tests.browser.every_page import (
    ANONYMOUS,
    COLOUR_RULES,
    barriers,
    every_page,
    faults,
    pages_named,
    turn_dark,
    visit,
)
from tests.browser.office import Office
from tests.browser.walking import sign_in
from tests.pages.things import lengthen_names, make_things

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(600)]

PARTS = 3  # of all pages: each is a test, of some minutes
SCHEDULES = "admin:django_celery_beat_periodictask"
# Here a role sees something else than the superuser: fewer buttons, words in place of fields, a refusal.
SEEN_OTHERWISE = {
    "staff": {"admin:index", "admin:tasks_app_job_change", "admin:queues", f"{SCHEDULES}_changelist"},
    "support": {"admin:index", f"{SCHEDULES}_change", "admin:backoffice_recipient_change"},
    "manager": {"admin:index", "admin:launch", "admin:backoffice_report_changelist", "admin:queues"},
}
FORMS = (
    "/admin/launch/envoi_email/",
    "/admin/django_celery_beat/periodictask/add/?job=envoi_email",
    "/admin/auth/user/add/",
)


@pytest.fixture
def page(lived_in: Office, watch: Callable[[str], Page]) -> Page:
    """Judged with a fortnight's work on it, not with three rows."""
    return watch("en-US")


def walk(page: Page, addresses: Iterator[str]) -> tuple[int, list[str]]:
    """How many pages were seen, and what is wrong with them."""
    seen: set[str] = set()
    found = []
    for url in addresses:
        if visit(page, url) and page.url not in seen:  # some addresses only lead to another page
            seen.add(page.url)
            found += [f"{url}: {sentence}" for sentence in faults(page)]
    return len(seen), found


def test_every_page_of_nobody_keeps_the_policy_shuts_nobody_out_and_fits_a_phone(page: Page) -> None:
    seen, wrong = walk(page, every_page(make_things(), ANONYMOUS))
    assert not wrong, "\n".join(wrong)
    assert seen >= 5


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_keeps_the_policy_shuts_nobody_out_and_fits_a_phone(page: Page, part: int) -> None:
    """In French, which takes a fifth more room, with names as long as they may be; roles look in English."""
    things = make_things()
    lengthen_names()
    page.goto("/admin/")
    sign_in(page, "admin")
    page.context.add_cookies([{"name": "django_language", "value": "fr", "url": page.url}])
    seen, wrong = walk(page, islice(every_page(things), part, None, PARTS))
    assert not wrong, "\n".join(wrong)
    assert seen > 20
    assert page.locator("html").get_attribute("lang") == "fr"


def test_what_each_role_sees_shuts_nobody_out(page: Page) -> None:
    things = make_things()
    wrong = []
    for who, names in SEEN_OTHERWISE.items():
        page.context.clear_cookies()
        page.goto("/admin/")
        sign_in(page, who)
        seen, found = walk(page, pages_named(names, things))
        wrong += [f"{who}: {sentence}" for sentence in found]
        assert seen == len(names)
    assert not wrong, "\n".join(wrong)


def test_an_open_dialog_and_a_form_with_errors_shut_nobody_out(page: Page) -> None:
    things = make_things()
    page.goto("/admin/")
    sign_in(page, "admin")
    [job] = pages_named({"admin:tasks_app_job_change"}, things)
    visit(page, job)
    page.locator("#job").get_by_role("button", name="Run again", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    turn_dark(page, False)  # it fades in
    wrong = [f"dialog: {sentence}" for sentence in faults(page)]
    for url in FORMS:
        visit(page, url)
        # As a browser sends it that checks nothing itself.
        page.locator("#content form[method=post]").last.evaluate(
            "(form) => { form.noValidate = true; form.requestSubmit(); }"
        )
        expect(page.locator("[aria-invalid=true]").first).to_be_visible()
        wrong += [f"{url} with errors: {sentence}" for sentence in faults(page)]
    assert not wrong, "\n".join(wrong)


def test_a_page_that_shuts_somebody_out_is_found(page: Page) -> None:
    """Shows that the test above can fail: no words for an image, text hardly seen, one such row, too wide."""
    visit(page, "/admin/login/")
    page.evaluate("""() => {
        const [image, faint, wide] = ["img", "p", "div"].map((name) => document.createElement(name));
        Object.assign(image, {src: "/static/backoffice/icon.svg"});
        Object.assign(faint, {textContent: "Hardly seen"}).style.cssText = "color: #ccc; background: #fff";
        wide.style.cssText = "height: 1px; width: 2000px";
        const rows = Object.assign(document.createElement("table"), {innerHTML: "<tbody></tbody>"});
        rows.tBodies[0].innerHTML = "<tr><td>Seen</td></tr>".repeat(6)
            + '<tr><td class="hardly" style="color: #ccc; background: #fff">Hardly</td></tr>';
        document.querySelector("form").prepend(image, faint, wide, rows);
    }""")
    found = " ".join(faults(page))
    for name in ("image-alt", "color-contrast", "Hardly seen", ".hardly", "scrolls sideways"):
        assert name in found, name


def test_what_stands_around_a_page_is_looked_at_once_and_anew_where_it_is_not_the_same(page: Page) -> None:
    page.goto("/admin/")
    sign_in(page, "admin")

    def spoil() -> None:
        visit(page, "/admin/password_change/")
        page.evaluate("""() => {
            const link = document.querySelector("#nav-sidebar-apps a");
            Object.assign(link, {textContent: "Hardly seen"}).style.cssText = "color: #ccc; background: #fff";
        }""")

    visit(page, "/admin/password_change/")
    assert not barriers(page)
    spoil()
    assert "Hardly seen" in " ".join(barriers(page))
    spoil()
    assert not barriers(page)  # it was told
    turn_dark(page)
    assert "Hardly seen" in " ".join(barriers(page, *COLOUR_RULES))
