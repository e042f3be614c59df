"""Between the friendly fields of a rhythm and django-celery-beat's rows, both ways."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask

from tasks_app.db.bad_rows import or_none
from tasks_app.models import AfterDowntime
from tasks_app.schedules.rhythm import InvalidRhythm, crontab_rhythm, known_zone

CRONTAB_FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
UNITS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}


class RhythmKind(models.TextChoices):
    EVERY = "every", _("Every so often")
    DAILY = "daily", _("Every day at a time")
    WEEKLY = "weekly", _("On days of the week")
    MONTHLY = "monthly", _("On a day of the month")
    ONCE = "once", _("Once")
    CRONTAB = "crontab", _("Advanced (crontab)")
    KEEP = "keep", _("Leave the rhythm as it is")


class Unit(models.TextChoices):
    MINUTES = "minutes", _("minutes")
    HOURS = "hours", _("hours")
    DAYS = "days", _("days")
    SECONDS = "seconds", _("seconds")


def rhythm_row(data: dict[str, Any]) -> models.Model:
    """The crontab, interval or clocked row of these values: one that exists, else an unsaved one.

    Rows are shared by schedules, so one that exists is never changed.
    """
    kind = data["kind"]
    if kind == RhythmKind.EVERY:
        return _found_or_new(IntervalSchedule, every=data["number"], period=data["unit"])
    if kind == RhythmKind.ONCE:
        return _found_or_new(ClockedSchedule, clocked_time=data["moment"])
    fields = dict.fromkeys(CRONTAB_FIELDS, "*")
    if kind == RhythmKind.CRONTAB:
        fields |= {name: "".join(data[name].split()) for name in CRONTAB_FIELDS}
    else:
        fields |= {"minute": str(data["time"].minute), "hour": str(data["time"].hour)}
    if kind == RhythmKind.WEEKLY:
        fields["day_of_week"] = ",".join(map(str, sorted(data["weekdays"])))
    if kind == RhythmKind.MONTHLY:
        fields["day_of_month"] = str(data["day"])
    return _found_or_new(CrontabSchedule, timezone=ZoneInfo(data["zone"]), **fields)


def _found_or_new(model: type[models.Model], **fields: Any) -> models.Model:
    return model._default_manager.filter(**fields).first() or model(**fields)


def initial_of(schedule: PeriodicTask) -> dict[str, Any]:
    """The form's values for an existing schedule, its rhythm in the friendliest fields that can say it."""
    options = getattr(schedule, "options", None)
    values: dict[str, Any] = {
        name: or_none(partial(_value, schedule, name))
        for name in ("name", "start_time", "expires", "one_off", "enabled")
    }
    values["after_downtime"] = options.after_downtime if options else AfterDowntime.ONCE
    return values | (or_none(lambda: _rhythm_of(schedule)) or {"kind": _kind_of(schedule)})


def _value(row: models.Model, name: str) -> Any:
    value = getattr(row, name)
    if isinstance(value, datetime):
        timezone.localtime(value)  # as the form shows it: a moment at the end of the calendar has no such
    return value


def _kind_of(schedule: PeriodicTask) -> RhythmKind:
    """Of a rhythm that cannot be read: its fields are there to be filled in anew."""
    kinds = {"interval_id": RhythmKind.EVERY, "clocked_id": RhythmKind.ONCE, "crontab_id": RhythmKind.CRONTAB}
    return next((kind for column, kind in kinds.items() if getattr(schedule, column)), RhythmKind.DAILY)


def _rhythm_of(schedule: PeriodicTask) -> dict[str, Any]:
    if schedule.interval:
        return {"kind": RhythmKind.EVERY, **_every(schedule.interval)}
    if schedule.clocked:
        return {"kind": RhythmKind.ONCE, "moment": _value(schedule.clocked, "clocked_time")}
    if schedule.crontab:
        return _friendly_crontab(schedule.crontab)
    return {"kind": RhythmKind.KEEP}


def _every(interval: IntervalSchedule) -> dict[str, Any]:
    seconds = max(int(timedelta(**{interval.period: interval.every}).total_seconds()), 1)
    unit = next(unit for unit, size in UNITS.items() if seconds % size == 0)
    return {"number": seconds // UNITS[unit], "unit": unit}


def _friendly_crontab(row: CrontabSchedule) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in CRONTAB_FIELDS}
    zone = str(row.timezone)
    offered = settings.TIME_ZONE if or_none(lambda: known_zone(zone)) is None else zone
    values: dict[str, Any] = {"kind": RhythmKind.CRONTAB, "zone": offered} | fields
    try:
        rhythm = crontab_rhythm(zone=offered, **fields)
    except InvalidRhythm:
        return values
    if len(rhythm.minutes) > 1 or len(rhythm.hours) > 1 or len(rhythm.months) < 12:
        return values
    values["time"] = f"{rhythm.hours[0]:02d}:{rhythm.minutes[0]:02d}"
    every_date, every_weekday = len(rhythm.days) == 31, len(rhythm.weekdays) == 7
    if every_date and every_weekday:
        return values | {"kind": RhythmKind.DAILY}
    if every_date:
        return values | {"kind": RhythmKind.WEEKLY, "weekdays": list(rhythm.weekdays)}
    if every_weekday and len(rhythm.days) == 1:
        return values | {"kind": RhythmKind.MONTHLY, "day": rhythm.days[0]}
    return values
