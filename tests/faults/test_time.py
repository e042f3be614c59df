"""Clocks of hosts and of the database are set to another hour and back: nothing waits, nothing runs twice."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from tasks_app.models import Job, Node, Slot
from tests.faults import jobs
from tests.faults.bounds import PUBLISHED, TICK
from tests.faults.house import House
from tests.faults.schedules import PERIOD, make_schedules, ran_since, record_slots, stop_schedules

SCHEDULES = 5
HOUR = 3600
SEEN_AFTER = 10.0  # seconds: a process asks for the time as often as it gives a sign of life
MOVED: dict[str, Any] = {"DJANGO_SETTINGS_MODULE": "tests.faults.moving_time"}


def set_host_clocks(house: House, seconds: int) -> None:
    """Of all processes that were started with MOVED."""
    (house.folder / "clock-is-off-by").write_text(str(seconds))


def set_database_clock(house: House, seconds: int) -> None:
    """A function of the database's own, which is found before PostgreSQL's."""
    url = house.environment["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as mine:
        mine.execute(
            "CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
            f"$$ SELECT pg_catalog.clock_timestamp() + interval '{seconds:d} seconds' $$"
        )


def let_the_database_be_moved(house: House) -> None:
    set_database_clock(house, 0)
    name = psycopg.conninfo.conninfo_to_dict(house.environment["DATABASE_URL"])["dbname"]
    with psycopg.connect(house.environment["DATABASE_URL"], autocommit=True) as mine:
        mine.execute(f'ALTER DATABASE "{name}" SET search_path = public, pg_catalog')


@pytest.mark.long
@pytest.mark.scenario(21)
def test_a_host_whose_clock_is_set_an_hour_ahead_and_back_holds_nothing_up(house: House) -> None:
    """The clock's host, and a worker's, whose jobs are tried again.

    Held by `shared_time.now`, which each moment of a row is of: let it return `timezone.now()`, and jobs that
    were launched or put off in that hour wait for it to come; with it in the place of `database_now` in
    `TimeWatch`, the schedules stand still as well.
    """
    make_schedules(SCHEDULES)
    house.start_worker("worker1", **MOVED)
    house.start_clock("clock1", **MOVED)
    house.until(lambda: Slot.objects.count() >= 2 * SCHEDULES)
    set_host_clocks(house, HOUR)
    before = Slot.objects.count()
    house.until(lambda: Slot.objects.count() >= before + 3 * SCHEDULES)
    stumbling = [house.record(jobs.stumble.delay(1).id, runs=2) for _ in range(3)]
    for job_id in stumbling:
        house.ran(job_id)
    house.fault(PERIOD.seconds + TICK + PUBLISHED)
    set_host_clocks(house, 0)
    back = timezone.now()
    house.until(lambda: ran_since(back) == SCHEDULES)
    house.recovered()
    stop_schedules()
    record_slots(house)
    house.account()
    assert not Slot.objects.filter(moment__gt=timezone.now()).exists()
    house.until(
        lambda: Node.objects.filter(kind="clock", details__clock_jump__seconds=-HOUR).exists(),
        what=lambda: str(Node.objects.values("name", "details")),
    )


@pytest.mark.long
@pytest.mark.scenario(22)
def test_a_database_whose_time_jumps_an_hour_ahead_and_back_holds_nothing_up(house: House) -> None:
    """Held by `scheduler._note_jump`: without `mending_due` set there, the schedules stand still for an hour.
    No moment has a second job."""
    let_the_database_be_moved(house)
    make_schedules(SCHEDULES)
    house.start_all()
    house.until(lambda: Slot.objects.count() >= 2 * SCHEDULES)
    before = timezone.now()
    set_database_clock(house, HOUR)
    hour_later = before + timedelta(seconds=HOUR)
    house.until(lambda: Slot.objects.filter(moment__gt=hour_later).exclude(job_id="").count() >= SCHEDULES)
    time.sleep(2 * SEEN_AFTER)  # every process has the database's time
    house.fault(PERIOD.seconds + 2 * SEEN_AFTER + PUBLISHED)
    set_database_clock(house, 0)
    back = timezone.now()
    house.until(lambda: soon(back).values("schedule").distinct().count() == SCHEDULES)
    house.recovered()
    stop_schedules()
    # What became of each moment is of two times; that each has one job, which ran once, is of none.
    for job in Job.objects.all():
        house.record(job.pk)
    house.account()
    slots = Slot.objects.exclude(job_id="")
    assert slots.count() == Job.objects.count() == slots.values("schedule", "moment").distinct().count()


def soon(back: Any) -> Any:
    """Slots with a job, of moments right after the time went back."""
    found = Slot.objects.filter(moment__range=(back, back + timedelta(minutes=10)))
    return found.exclude(job_id="")
