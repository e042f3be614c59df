"""The content security policy in a real browser: nothing of ours breaks it, what is slipped in is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, Route, expect

from tests.browser.walking import PATIENCE, choose, go, sign_in
from tests.pages.role_matrix import MATRIX, ROLES
from tests.pages.test_roles import QUERIES, address, places
from tests.pages.things import make_things
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(400)]

SUPERUSER = ROLES.index("superuser")
# These end the visit, or are no pages for a person's eyes.
NOT_VISITED = {"admin:logout", "set_language", "admin:jsi18n", "palette"}
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => window.refused.push(
    `${event.effectiveDirective} refused ${event.blockedURI} ${event.sample}`));
"""


@pytest.fixture
def page(chromium: Browser, office: Stack) -> Iterator[Page]:
    """A page that writes down what the policy refuses."""
    context = chromium.new_context(
        base_url=office.url, locale="en-US", viewport={"width": 1440, "height": 900}
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto("/admin/")
    yield page
    context.close()


def refused(page: Page) -> list[str]:
    return list(page.evaluate("window.refused ?? []"))


def visit(page: Page, url: str) -> bool:
    """Open it and wait until its scripts have run; False where it is a file to be saved."""
    try:
        page.goto(url, wait_until="load")
    except Error as error:
        if "Download is starting" in error.message or "ERR_ABORTED" in error.message:
            return False
        raise
    page.wait_for_function("!document.querySelector('html[x-cloak]')")
    return True


def test_no_page_breaks_the_policy(page: Page) -> None:
    sign_in(page, "admin")
    things = make_things()
    broken, visited = [], 0
    for place in places():
        if place.key in NOT_VISITED or MATRIX[place.key][0][SUPERUSER] != "O":
            continue
        url = address(place, things)
        if query := QUERIES.get(place.name):
            url += "?" + "&".join(f"{name}={value}" for name, value in query.items())
        if visit(page, url):
            visited += 1
            broken += [f"{url}: {sentence}" for sentence in refused(page)]
    assert not broken, "\n".join(broken)
    assert visited > 60


def test_a_script_slipped_into_a_page_does_not_run(page: Page) -> None:
    """Shows that the test above can fail: a page with a script, a handler and a style that are not ours."""

    def slip_in(route: Route) -> None:
        answer = route.fetch()
        body = answer.text().replace(
            "</body>",
            "<script>window.ran = 1</script><img src=data:, onerror='window.ran = 1'>"
            "<style>body { outline: 9px solid }</style></body>",
        )
        route.fulfill(response=answer, body=body)

    page.route("**/admin/login/**", slip_in)
    visit(page, "/admin/login/")
    page.wait_for_function("window.refused.length >= 3")
    assert page.evaluate("window.ran") is None
    assert {sentence.split()[0] for sentence in refused(page)} == {
        "script-src-elem",
        "script-src-attr",
        "style-src-elem",
    }


def test_an_email_is_previewed_in_its_own_look(page: Page) -> None:
    sign_in(page, "staff")
    go(page, "Launch")
    page.get_by_role("link", name="Send an email").click()
    choose(page, "Recipient", "elodie.exemple@example.org")
    choose(page, "Template", "Welcome")
    page.get_by_role("button", name="Preview").click()
    frame = page.frame_locator("iframe[title=Preview]")
    expect(frame.locator("body")).to_contain_text("Bienvenue")
    expect(frame.locator("body")).to_have_css("background-color", "rgb(238, 241, 245)")
    assert not refused(page)
