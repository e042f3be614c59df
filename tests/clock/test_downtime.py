"""After a time without any clock: run once, run each missed time, or skip."""

from __future__ import annotations

import random
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django_celery_beat.models import ClockedSchedule, SolarSchedule

from tasks_app.clock.tick import tick
from tasks_app.ledger.slot_outcome import ON_TIME
from tasks_app.models import AfterDowntime, Job, ScheduleOptions, Slot, SlotState
from tasks_app.schedules.due_slots import MOST_MISSED_RUNS
from tests.clock.making import at, crontab, every, history, schedule

pytestmark = pytest.mark.django_db

MORNING = at("2026-06-01 08:00")


def hourly(policy, **fields):
    row = schedule(changed=MORNING, interval=every(1, "hours"), **fields)
    tick(MORNING)
    ScheduleOptions.objects.filter(schedule=row).update(after_downtime=policy)
    return row


def moments(*hours):
    return [MORNING + timedelta(hours=hour) for hour in hours]


def jobs_for():
    return list(Job.objects.order_by("scheduled_for").values_list("scheduled_for", flat=True))


def test_once_is_the_default_and_runs_for_the_latest_missed_time():
    row = hourly(AfterDowntime.ONCE)
    assert ScheduleOptions._meta.get_field("after_downtime").default == AfterDowntime.ONCE
    tick(MORNING + timedelta(hours=3, minutes=20))
    assert jobs_for() == moments(3)
    states = [SlotState.MISSED, SlotState.MISSED, SlotState.QUEUED]
    assert history(row) == list(zip(moments(1, 2, 3), states, strict=True))
    assert all(Slot.objects.values_list("reason", flat=True))
    tick(MORNING + timedelta(hours=4))
    assert jobs_for() == moments(3, 4)


def test_each_makes_up_for_every_missed_time():
    row = hourly(AfterDowntime.EACH)
    tick(MORNING + timedelta(hours=3, minutes=20))
    assert jobs_for() == moments(1, 2, 3)
    row.refresh_from_db()
    assert row.total_run_count == 3


def test_each_is_bounded_and_says_so():
    row = schedule(changed=MORNING, interval=every(1, "minutes"))
    tick(MORNING)
    ScheduleOptions.objects.update(after_downtime=AfterDowntime.EACH)
    now = MORNING + timedelta(days=365)
    tick(now)
    assert Job.objects.count() == MOST_MISSED_RUNS
    assert jobs_for()[-1] == now
    unlisted = Slot.objects.get(state=SlotState.MISSED)
    assert unlisted.moment == MORNING + timedelta(minutes=1)
    assert "not listed" in unlisted.reason_text
    assert ScheduleOptions.objects.get(schedule=row).next_slot == now + timedelta(minutes=1)


def test_skip_passes_over_what_was_missed_and_says_so():
    row = hourly(AfterDowntime.SKIP)
    tick(MORNING + timedelta(hours=2, minutes=20))
    assert history(row) == [(moment, SlotState.SKIPPED) for moment in moments(1, 2)]
    assert not Job.objects.exists()
    tick(MORNING + timedelta(hours=3))
    assert jobs_for() == moments(3)


def test_skip_still_runs_a_slot_that_is_only_just_late():
    hourly(AfterDowntime.SKIP)
    tick(MORNING + timedelta(hours=2) + ON_TIME)
    assert jobs_for() == moments(2)


@pytest.mark.parametrize("policy", AfterDowntime)
def test_on_time_every_policy_is_the_same(policy):
    row = hourly(policy)
    for hour in (1, 2, 3):
        tick(MORNING + timedelta(hours=hour, seconds=1))
    assert history(row) == [(moment, SlotState.QUEUED) for moment in moments(1, 2, 3)]


@pytest.mark.parametrize("policy", [AfterDowntime.ONCE, AfterDowntime.EACH])
def test_a_one_off_runs_once_after_a_downtime_too(policy):
    hourly(policy, one_off=True)
    tick(MORNING + timedelta(hours=5))
    assert jobs_for() == moments(5)


def test_a_daily_schedule_that_was_missed_keeps_its_hour_on_the_next_day():
    row = schedule(changed=MORNING, crontab=crontab("0 12 * * *"))
    tick(MORNING)
    tick(at("2026-06-01 19:30", "Europe/Paris"))
    for hour in range(1, 24):
        tick(at("2026-06-02 00:00", "Europe/Paris") + timedelta(hours=hour))
    days = [at(f"2026-06-0{day} 12:00", "Europe/Paris") for day in (1, 2)]
    assert [moment for moment, _ in history(row)] == days


def test_a_schedule_made_while_no_clock_ran_is_made_up_for():
    schedule(changed=MORNING, crontab=crontab("0 12 * * *"))
    tick(at("2026-06-01 15:00", "Europe/Paris"), starting=True)
    assert jobs_for() == [at("2026-06-01 12:00", "Europe/Paris")]


def test_the_night_of_the_doubled_hour_runs_a_daily_schedule_once():
    row = schedule(changed=at("2026-10-24 20:00"), crontab=crontab("30 2 * * *"))
    begin = at("2026-10-24 22:00")
    for minute in range(0, 8 * 60, 10):
        tick(begin + timedelta(minutes=minute))
    assert [moment for moment, _ in history(row)] == [at("2026-10-25 00:30")]  # 02:30 CEST
    assert Job.objects.count() == 1


