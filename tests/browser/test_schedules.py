"""What people do to schedules, walked in Chromium with the real clock: pauses, versions, quiet hours."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tasks_app.models import QuietPeriod, SchedulePause, SchedulePromise, SlotState
from tests.browser.scheduling import CLEANUP, done_from_now_on, every_two_seconds, times
from tests.browser.walking import go, rows
from tests.servers import wait_until
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]

type SitDown = Callable[[str], Page]


def test_staff_pauses_several_schedules_and_the_clock_skips_their_times_until_they_resume(
    office: Stack, sit_down: SitDown
) -> None:
    both = [every_two_seconds("Look here"), every_two_seconds("Look there")]
    page = sit_down("staff")
    go(page, "Schedules")
    choose_both(page, "pause_selected")
    expect(page.get_by_text("Pause 2 schedules?").first).to_be_visible()
    page.get_by_label("Why?").fill("month-end closing")
    page.get_by_role("button", name="Pause them").click()
    expect(page.get_by_text("2 schedules paused.", exact=True)).to_be_visible()
    expect(rows(page).filter(has_text="month-end closing")).to_have_count(2)
    for schedule in both:
        wait_until(times(schedule, SlotState.SKIPPED).exists, what="a time that was skipped")
    choose_both(page, "resume_selected")
    page.get_by_role("button", name="Resume them").click()
    expect(page.get_by_text("2 schedules resumed.", exact=True)).to_be_visible()
    assert SchedulePause.objects.exclude(ended_at=None).count() == 2
    for schedule in both:
        wait_until(done_from_now_on(schedule).exists, what="a time after the pause")


def choose_both(page: Page, action: str) -> None:
    for row in rows(page).filter(has_text=re.compile("Look (here|there)")).all():
        row.get_by_role("checkbox").check()
    page.get_by_role("combobox", name="Action").select_option(action)
    page.get_by_role("button", name="Run", exact=True).click()


def test_staff_puts_a_version_back_promises_and_sees_quiet_hours(office: Stack, sit_down: SitDown) -> None:
    schedule = every_two_seconds("Evening look")
    page = sit_down("staff")
    go(page, "Schedules")
    page.get_by_role("link", name="Evening look").click()
    page.get_by_role("spinbutton", name="Every").fill("30")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("The schedule was changed.")).to_be_visible()

    page.get_by_role("link", name="Versions").click()
    page.get_by_role("link", name="Put back").last.click()
    expect(page.get_by_role("heading", name="What changes")).to_be_visible()
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_text(re.compile(r"Version \d+ was put back\."))).to_be_visible()
    schedule.refresh_from_db()
    assert schedule.interval.every == 2
    wait_until(done_from_now_on(schedule).exists, what="a time of the version that was put back")

    go(page, "Schedules")
    page.get_by_role("link", name="Evening look").click()
    page.get_by_role("button", name="Promise", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=done_by]").fill("07:00")
    dialog.get_by_role("button", name="Promise it").click()
    expect(page.get_by_text("The promise counts from now on.")).to_be_visible()
    assert SchedulePromise.objects.get().schedule_id == schedule.pk

    QuietPeriod.objects.create(name="Upkeep", from_time="01:00", until_time="04:00", kind="nobody.s")
    QuietPeriod.objects.create(name="Night shift", from_time="22:00", until_time="03:00", kind=CLEANUP)
    go(page, "Schedules")
    page.get_by_role("link", name="Timeline").click()
    expect(page.get_by_role("heading", name="Quiet in this time")).to_be_visible()
    expect(page.locator(".bo-quiet-hours").first).to_be_attached()
    expect(page.get_by_text("Quiet: Night shift").first).to_be_attached()
    expect(page.get_by_text("Quiet: Upkeep")).to_have_count(0)
