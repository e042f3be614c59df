"""A timing is changed or deleted on its page while schedules are saved that run by it."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask, SolarSchedule

from tasks_app.models import Made, ScheduleVersion
from tasks_app.schedules.planning import plan
from tasks_app.schedules.timings import add, change, hold, save_timings
from tasks_app.schedules.versions.recording import Stamp
from tests.clock.making import DEBUG_TASK, crontab, schedule

pytestmark = pytest.mark.django_db(transaction=True)


def is_waited_for() -> bool:
    """Of PostgreSQL: whether somebody waits for a lock. SQLite has one writer at a time by itself."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


class Beside(Thread):
    """Somebody who makes a schedule that found this row, in a process of their own."""

    def __init__(self, found: CrontabSchedule) -> None:
        super().__init__(daemon=True)
        self.found, self.begun = found, Event()

    def run(self) -> None:
        try:
            self.begun.set()
            with transaction.atomic():
                made = PeriodicTask(name="Made meanwhile", task=DEBUG_TASK, crontab=self.found)
                save_timings(made)
                made.save()
                plan(made, timezone.now())
        finally:
            connection.close()


def until_waited_for(beside: Beside) -> None:
    beside.start()
    assert beside.begun.wait(20)
    while beside.is_alive() and not is_waited_for():
        beside.join(0.01)


def test_a_schedule_that_is_made_while_its_timing_is_changed_gets_one_of_its_own():
    row = crontab("0 8 * * *")
    schedule("Nightly", changed=timezone.now(), crontab=row)
    beside = Beside(CrontabSchedule.objects.get())
    with transaction.atomic():
        users = hold(row)
        until_waited_for(beside)
        row.hour = "9"
        change(row, users, timezone.now(), Stamp(Made.EDITED))
    beside.join(20)
    hours = {one.name: one.crontab.hour for one in PeriodicTask.objects.select_related("crontab")}
    assert hours == {"Nightly": "9", "Made meanwhile": "8"}
    assert ScheduleVersion.objects.get(definition__name="Made meanwhile").number == 1


def test_a_schedule_that_is_made_while_its_timing_is_deleted_gets_it_anew():
    row = crontab("0 8 * * *")
    beside = Beside(CrontabSchedule.objects.get())
    with transaction.atomic():
        assert hold(row) == []
        until_waited_for(beside)
        row.delete()
    beside.join(20)
    assert PeriodicTask.objects.get().crontab.hour == "8"


def test_an_event_of_the_sun_that_two_people_add_in_one_instant_is_one_row():
    first, second = (
        SolarSchedule(event="sunset", latitude="64.1466", longitude="-21.9426") for _ in range(2)
    )
    with transaction.atomic():
        add(first)
        add(second)
    assert first.pk == second.pk == SolarSchedule.objects.get().pk
