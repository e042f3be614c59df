"""The same days a year before: a week is compared with that week, a month with that month."""

from __future__ import annotations

from datetime import date

from backoffice.reports.periods.days import MONTHS, month_end, months_after
from backoffice.reports.periods.period import Period


def same_days(period: Period) -> Period:
    """Whole months stay whole: the last day of February is not always the same."""
    first, last = _year_before(period.first), _year_before(period.last)
    return Period(first, month_end(last) if period.is_whole_months else last)


def same_weeks(period: Period) -> Period:
    """As many days from that weekday of the week of that number (ISO 8601): they may reach into the next."""
    first = _in_same_week(period.first)
    return Period(first, first + (period.last - period.first))


def as_many_days(period: Period) -> Period:
    """As many days, up to the same day."""
    last = _year_before(period.last)
    return Period(last - (period.last - period.first), last)


def _year_before(day: date) -> date:
    return months_after(day, -MONTHS)


def _in_same_week(day: date) -> date:
    """A 53rd week is compared with the year before's last."""
    year, week, weekday = day.isocalendar()
    try:
        return date.fromisocalendar(year - 1, week, weekday)
    except ValueError:
        return date.fromisocalendar(year - 1, week - 1, weekday)
