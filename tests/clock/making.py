"""Schedules for tests, saved as a fixture is: unusable ones too. Moments are written as people write them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from tasks_app.models import Slot

PARIS = "Europe/Paris"
DEBUG_TASK = "projet.celery.debug_task"


def at(text: str, zone: str = "UTC", fold: int = 0) -> datetime:
    """`2026-03-29 02:30` on the wall of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def crontab(fields: str, zone: str = PARIS) -> CrontabSchedule:
    """`minute hour day month weekday`"""
    minute, hour, day, month, weekday = fields.split()
    columns = {"minute": minute, "hour": hour, "day_of_month": day, "month_of_year": month}
    return as_it_is(CrontabSchedule(**columns, day_of_week=weekday, timezone=zone))


def every(number: int, period: str) -> IntervalSchedule:
    return as_it_is(IntervalSchedule(every=number, period=period))


def schedule(name: str = "Nightly", *, changed: datetime, **fields: Any) -> PeriodicTask:
    """A schedule last edited at `changed`, which decides from when its slots count."""
    return edited(PeriodicTask(name=name, **{"task": DEBUG_TASK} | fields), changed)


def edited(row: PeriodicTask, moment: datetime) -> PeriodicTask:
    """The row as if it had been saved at that moment."""
    row.date_changed = moment
    as_it_is(row)
    row.refresh_from_db()
    return row


def as_it_is[Row: Model](row: Row) -> Row:
    """Saved as loaddata does: no `save` refuses it, and the clock hears of it."""
    row.save_base(raw=True)
    return row


def history(row: PeriodicTask) -> list[tuple[datetime, str]]:
    return list(Slot.objects.filter(schedule=row).order_by("moment").values_list("moment", "state"))
