"""Pages that no address alone opens, in a real browser and in French, looked at as every other page is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponseBase
from django.test import Client, RequestFactory
from django.utils.translation import override
from playwright.sync_api import FilePayload, Page, Route

from backoffice.demo import ACCOUNTS
from backoffice.models import AuthenticatorApp
from backoffice.sign_in import factor
from projet.views.errors import server_error
from tasks_app.models import State
from tests.browser.every_page import faults, visit
from tests.language.english import english_in, texts_of
from tests.pages.work import a_job
from tests.sign_in.apps import an_app, code_of
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]

ATTEMPTS = 3  # failed sign-ins before a name is locked out, here
# Languages by their own names, and what stands in the file that is imported.
NAMES = frozenset({"English", "Company", "Name"})
CSV = "email;name\nlea@example.org;Léa\nno address;Sam\npat.example@example.org;Pat\n"


@pytest.fixture
def page(office: Stack, watch: Callable[[str], Page]) -> Page:
    """At a back office whose single sign-on has a provider that is away."""
    office.start_web(
        OIDC_ISSUER="http://127.0.0.1:1",
        OIDC_CLIENT_ID="backoffice",
        OIDC_CLIENT_SECRET="s3cret",
        SIGN_IN_ATTEMPTS=str(ATTEMPTS),
    )
    return watch("fr-FR")


class Seen:
    """Looks at each page that is shown, and remembers what is wrong with it."""

    def __init__(self, page: Page) -> None:
        self.page, self.wrong = page, list[str]()

    def look(self, name: str, *, shows: str) -> None:
        """`shows`: what tells that it is the page that is meant, as a CSS selector."""
        self.page.wait_for_selector(shows)
        texts = texts_of(self.page.content())
        found = faults(self.page) + [f"in English: {text}" for text in english_in(texts, NAMES)]
        self.wrong += [f"{name}: {sentence}" for sentence in found]


def sign_in(page: Page, who: str, password: str = "") -> None:
    [account] = [one for one in ACCOUNTS if one.username.startswith(f"{who}@")]
    visit(page, "/admin/login/")
    page.fill("[name=username]", account.username)
    page.fill("[name=password]", password or account.password)
    page.press("[name=password]", "Enter")
    page.wait_for_load_state()


def send_code(page: Page, code: str) -> None:
    page.fill("[name=code]", code)
    page.press("[name=code]", "Enter")
    page.wait_for_load_state()


def answer_with(page: Page, address: str, answer: HttpResponseBase) -> None:
    """Open the address and have this as its answer, headers included."""

    def fulfil(route: Route) -> None:
        route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.content.decode())

    page.route(f"**{address}", fulfil)
    visit(page, address)


def look_at_refusals(seen: Seen, client: Client, missing: str) -> None:
    """Nothing at an address, and everything broken: the answers that DEBUG would replace."""
    answer: Any = client.get(missing)
    assert answer.status_code == 404
    answer_with(seen.page, "/admin/missing/", answer)
    seen.look("404", shows=".bo-problem")
    with override("fr"):
        answer_with(seen.page, "/admin/broken/", server_error(RequestFactory().get("/")))
    seen.look("500", shows="h1")


def test_pages_for_who_is_kept_out(page: Page) -> None:
    seen = Seen(page)
    visit(page, "/admin/login/")
    seen.look("the login page with single sign-on", shows=".bo-sso")
    visit(page, "/admin/single-sign-on/")
    seen.look("the provider is away", shows=".bo-problem")
    for _ in range(ATTEMPTS):
        sign_in(page, "staff", "wrong")
    seen.look("locked out", shows=".bo-problem")
    look_at_refusals(seen, Client(headers={"accept-language": "fr"}), "/no-such-page/")
    assert not seen.wrong, "\n".join(seen.wrong)


def test_pages_that_a_step_leads_to(page: Page) -> None:
    seen = Seen(page)
    admin = User.objects.get(username="admin@example.org")
    look_at_the_second_factor(seen, admin)
    a_job(State.FAILED, error="Refusé.")
    a_job(State.RUNNING)
    visit(page, "/admin/backoffice/recipient/import/")
    list_of_people = FilePayload(name="liste.csv", mimeType="text/csv", buffer=CSV.encode())
    page.set_input_files("input[type=file]", list_of_people)
    page.locator("#content form:has(input[type=file])").evaluate("(form) => form.requestSubmit()")
    seen.look("what a list would change", shows="form[action*=process_import]")
    visit(page, "/admin/tasks_app/job/")
    for box in page.locator("input.action-select").all():
        box.check()
    page.select_option("select[name=action]", "run_selected_again")
    page.locator("button[name=index]").click()
    seen.look("the question before a selection", shows="form:has([type=hidden][name=action])")
    client = Client(headers={"accept-language": "fr"})
    client.force_login(User.objects.get(username="staff@example.org"))
    look_at_refusals(seen, client, "/admin/no-such-page/")
    assert not seen.wrong, "\n".join(seen.wrong)


def look_at_the_second_factor(seen: Seen, user: User) -> None:
    page = seen.page
    device = an_app(user)
    recovery = factor.new_codes(user)
    sign_in(page, "admin")
    seen.look("asked for a code", shows="[name=code]")
    send_code(page, "000000")
    seen.look("a wrong code", shows="[aria-invalid=true]")
    AuthenticatorApp.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    send_code(page, code_of(device))
    page.wait_for_selector("#live")
    visit(page, "/admin/second-factor/")
    seen.look("the second factor", shows="a[href*=new-codes]")
    visit(page, "/admin/second-factor/off/")
    seen.look("switch it off", shows="[name=code]")
    visit(page, "/admin/second-factor/new-codes/")
    seen.look("new codes", shows="[name=code]")
    send_code(page, recovery[0])
    seen.look("the recovery codes", shows=".bo-codes")
