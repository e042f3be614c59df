"""An earlier version is put back while two clocks fire: a job for each time and attempt, or a reason."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from django.db import connection, connections, transaction
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from tasks_app.db import shared_time
from tasks_app.models import Made, ScheduleOwner, ScheduleVersion, Slot, SlotState
from tasks_app.schedules.causes import OVERTAKEN
from tasks_app.schedules.job_of_schedule import slot_job_id
from tasks_app.schedules.planning import plan
from tasks_app.schedules.undoing.making_up import make_up
from tasks_app.schedules.undoing.meanwhile import meanwhile
from tasks_app.schedules.undoing.putting_back import put_back
from tasks_app.schedules.versions.recording import Stamp
from tests.faults.bounds import TICK
from tests.faults.house import House
from tests.faults.schedules import PERIOD, make_schedules, ran_since, stop_schedules

SCHEDULES = 4
UNDONE = 3  # times, one after the other
SLOW = 2 * PERIOD.seconds  # seconds between two runs of the wrong version: it leaves out every other time

type Works = Sequence[Callable[[], object]]


@pytest.mark.long
@pytest.mark.scenario(29)
def test_an_undo_while_two_clocks_fire_makes_one_job_of_each_time_and_attempt(house: House) -> None:
    """A wrong version, an undo, and two people who make up for the same times at once, again and again:
    begun while a clock has the rows of what is due in its hands, and had in hand while times become due.

    Held by the lock of the schedule's row that clock, change and making up take (`planning._refresh`,
    `making_up.make_up`), and by `first_run`: let `work_out` return None, and times that were due as a
    schedule was changed have no slot.
    """
    make_schedules(SCHEDULES)
    keys = list(PeriodicTask.objects.values_list("pk", flat=True))
    slow = IntervalSchedule.objects.create(every=SLOW, period=IntervalSchedule.SECONDS)
    house.start_all(clocks=2)
    house.until(lambda: Slot.objects.count() >= 2 * SCHEDULES)
    right = list(ScheduleVersion.objects.filter(number=1))
    assert len(right) == SCHEDULES
    house.fault(TICK)
    for _ in range(UNDONE):
        begun_as_a_clock_fires(house, [lambda key=key: slow_down(key, slow) for key in keys])
        time.sleep(SLOW)  # for what the wrong version leaves out
        in_hand_as_clocks_fire(house, [lambda one=one: undo(one) for one in right])
        begun_as_a_clock_fires(house, [lambda key=key: make_up_for_all(key) for key in keys * 2])
    since = shared_time.now()
    house.until(lambda: ran_since(since) == SCHEDULES)
    house.recovered()
    stop_schedules()
    for key in keys:
        record_times(house, key)
    house.account()


def begun_as_a_clock_fires(house: House, works: Works) -> None:
    """A clock has locked what is due, and asks for the owners of these schedules."""
    with ThreadPoolExecutor(len(works)) as pool:
        with house.locked(table := ScheduleOwner._meta.db_table):
            house.until(lambda: that_wait_for(table))
            begun = [pool.submit(alone, work) for work in works]
            house.until(lambda: that_wait() + sum(one.done() for one in begun) > len(works))
        for one in begun:
            one.result()


def in_hand_as_clocks_fire(house: House, works: Works) -> None:
    """They have locked their schedules, and ask for the versions of them, as times become due."""
    with ThreadPoolExecutor(len(works)) as pool:
        with house.locked(table := ScheduleVersion._meta.db_table):
            begun = [pool.submit(alone, work) for work in works]
            house.until(lambda: that_wait_for(table) >= len(works))
            time.sleep(PERIOD.seconds)
        for one in begun:
            one.result()


def alone(work: Callable[[], object]) -> None:
    """In a thread, which has a connection of its own."""
    try:
        work()
    finally:
        connections.close_all()


def that_wait() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return int(cursor.fetchone()[0])


def that_wait_for(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [table])
        return int(cursor.fetchone()[0])


def slow_down(key: int, slow: IntervalSchedule) -> None:
    """Another rhythm, and another call: what ran by it is to be run again."""
    now = shared_time.now()
    with transaction.atomic():
        row = PeriodicTask.objects.get(pk=key)
        plan(row, now)
        row.interval, row.headers = slow, '{"wrong": 1}'
        row.save()
        plan(row, now, Stamp(Made.EDITED))


def undo(right: ScheduleVersion) -> None:
    put_back(right, shared_time.now(), Stamp(Made.BACK))


def make_up_for_all(key: int) -> None:
    now = shared_time.now()
    found = meanwhile(back := ScheduleVersion.objects.filter(schedule=key).latest("number"), now)
    assert found is not None
    assert found.refused is None
    make_up(back, [one.key for one in found.offered], now, None)


def record_times(house: House, key: int) -> None:
    """Each time of the rhythm that holds in the end has a slot: with a job for each attempt, or a reason.
    One that was overtaken by a change stands for what else was due by then."""
    slots = list(Slot.objects.filter(schedule=key).order_by("moment"))
    gaps = [one for one, after in pairwise(slots) if after.moment - one.moment != PERIOD]
    assert {one.cause for one in gaps} <= {OVERTAKEN.code}, gaps
    for slot in slots:
        if not slot.job_id:
            assert slot.state in (SlotState.MISSED, SlotState.SKIPPED)
            assert slot.reason_text
            continue
        assert slot.job_id == house.record(slot_job_id(key, slot.moment))
        for attempt in range(2, slot.attempt + 1):
            house.record(slot_job_id(key, slot.moment, attempt))
    assert {slot.attempt for slot in slots if slot.job_id} == {1, 2}
