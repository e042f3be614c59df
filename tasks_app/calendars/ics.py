"""Days off out of an ICS file (RFC 5545), as calendars are exported: whole days, also repeated ones.

The package `icalendar` reads the file, dateutil follows what is repeated; what a file may cost has bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

import icalendar
from dateutil.rrule import rrulestr

from tasks_app.calendars import causes
from tasks_app.calendars.causes import InvalidCalendar
from tasks_app.calendars.own_days import FIRST_YEAR, LONGEST_NAME, LONGEST_SPAN, MOST_LINES, OwnDay

ONE_DAY = timedelta(days=1)
MOST_BYTES = 1_000_000
MOST_REPEATED = 100  # events: each may be followed day by day from 1900 on
YEARS_AHEAD = 10  # of what is repeated without an end
OF_WHOLE_DAYS = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
WITHIN_A_DAY = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
ENDS = re.compile(r";?(?:UNTIL|COUNT)=\w+")


def read_ics(content: bytes, today: date) -> list[OwnDay]:
    """The events' days, from the beginning of last year on; raises InvalidCalendar with what is wrong."""
    if len(content) > MOST_BYTES:
        raise InvalidCalendar(causes.ICS_TOO_LARGE(most=MOST_BYTES // 1000))
    try:
        events: list[Any] = icalendar.Calendar.from_ical(content).walk("VEVENT")
        days = sorted(islice(_days(events, today), MOST_LINES + 1), key=str)
    except InvalidCalendar:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise InvalidCalendar(causes.NO_ICS()) from error
    if len(days) > MOST_LINES:
        raise InvalidCalendar(causes.TOO_MANY_DAYS(lines=len(days), most=MOST_LINES))
    if not days:
        raise InvalidCalendar(causes.ICS_IS_EMPTY())
    return days


def _days(events: list[Any], today: date) -> Iterator[OwnDay]:
    begin = date(today.year - 1, 1, 1)
    end = date(today.year + YEARS_AHEAD, 1, 1)
    repeated = [event for event in events if "RRULE" in event]
    if len(repeated) > MOST_REPEATED:
        raise InvalidCalendar(causes.ICS_REPEATS_TOO_MUCH(most=MOST_REPEATED))
    for event in events:
        if str(event.get("STATUS", "")).upper() != "CANCELLED":
            first = _date(event["DTSTART"].dt)
            longer = min(_last(event, first) - first, (LONGEST_SPAN - 1) * ONE_DAY)
            name = " ".join(str(event.get("SUMMARY", "")).split())[:LONGEST_NAME]
            days = _repeated(event, first, end) - _instead(event, events) if "RRULE" in event else {first}
            yield from (OwnDay(day, day + longer, name) for day in sorted(days) if begin <= day < end)


def _repeated(event: Any, first: date, end: date) -> set[date]:
    """The first days of an event that is repeated; raises InvalidCalendar where it is so within a day."""
    rules = event["RRULE"] if isinstance(event["RRULE"], list) else [event["RRULE"]]
    found: set[date] = set()
    for rule in rules:
        freq = {str(one).upper() for one in rule.get("FREQ", [])}
        if not freq <= OF_WHOLE_DAYS or WITHIN_A_DAY & {str(name).upper() for name in rule}:
            raise InvalidCalendar(causes.ICS_REPEATS_WITHIN_A_DAY(name=str(event.get("SUMMARY", ""))[:60]))
        if first.year < FIRST_YEAR:
            raise InvalidCalendar(causes.NO_ICS())
        last = min([_date(one) for one in rule.get("UNTIL", [])] + [end])
        most = min([*rule.get("COUNT", []), MOST_LINES * YEARS_AHEAD])
        # One that never comes would be looked for until the year 9999: each has an end.
        text = f"{ENDS.sub('', rule.to_ical().decode()).lstrip(';')};UNTIL={last:%Y%m%d}"
        followed = rrulestr(text, dtstart=datetime.combine(first, time.min))
        found |= {moment.date() for moment in islice(followed, most)}
    return found


def _instead(event: Any, events: list[Any]) -> set[date]:
    """Its days that are left out, and those in place of which there is an event of its own."""
    found = {_date(moment.dt) for one in _listed(event.get("EXDATE")) for moment in one.dts}
    others = (one for one in events if "RECURRENCE-ID" in one and one.get("UID") == event.get("UID"))
    return found | {_date(one["RECURRENCE-ID"].dt) for one in others}


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _last(event: Any, first: date) -> date:
    """DTEND is the first moment after the event: the day before it, where that is a day or a midnight."""
    end = event["DTEND"].dt if "DTEND" in event else first
    if isinstance(end, datetime):
        return max(end.date() - ONE_DAY if end.time() == time.min else end.date(), first)
    return max(end - ONE_DAY, first)


def _date(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
