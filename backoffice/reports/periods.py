"""Periods of reports, moving ones included: "last month" is counted from a moment, never from the clock.

That moment is the slot of the schedule, or the job's creation: a report that runs late still covers
what its reader expects. Days are those of settings.TIME_ZONE, so a day may last 23 or 25 hours.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import formats, timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.reports import causes
from tasks_app.errors import CodedError

# A year and its leap day: longer reports are neither read nor quick.
LONGEST = 366  # days
EARLIEST = date(1900, 1, 1)  # before it a year is a slip of the keyboard


class Moving(models.TextChoices):
    """Periods by name. Those of "last" are whole; those of "this" end with today."""

    TODAY = "today", _("Today")
    YESTERDAY = "yesterday", _("Yesterday")
    LAST_7_DAYS = "last_7_days", _("Last 7 days, up to yesterday")
    LAST_30_DAYS = "last_30_days", _("Last 30 days, up to yesterday")
    THIS_WEEK = "this_week", _("This week so far")
    LAST_WEEK = "last_week", _("Last week, Monday to Sunday")
    LAST_WORKING_WEEK = "last_working_week", _("Last working week, Monday to Friday")
    THIS_MONTH = "this_month", _("This month so far")
    LAST_MONTH = "last_month", _("Last month")
    LAST_QUARTER = "last_quarter", _("Last quarter")
    LAST_YEAR = "last_year", _("Last year")
    CUSTOM = "custom", pgettext_lazy("period", "Between two dates")


class ImpossiblePeriod(CodedError, ValueError):
    """No such period can be reported on."""

    @property
    def field(self) -> str:
        """The date at fault."""
        return FIELDS.get(self.code, "end")


# What is at fault where it is not the last day, by code.
FIELDS = {
    causes.NO_SUCH_PERIOD.code: "period",
    causes.NO_FIRST_DAY.code: "start",
    causes.TOO_LONG_AGO.code: "start",
    causes.STARTS_IN_THE_FUTURE.code: "start",
}


@dataclass(frozen=True)
class Period:
    """Whole days, both included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        """The first moment of the period (aware, UTC-comparable)."""
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after the period."""
        return _midnight(self.last + timedelta(days=1))

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def __str__(self) -> str:
        """As people write it, in the active language: "October 2026", "1–15 October 2026"."""
        first, last = self.first, self.last
        if first == last:
            return formats.date_format(first, gettext("j F Y"))
        if first.day == 1 and last == _month_end(first):
            return formats.date_format(first, "F Y")
        if first == date(first.year, 1, 1) and last == date(first.year, 12, 31):
            return str(first.year)
        if (first.year, first.month) == (last.year, last.month):
            beginning = formats.date_format(first, "j")
            ends = {"first": beginning, "last": formats.date_format(last, gettext("j F Y"))}
            return gettext("%(first)s–%(last)s") % ends
        shape = gettext("j F") if first.year == last.year else gettext("j F Y")
        return gettext("%(first)s – %(last)s") % {
            "first": formats.date_format(first, shape),
            "last": formats.date_format(last, gettext("j F Y")),
        }


def folded(period: Period, busy: Collection[date]) -> Iterator[Period]:
    """The days of a period in their order: each busy one alone, those between them together."""
    begun = period.first
    for day in sorted(day for day in busy if period.first <= day <= period.last):
        if begun < day:
            yield Period(begun, day - timedelta(days=1))
        yield Period(day, day)
        begun = day + timedelta(days=1)
    if begun <= period.last:
        yield Period(begun, period.last)


def resolve(name: str, at: datetime, first: date | None = None, last: date | None = None) -> Period:
    """The period of that name, as seen at the moment `at`; raises ImpossiblePeriod.

    `first` and `last` count for CUSTOM alone; without `last` it is the single day `first`.
    """
    today = timezone.localdate(at, zone())
    if name == Moving.CUSTOM:
        return _between(first, last, today)
    return _moving(Moving(name), today)


def zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def _moving(name: Moving, today: date) -> Period:
    yesterday = today - timedelta(days=1)
    monday = today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    match name:
        case Moving.TODAY:
            return Period(today, today)
        case Moving.YESTERDAY:
            return Period(yesterday, yesterday)
        case Moving.LAST_7_DAYS:
            return Period(today - timedelta(days=7), yesterday)
        case Moving.LAST_30_DAYS:
            return Period(today - timedelta(days=30), yesterday)
        case Moving.THIS_WEEK:
            return Period(monday, today)
        case Moving.LAST_WEEK:
            return Period(monday - timedelta(days=7), monday - timedelta(days=1))
        case Moving.LAST_WORKING_WEEK:
            return Period(monday - timedelta(days=7), monday - timedelta(days=3))
        case Moving.THIS_MONTH:
            return Period(month, today)
        case Moving.LAST_MONTH:
            return Period(_months_before(month, 1), month - timedelta(days=1))
        case Moving.LAST_QUARTER:
            quarter = month.replace(month=month.month - (month.month - 1) % 3)
            return Period(_months_before(quarter, 3), quarter - timedelta(days=1))
        case Moving.LAST_YEAR:
            return Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
        case _:
            raise ImpossiblePeriod(causes.NO_SUCH_PERIOD())


def _between(first: date | None, last: date | None, today: date) -> Period:
    if first is None:
        raise ImpossiblePeriod(causes.NO_FIRST_DAY())
    if first < EARLIEST:
        raise ImpossiblePeriod(causes.TOO_LONG_AGO())
    last = last or first
    if last < first:
        raise ImpossiblePeriod(causes.ENDS_BEFORE_IT_STARTS())
    if first > today:
        raise ImpossiblePeriod(causes.STARTS_IN_THE_FUTURE())
    if last > today:
        raise ImpossiblePeriod(causes.ENDS_IN_THE_FUTURE())
    if (last - first).days >= LONGEST:
        raise ImpossiblePeriod(causes.TOO_LONG(days=LONGEST))
    return Period(first, last)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, zone())


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _months_before(first_of_month: date, months: int) -> date:
    months_since_zero = first_of_month.year * 12 + first_of_month.month - 1 - months
    return date(months_since_zero // 12, months_since_zero % 12 + 1, 1)
