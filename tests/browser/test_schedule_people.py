"""Who is told of a schedule, and whose it is, walked in Chromium with the real clock."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tasks_app.models import SlotState
from tasks_app.schedules.owners import give_to
from tests.browser.office import Office
from tests.browser.scheduling import (
    a_letter,
    done_from_now_on,
    every_two_seconds,
    mend_the_letter,
    open_schedule,
    spoil_the_letter,
    times,
    two_seconds,
)
from tests.browser.walking import confirm, go, mails_to, rows
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]

PAT = "pat.example@example.org"
SUPPORT = "support@example.org"

type SitDown = Callable[[str], Page]


def test_a_follower_is_told_once_that_it_fails_and_once_that_it_is_well(
    office: Office, sit_down: SitDown
) -> None:
    spoil_the_letter()
    letter = a_letter("Welcome each day", PAT, interval=two_seconds())
    wait_until(times(letter, SlotState.FAILED).exists, what="a letter to fail")
    page = sit_down("support")
    open_schedule(page, letter)
    confirm(page, "Follow")
    expect(page.get_by_text(f"You follow it: mails go to {SUPPORT}.")).to_be_visible()

    office.start_clock("clock2")  # a clock that begins looks after schedules at once
    assert "names a word that has no value" in told(1)["needs somebody"]
    page.reload()
    expect(page.get_by_role("alert").filter(has_text="names a word that has no value")).to_be_visible()

    mend_the_letter()
    wait_until(done_from_now_on(letter).exists, what="a letter that is sent")
    office.start_clock("clock3")
    assert set(told(2)) == {"needs somebody", "is well again"}
    page.reload()
    expect(page.get_by_role("heading", name=letter.name, exact=True)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def told(number: int) -> dict[str, str]:
    """What the follower was told in so many mails: the texts by what their subjects say last."""
    wait_until(lambda: len(mails_to(SUPPORT)) >= number, what=f"{number} mails to the follower")
    mails = mails_to(SUPPORT)
    assert len(mails) == number
    return {str(mail["Subject"]).partition("” ")[2]: text_of(mail) for mail in mails}


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_what_belongs_to_somebody_who_left_is_listed_for_administrators_and_handed_over(
    office: Office, sit_down: SitDown
) -> None:
    left = User.objects.create_user("left@example.org", is_active=False)
    schedule = every_two_seconds("Of somebody who left")
    give_to(schedule, left)
    wait_until(times(schedule, SlotState.SKIPPED).exists, what="a time that was skipped")
    page = sit_down("admin")
    page.get_by_role("link", name="1 schedule belongs to somebody who left").click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("link", name=schedule.name).click()
    expect(page.get_by_text("it does not run until it is handed over").first).to_be_visible()
    page.get_by_role("button", name="Hand over", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("To whom").fill("staff@example.org")
    dialog.get_by_role("button", name="Hand over").click()
    expect(page.get_by_text("The schedule was handed over.")).to_be_visible()
    wait_until(done_from_now_on(schedule).exists, what="a time with the rights of who has it now")
    go(page, "Dashboard")
    expect(page.get_by_role("link", name="1 schedule belongs to somebody who left")).to_have_count(0)
