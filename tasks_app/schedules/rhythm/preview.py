"""The next runs of a schedule as a person checks them: wall time, offset, clock changes flagged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from tasks_app.schedules.rhythm.crontab import CrontabRhythm
from tasks_app.schedules.rhythm.kinds import Rhythm, rhythm_of

SHOWN = 10


@dataclass(frozen=True)
class Run:
    moment: datetime  # UTC
    local: datetime  # in the schedule's own zone
    offset: str  # "UTC+02:00"
    note: str  # about a clock change on that day; "" on ordinary ones


def next_ten(schedule: Any, after: datetime, anchor: datetime | None = None) -> list[Run]:
    """The next ten runs (fewer when it ends) strictly after a moment; raises InvalidRhythm.

    `anchor` is where intervals are counted from: `after` for a schedule that is not saved yet.
    """
    rhythm = rhythm_of(schedule, anchor or schedule.start_time or after)
    zone = zone_of(schedule)
    runs: list[Run] = []
    moment = rhythm.after(after)
    while moment is not None and len(runs) < SHOWN:
        local = moment.astimezone(zone)
        runs.append(Run(moment, local, utc_offset(local), _clock_change(schedule, rhythm, local, zone)))
        moment = rhythm.after(moment)
    return runs


def zone_of(schedule: Any) -> ZoneInfo:
    """A crontab's own zone; the people's for all else."""
    zone = schedule.crontab.timezone if schedule.crontab else timezone.get_current_timezone()
    return ZoneInfo(str(zone))


def utc_offset(local: datetime) -> str:
    """UTC+02:00"""
    text = local.strftime("%z")
    return f"UTC{text[:3]}:{text[3:5]}"


def _clock_change(schedule: Any, rhythm: Rhythm, local: datetime, zone: ZoneInfo) -> str:
    if local.date() == date.max:  # the clocks cannot change on the way to a day there is not
        return ""
    day_begins = datetime.combine(local.date(), time.min, zone)
    day_ends = datetime.combine(local.date() + timedelta(days=1), time.min, zone)
    if day_begins.utcoffset() == day_ends.utcoffset():
        return ""
    inner = getattr(rhythm, "rhythm", rhythm)
    if isinstance(inner, CrontabRhythm) and (
        local.hour not in inner.hours or local.minute not in inner.minutes
    ):
        return _("The clocks change on this day and its hour does not exist: it runs right after it.")
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        if local.fold:
            return _("The clocks change on this day: this is the second pass of the doubled hour.")
        return _("The clocks change on this day: this is the first pass of the doubled hour.")
    return _("The clocks change on this day.")
