"""The days before and after, as people count them: a month before a month, a week before a week."""

from __future__ import annotations

from datetime import timedelta

from backoffice.reports.periods.days import MONTHS, month_end, months_after
from backoffice.reports.periods.period import Period
from backoffice.reports.periods.year_before import same_days, same_weeks

ONE_DAY = timedelta(days=1)


def one_before(period: Period) -> Period:
    """As many whole months, or else as many days."""
    if period.is_whole_months:
        return _months_moved(period, -_months(period))
    return Period(period.first - (period.last - period.first) - ONE_DAY, period.first - ONE_DAY)


def one_after(period: Period) -> Period:
    if period.is_whole_months:
        return _months_moved(period, _months(period))
    return Period(period.last + ONE_DAY, period.last + (period.last - period.first) + ONE_DAY)


def year_before_of(period: Period) -> Period:
    return same_weeks(period) if period.is_iso_week else same_days(period)


def _months(period: Period) -> int:
    return (period.last.year - period.first.year) * MONTHS + period.last.month - period.first.month + 1


def _months_moved(period: Period, months: int) -> Period:
    return Period(
        months_after(period.first, months), month_end(months_after(period.last.replace(day=1), months))
    )
