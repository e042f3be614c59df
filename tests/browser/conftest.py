"""A person at a browser, in front of the whole back office; what the browser complains of fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import global_settings
from django.core.management import call_command
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, sync_playwright

from backoffice.demo import make_demo
from tests.browser.walking import PATIENCE, sign_in
from tests.programs import find_chromium
from tests.stack import Stack

ASYNC_UNSAFE = "DJANGO_ALLOW_ASYNC_UNSAFE"


@pytest.fixture(scope="module")
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


@pytest.fixture
def office(chromium: Browser, processes: Stack, settings: Any) -> Stack:
    """The running back office: its own groups, templates and schedules, the demo people and recipients."""
    processes.environment.pop(ASYNC_UNSAFE)
    processes.start()
    # The web process checks passwords as in real life, not with the tests' fast hasher.
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    call_command("seed")
    make_demo()
    return processes


@pytest.fixture
def sit_down(chromium: Browser, office: Stack) -> Iterator[Callable[[str], Page]]:
    """`sit_down("staff")`: a browser's page in which that demo person has signed in; "" has not.

    At the end an error in the console, an uncaught exception, a failed request or an answer of 400 and more
    on any page fails the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_browser(who: str) -> Page:
        context = chromium.new_context(
            base_url=office.url, locale="en-US", viewport={"width": 1440, "height": 900}
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        listen(page, complaints)
        page.goto("/admin/")
        if who:
            sign_in(page, who)
        return page

    yield open_browser
    for context in contexts:
        context.close()
    assert not complaints, "The browser complained:\n" + "\n".join(complaints)


def listen(page: Page, complaints: list[str]) -> None:
    """Write down whatever the browser complains of."""

    def complain(words: object) -> None:
        complaints.append(f"{page.url}: {words}")

    def answered(response: Response) -> None:
        if response.status >= 400:
            complain(f"{response.url} answered {response.status}")

    def failed(request: Request) -> None:
        # Aborted is what leaving a page, or a download, does to a request: nothing went wrong.
        if request.failure != "net::ERR_ABORTED":
            complain(f"{request.url} failed: {request.failure}")

    page.on("console", lambda said: complain(said.text) if said.type == "error" else None)
    page.on("pageerror", complain)
    page.on("response", answered)
    page.on("requestfailed", failed)
