"""A rhythm of beat's with our own row beside it: fewer of its times, some of them moved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings

from tasks_app.calendars.causes import InvalidCalendar
from tasks_app.calendars.rows import working_days_of
from tasks_app.calendars.working_days import WorkingDays
from tasks_app.models import Counted, OnDayOff
from tasks_app.schedules import causes
from tasks_app.schedules.rhythm.crontab import CrontabRhythm
from tasks_app.schedules.rhythm.days import DayFilter, Nth
from tasks_app.schedules.rhythm.fields import InvalidRhythm
from tasks_app.schedules.rhythm.moved import Filtered, Moved, Nominal
from tasks_app.schedules.rhythm.spans import Span, minutes_of
from tasks_app.schedules.rhythm.zones import known_zone

# How far each is counted: a month has five Tuesdays at most.
MOST = {Counted.DAY: 31, Counted.WEEKDAY: 5, Counted.WORKING_DAY: 31}


def rule_of(schedule: Any) -> Any:
    """Our row beside it; None where it has none.

    Most have none, and Django raises an error to say so each time: where that was asked already, it is known.
    """
    known = getattr(schedule, "_state", None)
    if known is not None and "rule" in known.fields_cache:
        return known.fields_cache["rule"]
    return getattr(schedule, "rule", None)


def ruled(rhythm: Nominal, rule: Any) -> Nominal:
    """The rhythm as the rule has it; raises InvalidRhythm."""
    try:
        working = working_days_of(rule.calendar)
    except InvalidCalendar as error:
        raise InvalidRhythm(error.notice) from error
    if rule.on_day_off not in OnDayOff.values:
        raise InvalidRhythm(causes.RULE_UNREADABLE())
    skips = rule.on_day_off == OnDayOff.SKIP
    only = DayFilter(_nth(rule, working), working if skips else None)
    zone = rhythm.zone if isinstance(rhythm, CrontabRhythm) else known_zone(rule.zone or settings.TIME_ZONE)
    if isinstance(rhythm, CrontabRhythm):
        rhythm = _sieved(rhythm, only, _span(rule))
    elif only != DayFilter():
        rhythm = Filtered(rhythm, only, zone)
    if rule.on_day_off in (OnDayOff.BEFORE, OnDayOff.AFTER):
        rhythm = Moved(rhythm, working, rule.on_day_off == OnDayOff.BEFORE, zone)
    return rhythm


def _sieved(rhythm: CrontabRhythm, only: DayFilter, span: Span | None) -> CrontabRhythm:
    found = replace(rhythm, only=only if only != DayFilter() else None, span=span)
    if span is not None and next(found.times(), None) is None:
        raise InvalidRhythm(causes.NEVER_COMES())
    return found


def _nth(rule: Any, working: WorkingDays) -> Nth | None:
    if not rule.counted:
        return None
    if rule.counted not in MOST or not rule.nth:
        raise InvalidRhythm(causes.RULE_UNREADABLE())
    counted = Counted(rule.counted)
    if abs(rule.nth) > MOST[counted]:
        raise InvalidRhythm(causes.NO_SUCH_NTH(most=MOST[counted], field="nth"))
    return Nth(rule.nth, counted, working)


def _span(rule: Any) -> Span | None:
    if rule.every is None:
        return None
    if rule.every < 1 or rule.first_time is None or rule.last_time is None:
        raise InvalidRhythm(causes.RULE_UNREADABLE())
    if rule.last_time < rule.first_time:
        raise InvalidRhythm(causes.SPAN_OVER_MIDNIGHT(field="last_time"))
    return Span(rule.every, minutes_of(rule.first_time), minutes_of(rule.last_time))
