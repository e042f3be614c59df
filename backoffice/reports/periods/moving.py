"""The periods that people choose by name, and which days each comes to at a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.reports import causes
from backoffice.reports.periods import fiscal, year_before
from backoffice.reports.periods.period import LONGEST, MONTHS_OF_A_QUARTER, Period, zone
from tasks_app.calendars.causes import InvalidCalendar
from tasks_app.calendars.rows import working_days_of
from tasks_app.errors import CodedError
from tasks_app.models import Calendar

type Text = str | Promise
type Choices = list[tuple[Text, list[tuple[str, Text]]]]

EARLIEST = date(1900, 1, 1)  # before it a year is a slip of the keyboard
ONE_DAY = timedelta(days=1)


class Moving(models.TextChoices):
    """Periods by name. Those of "last" are whole; those of "this" end with today."""

    TODAY = "today", _("Today")
    YESTERDAY = "yesterday", _("Yesterday")
    LAST_WORKING_DAY = "last_working_day", _("Last working day")
    LAST_7_DAYS = "last_7_days", _("Last 7 days, up to yesterday")
    LAST_28_DAYS = "last_28_days", _("Last 28 days, up to yesterday")
    LAST_30_DAYS = "last_30_days", _("Last 30 days, up to yesterday")
    LAST_90_DAYS = "last_90_days", _("Last 90 days, up to yesterday")
    THIS_WEEK = "this_week", _("This week so far")
    LAST_WEEK = "last_week", _("Last week, Monday to Sunday")
    LAST_WORKING_WEEK = "last_working_week", _("Last working week, Monday to Friday")
    THIS_MONTH = "this_month", _("This month so far")
    LAST_MONTH = "last_month", _("Last month")
    THIS_QUARTER = "this_quarter", _("This quarter so far")
    LAST_QUARTER = "last_quarter", _("Last quarter")
    THIS_YEAR = "this_year", _("This year so far")
    LAST_YEAR = "last_year", _("Last year")
    THIS_FISCAL_QUARTER = "this_fiscal_quarter", _("This fiscal quarter so far")
    LAST_FISCAL_QUARTER = "last_fiscal_quarter", _("Last fiscal quarter")
    THIS_FISCAL_YEAR = "this_fiscal_year", _("This fiscal year so far")
    LAST_FISCAL_YEAR = "last_fiscal_year", _("Last fiscal year")
    CUSTOM = "custom", pgettext_lazy("period", "Between two dates")


GROUPS: list[tuple[Text, list[Moving]]] = [
    (
        _("Days"),
        [
            Moving.TODAY,
            Moving.YESTERDAY,
            Moving.LAST_WORKING_DAY,
            Moving.LAST_7_DAYS,
            Moving.LAST_28_DAYS,
            Moving.LAST_30_DAYS,
            Moving.LAST_90_DAYS,
        ],
    ),
    (_("Weeks"), [Moving.THIS_WEEK, Moving.LAST_WEEK, Moving.LAST_WORKING_WEEK]),
    (_("Months"), [Moving.THIS_MONTH, Moving.LAST_MONTH]),
    (
        _("Quarters and years"),
        [Moving.THIS_QUARTER, Moving.LAST_QUARTER, Moving.THIS_YEAR, Moving.LAST_YEAR],
    ),
    (
        _("Fiscal quarters and years"),
        [
            Moving.THIS_FISCAL_QUARTER,
            Moving.LAST_FISCAL_QUARTER,
            Moving.THIS_FISCAL_YEAR,
            Moving.LAST_FISCAL_YEAR,
        ],
    ),
]
BY_WEEK = frozenset({Moving.THIS_WEEK, Moving.LAST_WEEK, Moving.LAST_WORKING_WEEK})
ROLLING = {
    Moving.LAST_7_DAYS: 7,
    Moving.LAST_28_DAYS: 28,
    Moving.LAST_30_DAYS: 30,
    Moving.LAST_90_DAYS: 90,
}


class ImpossiblePeriod(CodedError, ValueError):
    """No such period can be reported on."""

    @property
    def field(self) -> str:
        """The date at fault."""
        return FIELDS.get(self.code, "end")


# What is at fault where it is not the last day, by code.
FIELDS = {
    causes.NO_SUCH_PERIOD.code: "period",
    causes.NO_SUCH_CALENDAR.code: "period",
    causes.NO_FIRST_DAY.code: "start",
    causes.TOO_LONG_AGO.code: "start",
    causes.STARTS_IN_THE_FUTURE.code: "start",
}


def grouped(*, moving_alone: bool = False) -> Choices:
    """The choices of a form. `moving_alone` leaves out days that stay where they are."""
    choices: Choices = [(title, [(one.value, one.label) for one in some]) for title, some in GROUPS]
    custom = [] if moving_alone else [(Moving.CUSTOM.value, Moving.CUSTOM.label)]
    return [(title, [*some, *(custom if title is GROUPS[0][0] else [])]) for title, some in choices]


def resolve(
    name: str,
    at: datetime,
    first: date | None = None,
    last: date | None = None,
    *,
    a_year_before: bool | None = False,
) -> Period:
    """The period of that name, as seen at the moment `at`; raises ImpossiblePeriod.

    `first` and `last` count for CUSTOM alone; without `last` it is the single day `first`.
    """
    today = timezone.localdate(at, zone())
    if name not in Moving.values:
        raise ImpossiblePeriod(causes.NO_SUCH_PERIOD())
    known = Moving(name)
    period = _between(first, last, today) if known is Moving.CUSTOM else _moving(known, today)
    if not a_year_before:
        return period
    if period.first.year <= EARLIEST.year:
        raise ImpossiblePeriod(causes.TOO_LONG_AGO())
    if known in BY_WEEK:
        return year_before.same_weeks(period)
    return year_before.as_many_days(period) if known in ROLLING else year_before.same_days(period)


def _moving(name: Moving, today: date) -> Period:
    if days := ROLLING.get(name):
        return Period(today - timedelta(days=days), today - ONE_DAY)
    if beginning := SO_FAR.get(name):
        return Period(beginning(today), today)
    match name:
        case Moving.YESTERDAY:
            return Period(today - ONE_DAY, today - ONE_DAY)
        case Moving.LAST_WORKING_DAY:
            day = _last_working_day(today)
            return Period(day, day)
        case Moving.LAST_WORKING_WEEK:
            monday = _monday(today)
            return Period(monday - timedelta(days=7), monday - timedelta(days=3))
        case _:
            return _whole_one_before(SO_FAR[BEFORE[name]], today)


def _whole_one_before(beginning: Callable[[date], date], today: date) -> Period:
    last = beginning(today) - ONE_DAY
    return Period(beginning(last), last)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _quarter(day: date) -> date:
    return day.replace(day=1, month=day.month - (day.month - 1) % MONTHS_OF_A_QUARTER)


# Where what is not over yet began.
SO_FAR: dict[Moving, Callable[[date], date]] = {
    Moving.TODAY: lambda today: today,
    Moving.THIS_WEEK: _monday,
    Moving.THIS_MONTH: lambda today: today.replace(day=1),
    Moving.THIS_QUARTER: _quarter,
    Moving.THIS_YEAR: lambda today: today.replace(month=1, day=1),
    Moving.THIS_FISCAL_QUARTER: lambda today: fiscal.quarter_of(today)[0],
    Moving.THIS_FISCAL_YEAR: lambda today: fiscal.year_of(today)[0],
}
# Of which the whole one before is meant.
BEFORE = {
    Moving.LAST_WEEK: Moving.THIS_WEEK,
    Moving.LAST_MONTH: Moving.THIS_MONTH,
    Moving.LAST_QUARTER: Moving.THIS_QUARTER,
    Moving.LAST_YEAR: Moving.THIS_YEAR,
    Moving.LAST_FISCAL_QUARTER: Moving.THIS_FISCAL_QUARTER,
    Moving.LAST_FISCAL_YEAR: Moving.THIS_FISCAL_YEAR,
}


def _last_working_day(today: date) -> date:
    """Before today, by the calendar that REPORT_CALENDAR names: else Monday to Friday are worked."""
    name = settings.REPORT_CALENDAR
    calendar = Calendar.objects.filter(name=name).first() if name else None
    if name and calendar is None:
        raise ImpossiblePeriod(causes.NO_SUCH_CALENDAR(name=name))
    try:
        day = working_days_of(calendar).nearest(today - ONE_DAY, earlier=True)
    except InvalidCalendar as error:
        raise ImpossiblePeriod(error.notice) from error
    if day is None:
        raise ImpossiblePeriod(causes.NO_WORKING_DAY(name=name))
    return day


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
