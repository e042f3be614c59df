"""Between the friendly fields of a rhythm and django-celery-beat's rows, both ways; ours is in rules.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from tasks_app.admin.schedules.kinds import CRONTAB_FIELDS, RhythmKind
from tasks_app.db.bad_rows import or_none
from tasks_app.models import AfterDowntime, Counted, OnDayOff
from tasks_app.schedules.rhythm import CrontabRhythm, InvalidRhythm, crontab_rhythm, known_zone, rule_of
from tasks_app.schedules.rhythm.spans import Span, minutes_of

UNITS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
ALL_MONTHS = range(1, 13)
ROWS: dict[str, type[models.Model]] = {
    "crontab": CrontabSchedule,
    "interval": IntervalSchedule,
    "clocked": ClockedSchedule,
    "solar": SolarSchedule,
}


class Unit(models.TextChoices):
    MINUTES = "minutes", _("minutes")
    HOURS = "hours", _("hours")
    DAYS = "days", _("days")
    SECONDS = "seconds", _("seconds")


def rhythm_row(data: dict[str, Any]) -> models.Model:
    """The crontab, interval, clocked or solar row of these values: one that exists, else an unsaved one.

    Rows are shared by schedules, so one that exists is never changed. Where our rule counts days or times, it
    holds all that the rule may let through.
    """
    kind = data["kind"]
    if kind == RhythmKind.EVERY:
        return _found_or_new(IntervalSchedule, every=data["number"], period=data["unit"])
    if kind == RhythmKind.ONCE:
        return _found_or_new(ClockedSchedule, clocked_time=data["moment"])
    if kind == RhythmKind.SUN:
        place = {name: data[name] for name in ("event", "latitude", "longitude")}
        return _found_or_new(SolarSchedule, **place)
    return _found_or_new(CrontabSchedule, timezone=ZoneInfo(data["zone"]), **crontab_fields(data))


def crontab_fields(data: dict[str, Any]) -> dict[str, str]:
    fields, kind = dict.fromkeys(CRONTAB_FIELDS, "*"), data["kind"]
    if kind == RhythmKind.CRONTAB:
        return {name: "".join(data[name].split()) for name in CRONTAB_FIELDS}
    if data.get("months"):
        fields["month_of_year"] = _listed(data["months"], 12)
    if kind == RhythmKind.BETWEEN:
        span = Span(data["step"], minutes_of(data["from_time"]), minutes_of(data["until_time"]))
        fields["minute"] = _listed({wall.minute for wall in span.times}, 60)
        fields["hour"] = _listed({wall.hour for wall in span.times}, 24)
    else:
        fields |= {"minute": str(data["time"].minute), "hour": str(data["time"].hour)}
    if kind in (RhythmKind.WEEKLY, RhythmKind.BETWEEN) and data["weekdays"]:
        fields["day_of_week"] = _listed(data["weekdays"], 7)
    if kind == RhythmKind.MONTHLY:
        fields["day_of_month"] = str(data["day"])
    if kind == RhythmKind.NTH:
        fields |= _days_of_nth(data["position"], data["counted"])
    return fields


def _days_of_nth(position: int, counted: str) -> dict[str, str]:
    """The days of a month, and of the week, of which that can be one."""
    if counted == Counted.WORKING_DAY:
        return {}
    if counted == Counted.DAY:
        first, last = (position, position) if position > 0 else (29 + position, 32 + position)
        return {"day_of_month": str(first) if first == last else f"{first}-{last}"}
    if position > 0:
        first, last = 7 * position - 6, min(7 * position, 31)
    else:
        first, last = 29 + 7 * position, 38 + 7 * position
    return {"day_of_month": f"{max(first, 1)}-{last}", "day_of_week": counted}


def _listed(values: Iterable[int], of: int) -> str:
    found = sorted(values)
    return "*" if len(found) == of else ",".join(map(str, found))


def _found_or_new(model: type[models.Model], **fields: Any) -> models.Model:
    return model._default_manager.filter(**fields).first() or model(**fields)


# --- and back ----------------------------------------------------------------------------------


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
    kinds = {
        "interval_id": RhythmKind.EVERY,
        "clocked_id": RhythmKind.ONCE,
        "solar_id": RhythmKind.SUN,
        "crontab_id": RhythmKind.CRONTAB,
    }
    return next((kind for column, kind in kinds.items() if getattr(schedule, column)), RhythmKind.DAILY)


def _rhythm_of(schedule: PeriodicTask) -> dict[str, Any]:
    rule = rule_of(schedule)
    values = _beats_values(schedule, rule)
    if rule:
        values |= {"calendar": rule.calendar_id, "on_day_off": rule.on_day_off}
        values |= {"zone": rule.zone} if rule.zone else {}
    if values["kind"] == RhythmKind.DAILY and values.get("on_day_off") == OnDayOff.SKIP:
        values |= {"kind": RhythmKind.WORKING, "on_day_off": ""}
    return values


def _beats_values(schedule: PeriodicTask, rule: Any) -> dict[str, Any]:
    if schedule.interval:
        return {"kind": RhythmKind.EVERY, **_every(schedule.interval)}
    if schedule.clocked:
        return {"kind": RhythmKind.ONCE, "moment": _value(schedule.clocked, "clocked_time")}
    if schedule.solar:
        place = {name: getattr(schedule.solar, name) for name in ("event", "latitude", "longitude")}
        return {"kind": RhythmKind.SUN, **place}
    if schedule.crontab:
        return _friendly_crontab(schedule.crontab, rule)
    return {"kind": RhythmKind.DAILY}


def _every(interval: IntervalSchedule) -> dict[str, Any]:
    seconds = max(int(timedelta(**{interval.period: interval.every}).total_seconds()), 1)
    unit = next(unit for unit, size in UNITS.items() if seconds % size == 0)
    return {"number": seconds // UNITS[unit], "unit": unit}


def _friendly_crontab(row: CrontabSchedule, rule: Any) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in CRONTAB_FIELDS}
    zone = str(row.timezone)
    offered = settings.TIME_ZONE if or_none(lambda: known_zone(zone)) is None else zone
    values: dict[str, Any] = {"kind": RhythmKind.CRONTAB, "zone": offered} | fields
    try:
        rhythm = crontab_rhythm(zone=offered, **fields)
    except InvalidRhythm:
        return values
    if rule and (rule.counted or rule.every):
        return values | (_ruled_values(rhythm, rule) or {"kind": RhythmKind.KEEP})
    return values | _friendly_days(rhythm)


def _friendly_days(rhythm: CrontabRhythm) -> dict[str, Any]:
    if len(rhythm.minutes) > 1 or len(rhythm.hours) > 1:
        return {}
    values = {"time": time(rhythm.hours[0], rhythm.minutes[0]), **_months(rhythm)}
    every_date, every_weekday = len(rhythm.days) == 31, len(rhythm.weekdays) == 7
    if every_date and every_weekday:
        return values | {"kind": RhythmKind.DAILY}
    if every_date:
        return values | {"kind": RhythmKind.WEEKLY, "weekdays": list(rhythm.weekdays)}
    if every_weekday and len(rhythm.days) == 1:
        return values | {"kind": RhythmKind.MONTHLY, "day": rhythm.days[0]}
    return {}


def _ruled_values(rhythm: CrontabRhythm, rule: Any) -> dict[str, Any] | None:
    """What the form would make this very pair of rows of; None where it could not."""
    values: dict[str, Any] = {"weekdays": [], **_months(rhythm)}
    if rule.every:
        values |= {"kind": RhythmKind.BETWEEN, "step": rule.every}
        values |= {"from_time": rule.first_time, "until_time": rule.last_time}
        values["weekdays"] = list(rhythm.weekdays) if len(rhythm.weekdays) < 7 else []
    elif len(rhythm.minutes) == len(rhythm.hours) == 1:
        weekday = str(rhythm.weekdays[0]) if rule.counted == Counted.WEEKDAY else rule.counted
        values |= {"kind": RhythmKind.NTH, "position": rule.nth, "counted": weekday}
        values["time"] = time(rhythm.hours[0], rhythm.minutes[0])
    else:
        return None
    again = crontab_rhythm(zone=str(rhythm.zone), **crontab_fields(values))
    return values if again == rhythm else None


def _months(rhythm: CrontabRhythm) -> dict[str, Any]:
    return {"months": [] if len(rhythm.months) == len(ALL_MONTHS) else list(rhythm.months)}
