"""Clocks die, start late, stand still, find no broker or bad rows: one job for each schedule and moment."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, PeriodicTask

from tasks_app.models import Job, ScheduleOptions, Slot, State
from tasks_app.monitor.health import CLOCK, Level, run, worst
from tests.faults import jobs
from tests.faults.bounds import EMPTIED, TICK
from tests.faults.house import House
from tests.faults.schedules import PERIOD, make_schedules, ran_since, record_slots, stop_schedules

SCHEDULES = 10
DOWN = 5  # moments of each that no clock sees
STALL = 40  # seconds: longer than it takes to be told
PAUSE_OF_MANAGERS = 5.0  # seconds, of systemd, Docker and `make up`


@pytest.mark.long
@pytest.mark.scenario(15)
def test_two_clocks_one_of_them_killed_as_it_fires_make_one_job_of_each_slot(house: House) -> None:
    """One is killed as it fires, the other a second after. Both also come to the same slots at once: a lock
    on their table holds the first of them up.

    Held by the row locks of `tick._dispatch_due`, and behind them by the job's id, which follows from
    schedule and moment. Take `select_for_update` out and give `schedule_job.job_of` a random id, and there
    are jobs that no slot knows.
    """
    make_schedules(SCHEDULES)
    house.start_all(clocks=2)
    with house.locked(Slot._meta.db_table):
        house.until(house.somebody_waits_for_a_lock)
        time.sleep(PERIOD.seconds)  # the other clock looks too
    for name, seconds_later in (("clock1", 0), ("clock2", 1)):
        house.until(lambda: Slot.objects.count() >= 3 * SCHEDULES)
        before = Slot.objects.count()
        house.until(lambda before=before: Slot.objects.count() > before)
        time.sleep(seconds_later)
        house.fault(PERIOD.seconds + TICK)
        killed = timezone.now()
        house.process(name).kill()
        house.until(lambda killed=killed: ran_since(killed) == SCHEDULES)  # the other clock is there
        house.recovered()
        house.start_clock(name)
    house.until(lambda: Slot.objects.count() >= 8 * SCHEDULES)
    stop_schedules()
    record_slots(house)
    house.account()
    # A clock was there all the time: none but a loaded machine and the lock made it miss a moment.
    assert 2 * Slot.objects.filter(job_id="").count() < Slot.objects.count()


@pytest.mark.long
@pytest.mark.scenario(15)
def test_clocks_that_are_down_over_slots_run_each_schedule_once_afterwards(house: House) -> None:
    """Held by `due_slots._to_run`: let it return all moments at its end, and each schedule runs for every
    moment that passed; none is listed as missed. Let it return none, and no schedule makes up for the
    outage."""
    make_schedules(SCHEDULES)
    house.start_all()
    house.until(lambda: Slot.objects.count() >= 2 * SCHEDULES)
    house.process("clock1").kill()
    killed = timezone.now()
    time.sleep(DOWN * PERIOD.seconds)
    house.fault(TICK)
    house.start_clock("clock2")
    house.until(lambda: ran_since(killed) == SCHEDULES)
    house.recovered()
    stop_schedules()
    for schedule in PeriodicTask.objects.all():
        since = Slot.objects.filter(schedule=schedule, moment__gt=killed)
        first_look = since.filter(decided_at=since.earliest("decided_at").decided_at)
        assert first_look.count() >= DOWN  # all moments of the outage, each listed
        assert first_look.exclude(job_id="").count() == 1
    record_slots(house)
    house.account()


@pytest.mark.long
@pytest.mark.scenario(15)
def test_a_one_off_that_is_due_while_the_broker_is_down_runs_once_it_is_back(house: House) -> None:
    """Held by the Job row, which is committed before the message leaves: django-celery-beat alone disables
    the one-off and never sends it. Take `publish_due` out of `recover`, and it is "waiting" for ever."""
    PeriodicTask.objects.all().delete()
    due = ClockedSchedule.objects.create(clocked_time=timezone.now() + timedelta(seconds=8))
    house.start_all(clocks=2)
    house.redis.kill()
    once = PeriodicTask.objects.create(name="Once", task=jobs.run.name, clocked=due, one_off=True)
    house.until(lambda: Job.objects.filter(state=State.WAITING).exists())
    house.record(Job.objects.get().pk)
    house.fault(EMPTIED)
    house.redis.start()
    house.account()
    once.refresh_from_db()
    assert not once.enabled


@pytest.mark.long
@pytest.mark.scenario(23)
def test_bad_rows_stop_no_other_schedule(house: House) -> None:
    """A time zone that is none, and a job that the database refuses, at each look.

    Held by `tick._dispatch_due`: let it raise what the batch raised, and none that is due has a job. The zone
    is held twice, by `lenient_rows.read_zone` and by `bad_rows.read_each`: without both, no change of any
    schedule is read any more.
    """
    make_schedules(SCHEDULES)
    every = PeriodicTask.objects.all()[0].interval
    refused = PeriodicTask.objects.create(
        name="Refused", task=jobs.run.name, interval=every, headers='{"retries": -1}'
    )
    nowhere = PeriodicTask.objects.create(
        name="Nowhere", task=jobs.run.name, crontab=CrontabSchedule.objects.create()
    )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_celery_beat_crontabschedule SET timezone = 'Mars/Olympus'")
    house.start_all()
    house.fault(PERIOD.seconds + TICK)
    began = timezone.now()
    house.until(lambda: ran_since(began) == SCHEDULES)
    house.recovered()
    house.until(lambda: ScheduleOptions.objects.exclude(invalid="").count() == 2)
    after = timezone.now()
    house.until(lambda: ran_since(after + PERIOD) == SCHEDULES)
    assert not Job.objects.filter(message__headers__periodic_task_name__in=["Refused", "Nowhere"]).exists()
    Slot.objects.filter(schedule__in=[refused, nowhere]).delete()
    PeriodicTask.objects.filter(pk__in=[refused.pk, nowhere.pk]).delete()
    stop_schedules()
    record_slots(house)
    house.account()


@pytest.mark.long
@pytest.mark.scenario(24)
def test_a_clock_that_stands_still_is_told_and_ends_to_be_started_anew(house: House) -> None:
    """Deaf to SIGTERM, as in a finalizer that waits for its own thread.

    Held by `standstill.Guard`: let its `look` do nothing, and the clock stands there for ever. That it is
    told is held by the heartbeat, which only a look that came to its end leaves.
    """
    make_schedules(SCHEDULES)
    house.start_worker()
    clock = house.start_clock(
        "clock1",
        DJANGO_SETTINGS_MODULE="tests.faults.hanging",
        HANGING_FOLDER=str(house.folder),
        CLOCK_STALL_SECONDS=str(STALL),
    )
    house.until(lambda: Slot.objects.count() >= 2 * SCHEDULES)
    (house.folder / "deaf").touch()
    house.until((house.folder / "deaf-hangs").exists)
    since = timezone.now()
    house.until(lambda: level() is Level.FAILED, 30 + TICK)
    house.until(lambda: not clock.running)
    (house.folder / "deaf").unlink()
    house.fault(PAUSE_OF_MANAGERS + PERIOD.seconds + TICK)
    house.start_clock("clock2")
    house.until(lambda: ran_since(since) == SCHEDULES)
    house.recovered()
    stop_schedules()
    record_slots(house)
    house.account()


def level() -> Level:
    [(_check, findings)] = list(run(CLOCK, timezone.now()))
    return worst(findings)
