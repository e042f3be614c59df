"""Clocks die in the middle of a fill-in, and over the end of a pause: one job for each time and attempt."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from tasks_app.db import shared_time
from tasks_app.models import Between, FillIn, FillState, ScheduleOptions, SchedulePause, Slot, SlotState
from tasks_app.schedules.job_of_schedule import slot_job_id
from tasks_app.schedules.policies.filling import Which, begin, survey
from tests.faults import jobs
from tests.faults.bounds import TICK
from tests.faults.house import House
from tests.faults.schedules import PERIOD, make_schedules, stop_schedules

PAST = timedelta(hours=2)  # of a schedule of each minute
PACE = 600  # a minute: ten a look
PAUSE = 8.0  # seconds


@pytest.mark.long
@pytest.mark.scenario(27)
def test_clocks_killed_in_the_middle_of_a_fill_in_make_one_job_of_each_time(house: House) -> None:
    """Two clocks, each killed in its turn, so that for a while there is none.

    Held by the one transaction of a step (`filling._step`), which holds the fill-in's row, and by the job's
    id, which follows from schedule, moment and attempt. Let a step save how far it has come before it makes
    its jobs, in a transaction of its own, and times are left out.
    """
    PeriodicTask.objects.all().delete()
    minutely = CrontabSchedule.objects.create(minute="*", timezone="UTC")
    row = PeriodicTask.objects.create(name="Each minute", task=jobs.run.name, crontab=minutely)
    house.start_all(clocks=2)
    house.until(lambda: ScheduleOptions.objects.filter(schedule=row, next_slot__isnull=False).exists())
    now = shared_time.now()
    chosen = survey(row, now - PAST, now, Which.MISSING, now).chosen
    fill_in = begin(row, chosen, by=None, key="fill-in", pace=PACE, now=now)

    def done() -> int:
        return FillIn.objects.values_list("done", flat=True).get(pk=fill_in.pk)

    for name in ("clock1", "clock2"):
        before = done()
        house.until(lambda before=before: done() > before)
        house.process(name).kill()
    before = done()
    house.fault(TICK)
    house.start_clock("clock3")
    house.until(lambda: done() > before)
    house.recovered()
    house.until(lambda: FillIn.objects.get(pk=fill_in.pk).state == FillState.FINISHED)
    stop_schedules()
    for slot in Slot.objects.filter(schedule=row):  # those of the rhythm meanwhile too
        assert slot.job_id == house.record(slot_job_id(row.pk, slot.moment))
    moments = set(Slot.objects.values_list("moment", flat=True))
    assert {run.nominal for run in chosen} <= moments
    assert FillIn.objects.get(pk=fill_in.pk).made == len(chosen)
    house.account()


@pytest.mark.long
@pytest.mark.scenario(28)
def test_a_pause_that_ends_while_no_clock_is_there_runs_its_last_time_once(house: House) -> None:
    """Of three schedules: what becomes of the times of the pause is skipped, one of them, each.

    Held by `around.Around.at`, which asks for the pause that held when a run was due, ended or not, and by
    `held.let_go`. Let it ask for the pauses alone that hold now, and all is made up for as after a downtime.
    """
    make_schedules(3)
    house.start_all()
    house.until(lambda: Slot.objects.count() >= 6)
    now = shared_time.now()
    until = now + timedelta(seconds=PAUSE)
    rows = dict(zip(Between, PeriodicTask.objects.order_by("pk"), strict=True))
    for between, row in rows.items():
        SchedulePause.objects.create(schedule=row, begins_at=now, until=until, between=between)
    house.until(lambda: Slot.objects.filter(moment__gt=now).count() >= 3)
    house.process("clock1").kill()
    house.until(lambda: shared_time.now() > until + PERIOD)
    house.fault(TICK)
    house.start_clock("clock2")
    house.until(lambda: Slot.objects.filter(moment__gte=until).exclude(job_id="").count() >= 3)
    house.recovered()
    stop_schedules()
    expected = {Between.SKIP: 0, Between.ONCE: 1}
    for between, row in rows.items():
        of_pause = Slot.objects.filter(schedule=row, moment__gte=now, moment__lt=until)
        ran = of_pause.exclude(job_id="")
        assert ran.count() == expected.get(between, of_pause.count()), between
        assert not of_pause.filter(state=SlotState.HELD).exists()
        for slot in Slot.objects.filter(schedule=row).exclude(job_id=""):
            house.record(slot.job_id)
    time.sleep(PERIOD.seconds)  # no second job of any of them comes later
    house.account()
