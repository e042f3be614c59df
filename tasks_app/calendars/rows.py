"""A calendar's row as its working days."""

from __future__ import annotations

from typing import Any

from tasks_app.calendars import causes
from tasks_app.calendars.causes import InvalidCalendar
from tasks_app.calendars.own_days import days_of
from tasks_app.calendars.public_holidays import check_place
from tasks_app.calendars.working_days import MONDAY_TO_FRIDAY, WorkingDays

# ISO days of the week, or that none is off.
NO_WEEKEND = "-"


def working_days_of(row: Any) -> WorkingDays:
    """Of no row: Monday to Friday. Raises InvalidCalendar where a place or a line of it cannot be read."""
    if row is None:
        return MONDAY_TO_FRIDAY
    check_place(row.country, row.region)
    if not set(row.weekend) <= set("1234567" + NO_WEEKEND):
        raise InvalidCalendar(causes.NO_SUCH_WEEKEND(value=row.weekend))
    weekend = frozenset(int(day) for day in row.weekend if day != NO_WEEKEND) if row.weekend else None
    return WorkingDays(weekend, row.country, row.region, days_of(row.days_off), days_of(row.days_on))


def check(row: Any) -> None:
    """Raises InvalidCalendar with the first thing that is wrong with it."""
    own = working_days_of(row)
    for day in sorted(own.off & own.on):
        raise InvalidCalendar(causes.OFF_AND_ON(day=day.isoformat()))
