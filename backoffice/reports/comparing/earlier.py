"""Which periods a report's own is compared with: days of the same kind, as many of them where that can be."""

from __future__ import annotations

from datetime import timedelta

from backoffice.reports.periods import Period
from backoffice.reports.periods.shifting import one_before
from backoffice.reports.periods.year_before import same_days, same_weeks

WEEK = timedelta(days=7)


def before(period: Period) -> Period:
    """The one before: of a week or less the same weekdays, Sundays with Sundays."""
    if _is_short(period):
        return Period(period.first - WEEK, period.last - WEEK)
    return one_before(period)


def a_year_before(period: Period) -> Period:
    """The same dates, of a week or less the same weekdays."""
    return same_weeks(period) if _is_short(period) else same_days(period)


def _is_short(period: Period) -> bool:
    return period.last - period.first < WEEK
