"""The content security policy in a real browser: what is slipped in is refused.

That no page of ours breaks it, test_every_page.py and test_pages_by_steps.py see.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.every_page import WATCH_POLICY, refused, visit
from tests.browser.walking import choose, go, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(400)]


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A page that writes down what the policy refuses."""
    page = open_page()
    page.add_init_script(WATCH_POLICY)
    page.goto("/admin/")
    return page


def test_a_script_slipped_into_a_page_does_not_run(page: Page) -> None:
    """Shows that the tests of every page can fail: a script, a handler and a style that are not ours."""

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
