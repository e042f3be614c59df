"""After a time without any clock: run once, run each missed time, or skip."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tasks_app import clock
from tasks_app.models import AfterDowntime, Job, ScheduleOptions, Slot, SlotState
from tasks_app.slots import MOST_MISSED_RUNS, ON_TIME
from tests.clock.making import at, crontab, every, history, schedule

pytestmark = pytest.mark.django_db

MORNING = at("2026-06-01 08:00")


def hourly(policy, **fields):
    row = schedule(changed=MORNING, interval=every(1, "hours"), **fields)
    clock.tick(MORNING)
    ScheduleOptions.objects.filter(schedule=row).update(after_downtime=policy)
    return row


def moments(*hours):
    return [MORNING + timedelta(hours=hour) for hour in hours]


def jobs_for():
    return list(Job.objects.order_by("scheduled_for").values_list("scheduled_for", flat=True))


def test_once_is_the_default_and_runs_for_the_latest_missed_time():
    row = hourly(AfterDowntime.ONCE)
    assert ScheduleOptions._meta.get_field("after_downtime").default == AfterDowntime.ONCE
    clock.tick(MORNING + timedelta(hours=3, minutes=20))
    assert jobs_for() == moments(3)
    states = [SlotState.MISSED, SlotState.MISSED, SlotState.QUEUED]
    assert history(row) == list(zip(moments(1, 2, 3), states, strict=True))
    assert all(Slot.objects.values_list("reason", flat=True))
    clock.tick(MORNING + timedelta(hours=4))
    assert jobs_for() == moments(3, 4)


def test_each_makes_up_for_every_missed_time():
    row = hourly(AfterDowntime.EACH)
    clock.tick(MORNING + timedelta(hours=3, minutes=20))
    assert jobs_for() == moments(1, 2, 3)
    row.refresh_from_db()
    assert row.total_run_count == 3


def test_each_is_bounded_and_says_so():
    row = schedule(changed=MORNING, interval=every(1, "minutes"))
    clock.tick(MORNING)
    ScheduleOptions.objects.update(after_downtime=AfterDowntime.EACH)
    now = MORNING + timedelta(days=365)
    clock.tick(now)
    assert Job.objects.count() == MOST_MISSED_RUNS
    assert jobs_for()[-1] == now
    unlisted = Slot.objects.get(state=SlotState.MISSED)
    assert unlisted.moment == MORNING + timedelta(minutes=1)
    assert "not listed" in unlisted.reason
    assert ScheduleOptions.objects.get(schedule=row).next_slot == now + timedelta(minutes=1)


def test_skip_passes_over_what_was_missed_and_says_so():
    row = hourly(AfterDowntime.SKIP)
    clock.tick(MORNING + timedelta(hours=2, minutes=20))
    assert history(row) == [(moment, SlotState.SKIPPED) for moment in moments(1, 2)]
    assert not Job.objects.exists()
    clock.tick(MORNING + timedelta(hours=3))
    assert jobs_for() == moments(3)


def test_skip_still_runs_a_slot_that_is_only_just_late():
    hourly(AfterDowntime.SKIP)
    clock.tick(MORNING + timedelta(hours=2) + ON_TIME)
    assert jobs_for() == moments(2)


@pytest.mark.parametrize("policy", AfterDowntime)
def test_on_time_every_policy_is_the_same(policy):
    row = hourly(policy)
    for hour in (1, 2, 3):
        clock.tick(MORNING + timedelta(hours=hour, seconds=1))
    assert history(row) == [(moment, SlotState.QUEUED) for moment in moments(1, 2, 3)]


@pytest.mark.parametrize("policy", [AfterDowntime.ONCE, AfterDowntime.EACH])
def test_a_one_off_runs_once_after_a_downtime_too(policy):
    hourly(policy, one_off=True)
    clock.tick(MORNING + timedelta(hours=5))
    assert jobs_for() == moments(5)


def test_a_daily_schedule_that_was_missed_keeps_its_hour_on_the_next_day():
    row = schedule(changed=MORNING, crontab=crontab("0 12 * * *"))
    clock.tick(MORNING)
    clock.tick(at("2026-06-01 19:30", "Europe/Paris"))
    for hour in range(1, 24):
        clock.tick(at("2026-06-02 00:00", "Europe/Paris") + timedelta(hours=hour))
    days = [at(f"2026-06-0{day} 12:00", "Europe/Paris") for day in (1, 2)]
    assert [moment for moment, _ in history(row)] == days


def test_a_schedule_made_while_no_clock_ran_is_made_up_for():
    schedule(changed=MORNING, crontab=crontab("0 12 * * *"))
    clock.tick(at("2026-06-01 15:00", "Europe/Paris"), starting=True)
    assert jobs_for() == [at("2026-06-01 12:00", "Europe/Paris")]


def test_the_night_of_the_doubled_hour_runs_a_daily_schedule_once():
    row = schedule(changed=at("2026-10-24 20:00"), crontab=crontab("30 2 * * *"))
    begin = at("2026-10-24 22:00")
    for minute in range(0, 8 * 60, 10):
        clock.tick(begin + timedelta(minutes=minute))
    assert [moment for moment, _ in history(row)] == [at("2026-10-25 00:30")]  # 02:30 CEST
    assert Job.objects.count() == 1
