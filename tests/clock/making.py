"""Schedules for tests, made the way a shell or the admin makes them; moments written as people write them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

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
    return CrontabSchedule.objects.create(
        minute=minute, hour=hour, day_of_month=day, month_of_year=month, day_of_week=weekday, timezone=zone
    )


def every(number: int, period: str) -> IntervalSchedule:
    return IntervalSchedule.objects.create(every=number, period=period)


def schedule(name: str = "Nightly", *, changed: datetime, **fields: Any) -> PeriodicTask:
    """A schedule last edited at `changed`, which decides from when its slots count."""
    row = PeriodicTask.objects.create(name=name, **{"task": DEBUG_TASK} | fields)
    return edited(row, changed)


def edited(row: PeriodicTask, moment: datetime) -> PeriodicTask:
    """The row as if it had been saved at that moment."""
    row.save()
    PeriodicTask.objects.filter(pk=row.pk).update(date_changed=moment)
    row.refresh_from_db()
    return row


def history(row: PeriodicTask) -> list[tuple[datetime, str]]:
    return list(Slot.objects.filter(schedule=row).order_by("moment").values_list("moment", "state"))
