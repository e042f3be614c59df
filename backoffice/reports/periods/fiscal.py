"""The house's own year, from FISCAL_YEAR_START on, and its quarters: (first day, last day)."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings

from backoffice.reports.periods.days import on_day

QUARTERS = 4
MONTHS_OF_A_QUARTER = 3

type Days = tuple[date, date]


def year_of(day: date) -> Days:
    """The fiscal year that the day is in."""
    start = _start_in(day.year)
    year = day.year if day >= start else day.year - 1
    return _start_in(year), _the_day_before(_start_in(year + 1))


def quarter_of(day: date) -> Days:
    """The fiscal quarter that the day is in."""
    month, first = beginning()
    start, _end = year_of(day)
    edges = [
        on_day(start.year, month + MONTHS_OF_A_QUARTER * number, first) for number in range(QUARTERS + 1)
    ]
    number = max(number for number in range(QUARTERS) if edges[number] <= day)
    return edges[number], _the_day_before(edges[number + 1])


def beginning() -> tuple[int, int]:
    """The month and the day on which it begins."""
    month, day = settings.FISCAL_YEAR_START.split("-")
    return int(month), int(day)


def _start_in(year: int) -> date:
    month, day = beginning()
    return date(year, month, day)


def _the_day_before(day: date) -> date:
    return day - timedelta(days=1)
