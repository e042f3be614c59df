"""A person at a browser, in front of the whole back office; what the browser complains of fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from django.conf import global_settings
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    sync_playwright,
)

from tests.browser.every_page import DESK, WATCH_POLICY
from tests.browser.office import Office
from tests.browser.walking import PATIENCE, sign_in
from tests.databases import used
from tests.programs import find_chromium
from tests.publishing import forget_broker_connections, publish_to
from tests.servers import RedisServer

ASYNC_UNSAFE = "DJANGO_ALLOW_ASYNC_UNSAFE"
# Until its styles and scripts are there, a page shows what they would hide and does not do what it should:
# nobody who looks for something finds it before. What is not seen takes no focus: it gets it then. It is seen
# at once: at the very beginning of a transition it would not be.
SEEN_WHOLE = """if (self === top) {
    const unseen = new CSSStyleSheet();
    unseen.replaceSync("html { visibility: hidden !important }");
    document.adoptedStyleSheets.push(unseen);
    addEventListener("load", () => {
        unseen.replaceSync("* { transition: none !important }");
        document.documentElement.offsetWidth;
        unseen.replaceSync("");
        if (document.activeElement === document.body) document.querySelector("[autofocus]")?.focus();
    });
}"""


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread, in which Django refuses to query unless told otherwise:
    # so both last no longer than these tests.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv(ASYNC_UNSAFE, "1")
        browser = playwright.chromium.launch(
            executable_path=find_chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def shared_office(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    redis_server = RedisServer(folder)
    redis_server.start()
    with django_db_blocker.unblock(), used(f"sqlite:///{folder / 'office.sqlite3'}"):
        office = Office(redis_server, folder)
        office.environment.pop(ASYNC_UNSAFE)
        office.environment["REPORTING_DATABASE_URL"] = f"sqlite:///{folder / 'office.sqlite3'}"
        try:
            office.open()
            yield office
        finally:
            office.stop()
            redis_server.kill()


@pytest.fixture
def office(
    shared_office: Office, data_dir: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    """The running back office: its own groups, templates and schedules, the demo people and recipients."""
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    publish_to(shared_office.redis, settings, monkeypatch)
    shared_office.reopen()
    yield shared_office
    shared_office.tidy_up()
    forget_broker_connections()


@pytest.fixture
def lived_in(office: Office) -> Office:
    """The office after a fortnight's work, as `make_history` tells it."""
    office.reopen_with_a_past()
    return office


@pytest.fixture
def open_page(chromium: Browser, office: Office) -> Iterator[Callable[..., Page]]:
    """`open_page(locale="fr-FR")`: a page of a browser of its own, at this office."""
    contexts: list[BrowserContext] = []

    def open_it(**how: Any) -> Page:
        context = chromium.new_context(**{"base_url": office.url, "locale": "en-US", "viewport": DESK} | how)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if how.get("java_script_enabled", True):
            context.add_init_script(SEEN_WHOLE)
        return context.new_page()

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What a browser complains of, which fails the test at its end."""
    heard: list[str] = []
    yield heard
    assert not heard, "The browser complained:\n" + "\n".join(heard)


@pytest.fixture
def sit_down(complaints: list[str], open_page: Callable[..., Page]) -> Callable[[str], Page]:
    """`sit_down("staff")`: a browser's page in which that demo person has signed in; "" has not.

    At the end an error in the console, an uncaught exception, a failed request or an answer of 400 and more
    on any page fails the test.
    """

    def open_browser(who: str) -> Page:
        page = open_page()
        listen(page, complaints)
        page.goto("/admin/")
        if who:
            sign_in(page, who)
        return page

    return open_browser


@pytest.fixture
def watch(complaints: list[str], open_page: Callable[..., Page]) -> Callable[[str], Page]:
    """`watch("fr-FR")`: a browser's page in that language that writes down what the policy refuses.

    At the end an error in the console, an uncaught exception or a failed request of any page fails the test;
    that a page itself is a refusal (403, 404 …) does not.
    """

    def open_browser(locale: str) -> Page:
        page = open_page(locale=locale, reduced_motion="reduce")
        page.add_init_script(WATCH_POLICY)
        listen(page, complaints, refusals=True)
        return page

    return open_browser


def listen(page: Page, complaints: list[str], *, refusals: bool = False) -> None:
    """Write down whatever the browser complains of; with `refusals`, not of what a page itself answers."""

    def complain(words: object) -> None:
        complaints.append(f"{page.url}: {words}")

    def said(message: ConsoleMessage) -> None:
        # A file that stands alone in the window has no icon of ours: the browser looks for one at the root.
        own_answer = message.location["url"] in (page.url, urljoin(page.url, "/favicon.ico"))
        if message.type == "error" and not (refusals and own_answer):
            complain(f"{message.text} {message.location['url']}")

    def answered(response: Response) -> None:
        if response.status >= 400 and not (refusals and response.request.is_navigation_request()):
            complain(f"{response.url} answered {response.status}")

    def failed(request: Request) -> None:
        # Aborted is what leaving a page, or a download, does to a request: nothing went wrong.
        if request.failure != "net::ERR_ABORTED":
            complain(f"{request.url} failed: {request.failure}")

    page.on("console", said)
    page.on("pageerror", complain)
    page.on("response", answered)
    page.on("requestfailed", failed)
