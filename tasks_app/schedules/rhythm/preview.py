"""The next runs of a schedule as a person checks them: wall time, offset, clock changes flagged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tasks_app.schedules.rhythm.crontab import CrontabRhythm
from tasks_app.schedules.rhythm.kinds import Rhythm, rhythm_of
from tasks_app.schedules.rhythm.moved import LATEST, Moved, SlotMoment
from tasks_app.schedules.rhythm.rules import rule_of

SHOWN = 10


@dataclass(frozen=True)
class Run:
    moment: datetime  # UTC
    nominal: datetime  # the moment it stands for, where it was moved from a day off: what values move with
    local: datetime  # in the schedule's own zone
    offset: str  # "UTC+02:00"
    note: str  # about a clock change on that day; "" on ordinary ones


def next_ten(schedule: Any, after: datetime, anchor: datetime | None = None) -> list[Run]:
    """The next ten runs (fewer when it ends) strictly after a moment; raises InvalidRhythm.

    `anchor` is where intervals are counted from: `after` for a schedule that is not saved yet.
    """
    rhythm = rhythm_of(schedule, anchor or schedule.start_time or after)
    zone = zone_of(schedule)
    found = islice(rhythm.following(SlotMoment(after, LATEST)), SHOWN)
    return [_shown(rhythm, run, zone) for run in found]


def _shown(rhythm: Rhythm, run: SlotMoment, zone: ZoneInfo) -> Run:
    local = run.due.astimezone(zone)
    return Run(run.due, run.nominal, local, utc_offset(local), _note(rhythm, run, local, zone))


def _note(rhythm: Rhythm, run: SlotMoment, local: datetime, zone: ZoneInfo) -> str:
    change = _clock_change(rhythm, local, zone)
    if run.nominal == run.due:
        return change
    day = date_format(run.nominal.astimezone(zone), _("D j M Y"))
    return f"{_('Moved from %(day)s, a day off.') % {'day': day}} {change}".rstrip()


def zone_of(schedule: Any) -> ZoneInfo:
    """A crontab's own zone, or that of our rule; the people's for all else."""
    if schedule.crontab:
        return ZoneInfo(str(schedule.crontab.timezone))
    rule = rule_of(schedule)
    return ZoneInfo((rule and rule.zone) or str(timezone.get_current_timezone()))


def utc_offset(local: datetime) -> str:
    """UTC+02:00"""
    text = local.strftime("%z")
    return f"UTC{text[:3]}:{text[3:5]}"


def _clock_change(rhythm: Rhythm, local: datetime, zone: ZoneInfo) -> str:
    if local.date() == date.max:  # the clocks cannot change on the way to a day there is not
        return ""
    day_begins = datetime.combine(local.date(), time.min, zone)
    day_ends = datetime.combine(local.date() + timedelta(days=1), time.min, zone)
    if day_begins.utcoffset() == day_ends.utcoffset():
        return ""
    inner = rhythm.nominal.rhythm if isinstance(rhythm.nominal, Moved) else rhythm.nominal
    if isinstance(inner, CrontabRhythm) and (local.hour, local.minute) not in set(inner.times()):
        return _("The clocks change on this day and its hour does not exist: it runs right after it.")
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        if local.fold:
            return _("The clocks change on this day: this is the second pass of the doubled hour.")
        return _("The clocks change on this day: this is the first pass of the doubled hour.")
    return _("The clocks change on this day.")
