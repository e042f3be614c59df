"""A schedule that is due each hour of a morning, what keeps it off, and what came of its times."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django_celery_beat.models import PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.ledger.slot_outcome import slot_ended
from tasks_app.models import (
    Between,
    Job,
    QuietPeriod,
    SchedulePause,
    State,
)
from tests.clock.making import at, every, history, schedule

MORNING = at("2026-06-01 08:00")  # a Monday
HOUR = timedelta(hours=1)


def hourly(name: str = "Nightly", **fields: Any) -> PeriodicTask:
    """Due at 09:00, 10:00 … UTC."""
    row = schedule(name, changed=MORNING, interval=every(1, "hours"), **fields)
    tick(MORNING)
    return row


def paused(row: PeriodicTask, begin: float, end: float | None, between: str = Between.SKIP) -> SchedulePause:
    until = None if end is None else MORNING + end * HOUR
    return SchedulePause.objects.create(
        schedule=row, begins_at=MORNING + begin * HOUR, until=until, between=between, reason="month-end"
    )


def states(row: PeriodicTask) -> dict[float, str]:
    """What came of each time, by the hours since the morning."""
    return {(moment - MORNING) / HOUR: state for moment, state in history(row)}


def end(job: Job, state: State = State.SUCCEEDED) -> None:
    """The end of a job as its worker writes it, without a worker."""
    Job.objects.filter(pk=job.pk).update(state=state, ended_at=job.created_at, error="It failed.")
    job.refresh_from_db()
    slot_ended(job)


def end_all(state: State = State.SUCCEEDED) -> None:
    for job in Job.objects.filter(state__in=(State.WAITING, State.RUNNING)):
        end(job, state)


def quiet(name: str = "Maintenance", **fields: Any) -> QuietPeriod:
    if not {"begins_at", "from_time"} & fields.keys():
        fields |= {"begins_at": MORNING + 0.5 * HOUR, "ends_at": MORNING + 2.5 * HOUR}
    made: QuietPeriod = QuietPeriod.objects.create(name=name, **fields)
    return made