# --- a minute, a day, a month -----------------------------------------------------------------------

# Every ten minutes, looked at last at 07:59:59, again 59 s after a slot, a day later, thirty days later.
TEN_MINUTES = {
    "minute": at("2026-06-01 08:00:59"),
    "day": at("2026-06-02 08:00:30"),
    "month": at("2026-07-01 08:00:30"),
}
# Each day at 07:30 in Paris, last looked at on 10 October at 08:00; the month has the doubled hour in it.
DAILY = {"minute": at("2026-10-10 06:01"), "day": at("2026-10-11 06:00"), "month": at("2026-11-10 06:00")}


@pytest.mark.parametrize(
    ("length", "policy", "jobs", "passed_over"),
    [
        ("minute", "once", 1, 0), ("minute", "each", 1, 0), ("minute", "skip", 1, 0),
        # 145 slots: the last is on time; of those before, the oldest stands for all that are not listed.
        ("day", "once", 1, 100), ("day", "each", 100, 1), ("day", "skip", 1, 100),
        ("month", "once", 1, 100), ("month", "each", 100, 1), ("month", "skip", 1, 100),
    ],
)  # fmt: skip
def test_every_ten_minutes_after_a_downtime(length, policy, jobs, passed_over):
    begin = at("2026-06-01 07:59:59")
    row = schedule(changed=at("2026-06-01 07:50"), interval=every(10, "minutes"))
    tick(begin)
    ScheduleOptions.objects.update(after_downtime=policy)
    now = TEN_MINUTES[length]
    report = tick(now)
    assert (report.jobs, report.passed_over) == (jobs, passed_over)
    assert jobs_for()[-1] == now.replace(second=0)
    assert jobs_for() == [
        now.replace(second=0) - timedelta(minutes=10 * back) for back in reversed(range(jobs))
    ]
    assert ScheduleOptions.objects.get(schedule=row).next_slot == now.replace(second=0) + timedelta(
        minutes=10
    )


@pytest.mark.parametrize(
    ("length", "policy", "jobs", "passed_over"),
    [
        ("minute", "once", 0, 0), ("minute", "each", 0, 0), ("minute", "skip", 0, 0),
        ("day", "once", 1, 0), ("day", "each", 1, 0), ("day", "skip", 0, 1),
        ("month", "once", 1, 29), ("month", "each", 30, 0), ("month", "skip", 0, 30),
    ],
)  # fmt: skip
def test_each_morning_after_a_downtime_keeps_its_hour(length, policy, jobs, passed_over):
    begin = at("2026-10-10 06:00")
    row = schedule(changed=begin, crontab=crontab("30 7 * * *"))
    tick(begin)
    ScheduleOptions.objects.update(after_downtime=policy)
    now = DAILY[length]
    report = tick(now)
    assert (report.jobs, report.passed_over) == (jobs, passed_over)
    paris = [moment.astimezone(ZoneInfo("Europe/Paris")) for moment, _ in history(row)]
    assert {(moment.hour, moment.minute) for moment in paris} <= {(7, 30)}
    assert len({moment.date() for moment in paris}) == len(paris) == jobs + passed_over
    following = ScheduleOptions.objects.get(schedule=row).next_slot.astimezone(ZoneInfo("Europe/Paris"))
    assert (following.hour, following.minute) == (7, 30)


def test_what_expired_during_a_downtime_runs_for_its_last_time_before_that():
    hourly(AfterDowntime.ONCE, expires=MORNING + timedelta(hours=2, minutes=30))
    tick(MORNING + timedelta(hours=9))
    assert jobs_for() == moments(2)
    assert ScheduleOptions.objects.get().next_slot is None


def test_a_clocked_moment_within_a_downtime_is_made_up_for_once():
    moment = ClockedSchedule.objects.create(clocked_time=MORNING + timedelta(hours=2))
    schedule(changed=MORNING, clocked=moment, one_off=True)
    tick(MORNING)
    for hours in (30, 31):
        tick(MORNING + timedelta(hours=hours), starting=True)
    assert jobs_for() == moments(2)


def test_the_sun_of_a_month_is_made_up_for_day_by_day():
    place = {"latitude": "48.8566", "longitude": "2.3522"}
    sunrise = SolarSchedule.objects.create(event="sunrise", **place)
    row = schedule(changed=MORNING, solar=sunrise)
    tick(MORNING)
    ScheduleOptions.objects.update(after_downtime=AfterDowntime.EACH)
    assert tick(MORNING + timedelta(days=30)).jobs == 30
    days = [moment.date() for moment, _ in history(row)]
    assert days == [(MORNING + timedelta(days=day)).date() for day in range(1, 31)]


def test_an_interval_never_leaves_its_raster():
    """However late and uneven the clock looks: anchor + k × period, each k once."""
    row = schedule(changed=MORNING, interval=every(7, "minutes"))
    now, dice = MORNING, random.Random(7)
    for _ in range(40):
        tick(now)
        now += timedelta(seconds=dice.choice([1, 59, 419, 420, 421, 3_000]))
    raster = [(moment - MORNING) / timedelta(minutes=7) for moment, _ in history(row)]
    assert raster == [float(number) for number in range(1, len(raster) + 1)]
