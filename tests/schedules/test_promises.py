"""Done by a time of the day, as promised: each day is kept or broken once, by its last runs."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from tasks_app.models import Calendar, OnDayOff, PromiseDay, PromisedDays, ScheduleRule, Slot, SlotState
from tasks_app.retention.prunables import old_promise_days
from tasks_app.schedules.promises.deadlines import Deadlines, deadlines_of
from tasks_app.schedules.promises.deciding import decide_days
from tasks_app.schedules.promises.reading import month_of, streak
from tests.clock.making import PARIS, crontab, schedule
from tests.schedules.making import days, paris, promise, repaired, slot

pytestmark = pytest.mark.django_db

# 2026-11-02 is a Monday.
MONDAY, TUESDAY, WEDNESDAY = "2026-11-02", "2026-11-03", "2026-11-04"


@pytest.fixture
def nightly():
    return schedule("Nightly", changed=paris("2026-10-01 12:00"), crontab=crontab("0 2 * * *"))


def test_a_run_that_is_done_in_time_keeps_its_day_and_a_late_one_breaks_it(nightly):
    promise(nightly, f"{MONDAY} 00:00")
    slot(nightly, f"{MONDAY} 02:00", ended=f"{MONDAY} 02:10")
    slot(nightly, f"{TUESDAY} 02:00", SlotState.LATE, ended=f"{TUESDAY} 07:01")
    assert decide_days(paris(f"{TUESDAY} 08:00")) == 2
    assert days(nightly) == [(MONDAY, True, None), (TUESDAY, False, "promise.late")]
    kept, broken = PromiseDay.objects.order_by("day")
    assert (kept.done_at, kept.moment) == (paris(f"{MONDAY} 02:10"), paris(f"{MONDAY} 02:00"))
    assert "07:01" in broken.said


def test_a_day_is_decided_once_and_not_before_its_time(nightly):
    promise(nightly, f"{MONDAY} 00:00")
    done = slot(nightly, f"{MONDAY} 02:00", ended=f"{MONDAY} 02:10")
    assert decide_days(paris(f"{MONDAY} 06:59")) == 0
    assert decide_days(paris(f"{MONDAY} 07:01")) == 1
    done.delete()
    for _ in range(2):
        assert decide_days(paris(f"{MONDAY} 12:00")) == 0
    assert days(nightly) == [(MONDAY, True, None)]


def test_a_run_again_in_time_keeps_the_day_and_one_too_late_does_not(nightly):
    promise(nightly, f"{MONDAY} 00:00")
    for day, again in ((MONDAY, "06:59"), (TUESDAY, "07:02")):
        failed = slot(nightly, f"{day} 02:00", SlotState.FAILED, ended=f"{day} 02:10")
        repaired(failed, f"{day} {again}")
    decide_days(paris(f"{TUESDAY} 09:00"))
    assert days(nightly) == [(MONDAY, True, "promise.run_again"), (TUESDAY, False, "promise.failed")]


@pytest.mark.parametrize(
    ("state", "ended", "cause"),
    [
        (SlotState.QUEUED, "02:00", "promise.unfinished"),
        (SlotState.FAILED, "02:10", "promise.failed"),
        (SlotState.FAILED, "08:10", "promise.unfinished"),
        (SlotState.SKIPPED, "", "promise.passed_over"),
        (SlotState.MISSED, "", "promise.passed_over"),
    ],
)
def test_what_breaks_a_day_is_said(nightly, state, ended, cause):
    promise(nightly, f"{MONDAY} 00:00")
    slot(nightly, f"{MONDAY} 02:00", state, ended=ended and f"{MONDAY} {ended}")
    decide_days(paris(f"{MONDAY} 09:00"))
    assert days(nightly) == [(MONDAY, False, cause)]


def test_an_earlier_run_that_failed_is_made_good_by_the_last_one():
    hourly = schedule("Hourly", changed=paris("2026-10-01 12:00"), crontab=crontab("0 * * * *"))
    promise(hourly, f"{MONDAY} 00:00")
    slot(hourly, f"{MONDAY} 05:00", SlotState.FAILED, ended=f"{MONDAY} 05:01")
    slot(hourly, f"{MONDAY} 06:00", ended=f"{MONDAY} 06:01")
    slot(hourly, f"{MONDAY} 07:00", SlotState.FAILED, ended=f"{MONDAY} 07:01")  # of the next day's
    decide_days(paris(f"{MONDAY} 09:00"))
    assert days(hourly) == [(MONDAY, True, None)]


def test_two_that_were_moved_onto_one_moment_are_both_to_be_done(nightly):
    ScheduleRule.objects.create(schedule=nightly, on_day_off=OnDayOff.AFTER)
    promise(nightly, "2026-11-06 12:00")
    monday = paris("2026-11-09 02:00")
    slot(nightly, "2026-11-07 02:00", SlotState.FAILED, ended="2026-11-09 02:05", due=monday)
    slot(nightly, "2026-11-08 02:00", ended="2026-11-09 02:10", due=monday)
    slot(nightly, "2026-11-09 02:00", ended="2026-11-09 02:20")
    decide_days(paris("2026-11-09 09:00"))
    assert days(nightly) == [("2026-11-09", False, "promise.failed")]


def test_days_off_do_not_count_and_what_ran_on_them_is_the_next_days(nightly):
    closed = Calendar.objects.create(name="Closed on Tuesday", days_off=TUESDAY)
    promise(nightly, f"{MONDAY} 00:00", calendar=closed)
    slot(nightly, f"{MONDAY} 02:00", ended=f"{MONDAY} 02:10")
    slot(nightly, f"{TUESDAY} 02:00", ended=f"{TUESDAY} 02:10")  # and nothing on Wednesday
    decide_days(paris(f"{WEDNESDAY} 09:00"))
    assert days(nightly) == [(MONDAY, True, None), (WEDNESDAY, True, None)]
    assert PromiseDay.objects.get(day=WEDNESDAY).moment == paris(f"{TUESDAY} 02:00")


def test_a_working_day_without_any_run_is_broken_and_a_day_that_it_does_not_run_is_not():
    weekly = schedule("Weekly", changed=paris("2026-10-01 12:00"), crontab=crontab("0 2 * * 1"))
    other = schedule("Other", changed=paris("2026-10-01 12:00"), crontab=crontab("0 2 * * 1"))
    for row, which in ((weekly, PromisedDays.WORKING), (other, PromisedDays.RUNS)):
        promise(row, f"{MONDAY} 00:00", days=which)
        slot(row, f"{MONDAY} 02:00", ended=f"{MONDAY} 02:10")
    decide_days(paris(f"{TUESDAY} 09:00"))
    assert days(weekly) == [(MONDAY, True, None), (TUESDAY, False, "promise.nothing_due")]
    assert days(other) == [(MONDAY, True, None)]


def test_one_that_is_off_breaks_its_promise_and_says_so(nightly):
    nightly.enabled = False
    nightly.save()
    promise(nightly, f"{MONDAY} 00:00")
    decide_days(paris(f"{MONDAY} 09:00"))
    assert days(nightly) == [(MONDAY, False, "promise.switched_off")]


def test_days_without_a_clock_are_decided_once_there_is_one(nightly):
    promise(nightly, f"{MONDAY} 00:00")
    for day in (2, 3, 4, 5, 6):
        slot(nightly, f"2026-11-0{day} 02:00", ended=f"2026-11-0{day} 02:10")
    assert decide_days(paris("2026-11-08 12:00")) == 5
    assert streak(nightly.pk) == 5


def test_a_day_outlives_its_slots_and_its_schedule(nightly):
    promise(nightly, f"{MONDAY} 00:00")
    slot(nightly, f"{MONDAY} 02:00", ended=f"{MONDAY} 02:10")
    decide_days(paris(f"{MONDAY} 09:00"))
    Slot.objects.all().delete()
    nightly.delete()
    row = PromiseDay.objects.get()
    assert (row.schedule, row.schedule_name, row.kept) == (None, "Nightly", True)
    assert list(old_promise_days(paris(f"{TUESDAY} 09:00"))) == [row]


def test_the_streak_counts_from_the_last_broken_day(nightly):
    promise(nightly, f"{MONDAY} 00:00")
    slot(nightly, f"{MONDAY} 02:00", SlotState.FAILED, ended=f"{MONDAY} 02:10")
    for day in (TUESDAY, WEDNESDAY):
        slot(nightly, f"{day} 02:00", ended=f"{day} 02:10")
    decide_days(paris(f"{WEDNESDAY} 09:00"))
    assert streak(nightly.pk) == 2


def test_a_month_shows_what_was_kept_what_was_broken_and_what_does_not_count(nightly):
    given = promise(nightly, f"{TUESDAY} 00:00")
    slot(nightly, f"{TUESDAY} 02:00", ended=f"{TUESDAY} 02:10")
    decide_days(paris(f"{WEDNESDAY} 09:00"))
    month = month_of(given, date(2026, 11, 1), paris(f"{WEDNESDAY} 09:00"))
    states = {cell.day.day: cell.state for week in month.weeks for cell in week if cell}
    assert len(states) == 30
    found = [states[day] for day in (1, 2, 3, 4, 5, 7)]
    assert found == ["off", "none", "kept", "broken", "to_come", "off"]
    assert (month.kept, month.broken) == (1, 1)


@pytest.mark.parametrize(
    ("day", "utc"),
    [("2026-03-29", "01:00"), ("2026-10-25", "00:30"), ("2026-11-02", "01:30")],
)
def test_a_deadline_in_a_night_of_changing_clocks_is_a_moment_that_there_is(day, utc):
    """In the missing hour right after it, in the doubled one its first pass: as a crontab has it."""
    deadlines = Deadlines(2, 30, paris(f"{day} 12:00").tzinfo)
    assert f"{deadlines.at(date.fromisoformat(day)):%H:%M}" == utc


def test_a_promise_in_no_zone_is_refused_whoever_writes_it(nightly):
    with pytest.raises(ValidationError, match="no time zone"):
        promise(nightly, f"{MONDAY} 00:00", zone="Mars/Olympus")


def test_many_promises_are_decided_in_few_statements(django_assert_max_num_queries):
    rows = [
        schedule(f"Number {number}", changed=paris("2026-10-01 12:00"), crontab=crontab("0 2 * * *"))
        for number in range(30)
    ]
    for row in rows:
        promise(row, f"{MONDAY} 00:00")
        slot(row, f"{MONDAY} 02:00", ended=f"{MONDAY} 02:10")
    with django_assert_max_num_queries(12):
        assert decide_days(paris(f"{MONDAY} 09:00")) == 30


def test_the_zone_of_the_promise_says_which_day_it_is(nightly):
    given = promise(nightly, f"{MONDAY} 00:00", zone="America/New_York")
    assert deadlines_of(given).at(date(2026, 11, 2)) == paris(f"{MONDAY} 13:00")
    assert PARIS == "Europe/Paris"
