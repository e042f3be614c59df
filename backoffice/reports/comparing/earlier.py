"""Which period a report's own is compared with: days of the same kind, as many of them where that can be."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from backoffice.reports.periods import Period

WEEK = timedelta(days=7)
# Sundays with Sundays: a year earlier to the week, not to the date.
YEAR_OF_WEEKS = 52 * WEEK


def before(period: Period) -> Period:
    """The one before: whole months, the same weekdays for a week or less, else as many days."""
    if months := _whole_months(period):
        return _months_earlier(period, months)
    days = period.last - period.first + timedelta(days=1)
    return _moved(period, WEEK if days <= WEEK else days)


def a_year_before(period: Period) -> Period:
    """The same dates, of a week or less the same weekdays."""
    if _whole_months(period):
        return _months_earlier(period, 12)
    if period.last - period.first < WEEK:
        return _moved(period, YEAR_OF_WEEKS)
    return Period(_of_the_year_before(period.first), _of_the_year_before(period.last))


def _moved(period: Period, by: timedelta) -> Period:
    return Period(period.first - by, period.last - by)


def _whole_months(period: Period) -> int:
    """How many calendar months it is made of; 0 where it begins or ends within one."""
    first, last = period.first, period.last
    if first.day != 1 or last != _month_end(last):
        return 0
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _months_earlier(period: Period, months: int) -> Period:
    first = _month_before(period.first, months)
    return Period(first, _month_end(_month_before(period.last.replace(day=1), months)))


def _month_before(first_of_month: date, months: int) -> date:
    since_zero = first_of_month.year * 12 + first_of_month.month - 1 - months
    return date(since_zero // 12, since_zero % 12 + 1, 1)


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _of_the_year_before(day: date) -> date:
    """29 February has none: the day before it stands in."""
    year = day.year - 1
    return day.replace(year=year, day=min(day.day, monthrange(year, day.month)[1]))
