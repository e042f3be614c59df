"""In a real browser: parts that follow by themselves, and pages on a narrow screen and in the dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tasks_app.models import Job, State
from tests.browser.walking import PATIENCE
from tests.pages.rows import make_job
from tests.pages.things import make_things
from tests.programs import find_chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.once,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("everything_reports"),
]
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread; Django takes any loop for an async view's.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(
    chromium: Browser, live_server: Any, signed_in: Callable[[str], Client]
) -> Iterator[Callable[..., Page]]:
    """`open_page("Support", "admin:index", **context)`; a script error on the page fails the test."""
    contexts, errors = [], []

    def open_it(role: str, name: str, **options: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        session = signed_in(role).cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(reverse(name))
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert not errors


def test_the_dashboard_follows_by_itself(open_page: Callable[..., Page]) -> None:
    job = make_job(State.RUNNING, about="Activity, October", progress=40)
    page = open_page("Support", "admin:index")
    expect(page.get_by_text("Activity, October")).to_be_visible()
    page.evaluate("window.stillTheSamePage = true")
    Job.objects.filter(pk=job.pk).update(state=State.FAILED, ended_at=timezone.now())
    expect(page.get_by_text("1 job failed")).to_be_visible()
    expect(page.get_by_text("Activity, October")).to_be_hidden()
    assert page.evaluate("window.stillTheSamePage")


# Each line of tiles and of cards that stand beside each other must end where the page ends, at one height.
HOLES = """() => {
  const holes = [];
  for (const box of document.querySelectorAll(".bo-tiles, .bo-columns, .bo-halves")) {
    const lines = new Map();
    for (const child of box.children) {
      // With a button below it, the tile is a part of its card.
      const within = child.querySelector("form") ? null : child.querySelector(".bo-tile, .bo-card");
      const { top, right } = child.getBoundingClientRect();
      const { bottom } = (within ?? child).getBoundingClientRect();
      lines.set(Math.round(top), [...(lines.get(Math.round(top)) ?? []), [right, bottom]]);
    }
    for (const line of lines.values()) {
      const spare = box.getBoundingClientRect().right - Math.max(...line.map(([right]) => right));
      const bottoms = line.map(([, bottom]) => bottom);
      const uneven = Math.max(...bottoms) - Math.min(...bottoms) > 1;
      if (Math.abs(spare) > 1 || uneven) holes.push([box.className, line]);
    }
  }
  return holes;
}"""
# As many tiles as asked for, the last with a French word that cannot be broken.
TILES = """(count) => {
  for (const box of document.querySelectorAll(".bo-tiles")) {
    while (box.children.length > count) box.lastElementChild.remove();
    while (box.children.length < count) box.append(box.firstElementChild.cloneNode(true));
    box.lastElementChild.querySelector(".bo-title").textContent = "Anticonstitutionnellement, tout s’arrête";
  }
}"""


@pytest.mark.parametrize("role", ["Staff", "Support", "Managers"])
def test_the_first_page_has_no_holes(role: str, open_page: Callable[..., Page]) -> None:
    make_things()
    make_job(State.FAILED)
    page = open_page(role, "admin:index", locale="fr-FR")
    holes = {}
    for count in (None, *range(7, 0, -1)):  # first as it is
        if count:
            page.evaluate(TILES, count)
        for width in (1366, 768, 390):
            page.set_viewport_size({"width": width, "height": 768})
            holes[count, width] = page.evaluate(HOLES)
    assert not {where: found for where, found in holes.items() if found}


def test_when_the_session_ends_the_page_leads_to_the_login(open_page: Callable[..., Page]) -> None:
    page = open_page("Support", "admin:index")
    Session.objects.all().delete()
    page.wait_for_url("**/admin/login/**")


def test_a_demo_account_signs_in_with_one_click(
    chromium: Browser, live_server: Any, person: Callable[[str], User], settings: Any
) -> None:
    from backoffice.demo import make_demo

    make_demo()
    settings.ENVIRONMENT = "local"
    page = chromium.new_page(base_url=live_server.url)
    page.goto(reverse("admin:login"))
    page.get_by_role("button", name="Mona Manager").click()
    expect(page.get_by_role("heading", name="Latest reports")).to_be_visible()
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_has_the_colours_that_the_system_asks_for(scheme: str, open_page: Callable[..., Page]) -> None:
    """That all of them fit a phone in both is seen in tests/browser/test_every_page.py."""
    page = open_page("superuser", "admin:index", viewport=PHONE, color_scheme=scheme)
    assert page.evaluate("document.documentElement.classList.contains('dark')") == (scheme == "dark")
