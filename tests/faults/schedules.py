"""Schedules that are due every few seconds, and what must have come of them."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from operator import attrgetter

from django_celery_beat.models import IntervalSchedule, PeriodicTask

from tasks_app.models import Slot, SlotState
from tasks_app.schedules.job_of_schedule import slot_job_id
from tests.faults import jobs
from tests.faults.house import House

PERIOD = timedelta(seconds=2)  # between two slots of each schedule


def make_schedules(number: int) -> None:
    """Rhythms that are due at the same seconds; there are no others."""
    rhythm = IntervalSchedule.objects.create(every=PERIOD.seconds, period="seconds")
    PeriodicTask.objects.all().delete()
    for one in range(number):
        PeriodicTask.objects.create(name=f"Number {one}", task=jobs.run.name, interval=rhythm)


def stop_schedules() -> None:
    """No slot is due from here on; what is, was dispatched."""
    for row in PeriodicTask.objects.all():
        row.enabled = False
        row.save()
    seen = -1
    while seen != (seen := Slot.objects.count()):
        time.sleep(2 * PERIOD.seconds)


def ran_since(moment: datetime) -> int:
    """How many schedules have a job for a later moment."""
    later = Slot.objects.filter(moment__gt=moment).exclude(job_id="")
    return later.values("schedule").distinct().count()


def record_slots(house: House) -> None:
    """Each moment of each schedule has one slot. Of the moments that a clock found due at one look, the last
    has one job, which ran once; the earlier are missed, and have none. There is no other job."""
    for schedule in PeriodicTask.objects.all():
        slots = list(Slot.objects.filter(schedule=schedule).order_by("moment"))
        assert {after.moment - before.moment for before, after in pairwise(slots)} == {PERIOD}
        for look, found in groupby(slots, key=attrgetter("decided_at")):
            *missed, last = found
            assert last.moment <= look
            assert {slot.state for slot in missed} <= {SlotState.MISSED}
            assert {slot.job_id for slot in missed} <= {""}
            assert last.job_id == house.record(slot_job_id(schedule.pk, last.moment))
