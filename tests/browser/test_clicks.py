"""What each role comes for takes few clicks: they are counted, and a choice in a list of choices is one.

The way is the one that pages offer: no address is typed, nothing is searched for, no page is a dead end.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django_celery_beat.models import PeriodicTask
from playwright.sync_api import Locator, Page, expect

from backoffice.models import Recipient, Suppression
from tasks_app.launching import launch, wait
from tasks_app.models import State
from tests.browser.walking import await_mail, choose, expect_state, sidebar

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]

PAT = "pat.example@example.org"

type SitDown = Callable[[str], Page]


class Hand:
    """Somebody's, on one page: what it presses is counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def press(self, target: Locator) -> None:
        self.clicks += 1
        target.click()

    def link(self, name: str | re.Pattern[str]) -> None:
        self.press(self.page.get_by_role("link", name=name).first)

    def button(self, name: str | re.Pattern[str]) -> None:
        self.press(self.page.get_by_role("button", name=name).first)

    def entry(self, title: str) -> None:
        self.press(sidebar(self.page).get_by_role("link", name=title))

    def choice(self, label: str, text: str) -> None:
        self.clicks += 1
        choose(self.page, label, text)

    def yes(self, name: str) -> None:
        self.press(self.page.get_by_role("dialog").get_by_role("button", name=name))


@pytest.fixture
def hand(sit_down: SitDown) -> Callable[[str], Hand]:
    return lambda who: Hand(sit_down(who))


def test_staff_sends_one_email(hand: Callable[[str], Hand]) -> None:
    staff = hand("staff")
    staff.link(re.compile("^Send an email"))
    staff.choice("Recipient", PAT)
    staff.choice("Template", "Welcome")
    staff.button(re.compile("Send$"))
    expect_state(staff.page, "Succeeded")
    await_mail(PAT)
    assert staff.clicks == 4


def test_staff_orders_a_report_and_has_it(hand: Callable[[str], Hand]) -> None:
    staff = hand("staff")
    staff.link(re.compile("Overview"))
    staff.button("Order")
    expect_state(staff.page, "Succeeded")
    staff.link(re.compile("Overview –"))
    with staff.page.expect_download():
        staff.link("Download")
    assert staff.clicks == 4


def test_staff_makes_a_schedule(hand: Callable[[str], Hand]) -> None:
    staff = hand("staff")
    staff.entry("Schedules")
    staff.link("Add schedule")
    staff.link(re.compile("Send an email"))
    staff.page.get_by_label(re.compile(r"^Name\W*$")).fill("Pat, every day")
    staff.choice("Recipient", PAT)
    staff.button("Add the schedule")
    expect(staff.page.get_by_role("heading", name="Pat, every day", exact=True)).to_be_visible()
    assert PeriodicTask.objects.filter(name="Pat, every day", enabled=True).exists()
    assert staff.clicks == 5


def test_support_finds_a_failure_and_repairs_it(hand: Callable[[str], Hand]) -> None:
    Suppression.objects.create(address=PAT, reason=Suppression.Reason.BOUNCED)
    staff, pat = User.objects.get(username="staff@example.org"), Recipient.objects.get(email=PAT)
    failed = wait(launch("tasks_app.tasks.envoi_email", {"destinataire_id": pat.pk}, by=staff), 60)
    assert failed.state == State.FAILED
    support = hand("support")
    support.link(re.compile("an earlier email came back"))
    support.link(re.compile(re.escape(PAT)))
    support.button("Let the address get emails")
    support.yes("Let it get emails")
    expect(support.page.get_by_text("This was mended since")).to_be_visible()
    support.button("Run again")
    support.yes("Run again")
    expect_state(support.page, "Succeeded")
    await_mail(PAT)
    failed.refresh_from_db()
    assert failed.repaired_at
    assert support.clicks == 6


def test_a_manager_reads_a_report(hand: Callable[[str], Hand]) -> None:
    by = User.objects.get(username="manager@example.org")
    wait(launch("tasks_app.tasks.rapport_pdf", {"type": "activity", "language": "en"}, by=by), 60)
    manager = hand("manager")
    manager.page.reload()
    manager.link(re.compile("^Activity.*PDF"))
    manager.button("Show the document")
    expect(manager.page.locator("iframe[title^=Activity]")).to_be_visible()
    assert manager.clicks == 2


def test_an_administrator_lets_somebody_new_in(hand: Callable[[str], Hand]) -> None:
    admin = hand("admin")
    admin.entry("Users")
    admin.link("Add user")
    admin.page.get_by_label(re.compile("^Username")).fill("new@example.org")
    for field in (r"^Password\W*$", "^Password confirmation"):
        admin.page.get_by_label(re.compile(field)).fill("a long way to tipperary")
    admin.press(admin.page.get_by_label("Support", exact=True))
    admin.button("Save")
    expect(admin.page.get_by_text(re.compile("added successfully"))).to_be_visible()
    assert Group.objects.filter(user__username="new@example.org").get().name == "Support"
    assert admin.clicks == 4
