"""A crontab's five fields, read one by one as Celery reads them: an error names the field at fault."""

from __future__ import annotations

from typing import Any

from celery import schedules

from tasks_app.errors import CodedError
from tasks_app.schedules import causes
from tasks_app.schedules.rhythm.days import days_in_month

A_LEAP_YEAR = 2024
# How many values a field has, and its lowest.
SIZES = {
    "minute": (60, 0),
    "hour": (24, 0),
    "day_of_month": (31, 1),
    "month_of_year": (12, 1),
    "day_of_week": (7, 0),
}


class InvalidRhythm(CodedError, ValueError):
    """The row names no rhythm that can be followed."""

    @property
    def field(self) -> str:
        """The crontab's field at fault, "" where it is none of them."""
        return str(self.notice.params.get("field", ""))


def expanded(fields: dict[str, str]) -> dict[str, tuple[int, ...]]:
    """The values each field stands for, ascending; raises InvalidRhythm."""
    values = {name: _read(name, fields[name]) for name in SIZES}
    months, days = values["month_of_year"], values["day_of_month"]
    if not any(day <= days_in_month(A_LEAP_YEAR, month) for month in months for day in days):
        never = causes.NO_SUCH_DAY(days=fields["day_of_month"], field="day_of_month")
        raise InvalidRhythm(never)
    return values


def _read(name: str, text: str) -> tuple[int, ...]:
    parser: Any = schedules.crontab_parser(*SIZES[name])
    try:
        return tuple(sorted(parser.parse(text)))
    except (ValueError, schedules.ParseException) as error:
        raise InvalidRhythm(causes.UNREADABLE[name](value=text, field=name)) from error
