"""Two people make up for the same times while the clock fires: one job a slot and attempt."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.models import Job, Made, ScheduleVersion, Slot, State
from tasks_app.schedules.undoing.making_up import make_up
from tasks_app.schedules.undoing.meanwhile import meanwhile
from tasks_app.schedules.undoing.putting_back import put_back
from tasks_app.schedules.versions.recording import Stamp
from tests.clock.making import at, crontab, schedule
from tests.clock.test_two_clocks import at_once

pytestmark = pytest.mark.django_db(transaction=True)

NOW = at("2026-06-01 12:00")
MINUTE = timedelta(minutes=1)


def test_undo_by_two_while_two_clocks_fire(broker):
    schedule(changed=NOW, crontab=crontab("*/5 * * * *"))
    tick(NOW)
    tick(NOW + 5 * MINUTE)
    Job.objects.update(state=State.FAILED)
    Slot.objects.update(state="failed")
    CrontabSchedule.objects.update(minute="59", hour="23")
    PeriodicTask.objects.get().save()
    tick(NOW + 6 * MINUTE)
    put_back(ScheduleVersion.objects.get(number=1), NOW + 29 * MINUTE, Stamp(Made.BACK))
    back = ScheduleVersion.objects.get(number=3)
    chosen = [time.key for time in meanwhile(back, NOW + 29 * MINUTE).offered]
    works = [
        lambda: make_up(back, chosen, NOW + 30 * MINUTE, None),
        lambda: make_up(back, chosen, NOW + 30 * MINUTE, None),
        lambda: tick(NOW + 30 * MINUTE),
        lambda: tick(NOW + 30 * MINUTE, starting=True),
    ]
    at_once(lambda: works.pop()(), times=4)
    tick(NOW + 30 * MINUTE)  # what one clock passed by while a person held it
    slots = Slot.objects.order_by("moment")
    assert [(slot.moment - NOW) // MINUTE for slot in slots] == [5, 10, 15, 20, 25, 30]
    assert Job.objects.count() == len({slot.job_id for slot in slots}) == 6
    assert {slot.version for slot in slots} == {1, 3}
