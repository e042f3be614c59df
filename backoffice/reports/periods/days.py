"""Days of months, counted: a day that a month lacks is its last."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

MONTHS = 12


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or earlier: a month after 31 August is 30 September."""
    return on_day(day.year, day.month + months, day.day)


def on_day(year: int, month: int, day: int) -> date:
    """That day, or the month's last where it is shorter; months may be before January or beyond December."""
    years, month = divmod(month - 1, MONTHS)
    first = date(year + years, month + 1, 1)
    return first.replace(day=min(day, month_end(first).day))
