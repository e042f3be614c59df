"""Slots with their jobs, as a fortnight leaves them; moments written as people write them, in Paris."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django_celery_beat.models import PeriodicTask

from tasks_app.models import (
    Job,
    PromiseDay,
    PromisedDays,
    SchedulePromise,
    ScheduleTrouble,
    Slot,
    SlotState,
    State,
)
from tasks_app.schedules.job_of_schedule import slot_job_id
from tests.clock.making import PARIS, at
from tests.pages.rows import make_job


def paris(text: str) -> datetime:
    return at(text, PARIS)


def slot(
    row: PeriodicTask, moment: str, state: str = SlotState.DONE, *, ended: str = "", **fields: Any
) -> Slot:
    """A slot of a schedule; with `ended`, its job too."""
    when, job_id = paris(moment), ""
    if ended:
        job_id = slot_job_id(row.pk, when)
        job_state = {SlotState.FAILED: State.FAILED, SlotState.QUEUED: State.RUNNING}.get(
            state, State.SUCCEEDED
        )
        make_job(
            id=job_id,
            name=row.task,
            state=job_state,
            scheduled_for=when,
            created_at=when,
            started_at=when,
            ended_at=None if state == SlotState.QUEUED else paris(ended),
        )
    return Slot.objects.create(
        schedule=row,
        schedule_name=row.name,
        moment=when,
        state=state,
        job_id=job_id,
        **{"decided_at": when} | fields,
    )


def promise(row: PeriodicTask, since: str, by: str = "07:00", **fields: Any) -> SchedulePromise:
    given = {"days": PromisedDays.WORKING, "zone": PARIS} | fields
    return SchedulePromise.objects.create(
        schedule=row, done_by=time.fromisoformat(by), since=paris(since), **given
    )


def days(row: PeriodicTask) -> list[tuple[str, bool, str | None]]:
    """Day, kept, cause."""
    found = PromiseDay.objects.filter(schedule=row).order_by("day")
    return [(str(one.day), one.kept, one.cause) for one in found]


def repaired(one: Slot, moment: str) -> None:
    Job.objects.filter(pk=one.job_id).update(repaired_at=paris(moment))


def troubles(row: PeriodicTask) -> list[tuple[str, bool]]:
    """Cause, and whether it is over."""
    found = ScheduleTrouble.objects.filter(schedule=row).order_by("pk")
    return [(one.cause, one.ended_at is not None) for one in found]


MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
