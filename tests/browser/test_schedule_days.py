"""Days off and promises of schedules, walked in Chromium with the real clock."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, PeriodicTask
from playwright.sync_api import FilePayload, Page, expect

from tasks_app.db import shared_time
from tasks_app.models import (
    Calendar,
    Job,
    OnDayOff,
    PromiseDay,
    ScheduleOptions,
    SchedulePromise,
    ScheduleRule,
    Slot,
    SlotState,
)
from tests.browser.office import Office
from tests.browser.scheduling import (
    CLEANUP,
    a_letter,
    every_two_seconds,
    open_schedule,
    spoil_the_letter,
    times,
    two_seconds,
)
from tests.browser.walking import choose, go
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]

PAT = "pat.example@example.org"
ONE_DAY = timedelta(days=1)
AGO = timedelta(hours=2)

type SitDown = Callable[[str], Page]


def test_a_schedule_rests_on_days_off_of_a_file_and_moves_to_the_working_day_before(
    office: Office, sit_down: SitDown
) -> None:
    today = timezone.localdate()
    page = sit_down("staff")
    calendar = make_a_calendar(page, "The works", closed_on(today, 2))
    expect(page.get_by_text("Works closing", exact=True)).to_be_visible()

    add_one_that_rests(page, "Each two seconds", calendar)
    resting = PeriodicTask.objects.get(name="Each two seconds")
    options = ScheduleOptions.objects.get(schedule=resting)
    assert options.next_slot is not None
    assert timezone.localdate(options.next_slot) == today + 2 * ONE_DAY

    go(page, "Calendars")
    page.get_by_role("link", name="The works").click()
    expect(page.get_by_role("link", name="Each two seconds")).to_be_visible()
    page.get_by_label("Own days off").fill(
        f"{today + ONE_DAY:%Y-%m-%d} – {today + 3 * ONE_DAY:%Y-%m-%d} Closed"
    )
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The next run of 1 schedule that uses it is worked out anew.")).to_be_visible()
    wait_until(times(resting, SlotState.DONE).exists, what="a time on a day that is worked now")

    moved = once_on_a_day_off(calendar)
    wait_until(times(moved, SlotState.DONE).exists, what="the run that was moved from a day off")
    open_schedule(page, moved)
    expect(page.get_by_text(re.compile("A day off: moved to"))).to_be_visible()
    slot = Slot.objects.get(schedule=moved)
    assert slot.due is not None
    assert timezone.localdate(slot.due) == timezone.localdate(slot.moment) - ONE_DAY


def closed_on(first: date, days: int) -> FilePayload:
    """A calendar of another program with one closing of so many days."""
    lines = [
        *(
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Example//Works//EN",
            "BEGIN:VEVENT",
            "UID:1@example.org",
        ),
        *(f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{first + days * ONE_DAY:%Y%m%d}"),
        *("SUMMARY:Works closing", "END:VEVENT", "END:VCALENDAR", ""),
    ]
    return {"name": "works.ics", "mimeType": "text/calendar", "buffer": "\r\n".join(lines).encode()}


def make_a_calendar(page: Page, name: str, file: FilePayload) -> Calendar:
    """With no weekend, so that only the file's days are off; left open."""
    go(page, "Calendars")
    page.get_by_role("link", name="Add calendar").click()
    page.get_by_label("Name").fill(name)
    choose(page, "Weekend", "No day of the week is off")
    page.locator("[name=ics]").set_input_files(file)
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    return Calendar.objects.get(name=name)


def add_one_that_rests(page: Page, name: str, calendar: Calendar) -> None:
    go(page, "Schedules")
    page.get_by_role("link", name="Add schedule").click()
    page.get_by_role("link", name="Clean up").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("radio", name="Every so often").check()
    page.get_by_role("spinbutton", name="Every", exact=True).fill("2")
    choose(page, "Unit", "seconds")
    choose(page, "On a day off", "Is left out")
    choose(page, "Calendar of working days", calendar.name)
    page.get_by_role("button", name="Add the schedule").click()
    expect(page.get_by_text("The schedule was added.")).to_be_visible()


def once_on_a_day_off(calendar: Calendar) -> PeriodicTask:
    """Tomorrow at this time, which the clock has run today: a person can choose no second."""
    tomorrow = ClockedSchedule.objects.create(clocked_time=shared_time.now() + ONE_DAY + timedelta(seconds=2))
    row = PeriodicTask.objects.create(
        name="Once tomorrow", task=CLEANUP, clocked=tomorrow, one_off=True, enabled=False
    )
    ScheduleRule.objects.create(schedule=row, calendar=calendar, on_day_off=OnDayOff.BEFORE)
    row.enabled = True
    row.save()
    return row


def test_a_promise_is_kept_or_broken_by_what_the_clock_decided(office: Office, sit_down: SitDown) -> None:
    spoil_the_letter()
    kept = every_two_seconds("Kept look")
    broken = a_letter("Broken letter", PAT, interval=two_seconds())
    wait_until(times(broken, SlotState.FAILED).exists, what="a letter to fail")
    page = sit_down("staff")
    deadline = timezone.localtime(shared_time.now() - AGO / 2)
    for schedule in (kept, broken):
        open_schedule(page, schedule)
        page.get_by_role("button", name="Promise", exact=True).click()
        dialog = page.get_by_role("dialog")
        dialog.locator("[name=done_by]").fill(f"{deadline:%H:%M}")
        choose(page, "Which days", "Each day that it runs")
        dialog.get_by_role("button", name="Promise it").click()
        expect(page.get_by_text("The promise counts from now on.")).to_be_visible()
    as_if_two_hours_ago()
    office.start_clock("clock2")  # a clock that begins looks at promises at once
    wait_until(lambda: PromiseDay.objects.count() == 2, what="both promises to be decided")

    open_schedule(page, broken)
    expect(page.get_by_text("Kept for 0 days in a row.")).to_be_visible()
    expect(page.get_by_text(re.compile("names a word that has no value")).first).to_be_visible()
    open_schedule(page, kept)
    expect(page.get_by_text("Kept for 1 day in a row.")).to_be_visible()
    assert dict(PromiseDay.objects.values_list("schedule_name", "kept")) == {
        "Kept look": True,
        "Broken letter": False,
    }


def as_if_two_hours_ago() -> None:
    """What the clock decided and what came of it, for nobody waits for a time of the day."""
    over = Slot.objects.filter(state__in=[SlotState.DONE, SlotState.FAILED])
    ids, jobs = zip(*over.values_list("pk", "job_id"), strict=True)
    Slot.objects.filter(pk__in=ids).update(moment=F("moment") - AGO, decided_at=F("decided_at") - AGO)
    Job.objects.filter(pk__in=jobs).update(ended_at=F("ended_at") - AGO)
    SchedulePromise.objects.update(since=F("since") - 2 * AGO, next_deadline=None)
