"""Whole days, and how people write them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext

from backoffice.reports.periods import fiscal
from backoffice.reports.periods.days import month_end, months_after

# A year and its leap day: longer reports are neither read nor quick.
LONGEST = 366  # days
MONTHS_OF_A_QUARTER = 3


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

    @property
    def is_whole_months(self) -> bool:
        return self.first.day == 1 and self.last == month_end(self.last)

    @property
    def is_quarter(self) -> bool:
        last = month_end(months_after(self.first, MONTHS_OF_A_QUARTER - 1))
        return self.is_whole_months and self.first.month % MONTHS_OF_A_QUARTER == 1 and self.last == last

    @property
    def is_iso_week(self) -> bool:
        return self.first.isoweekday() == 1 and (self.last - self.first).days == 6

    def __str__(self) -> str:
        """As people write it, in the active language: "October 2026", "1–15 October 2026", "Q3 2026"."""
        named = self._name()
        if named:
            return named
        days = self._days_in_words()
        if not self.is_iso_week:
            return days
        return gettext("%(days)s (week %(week)d)") % {"days": days, "week": self.first.isocalendar().week}

    def _name(self) -> str:
        """Of a month, a quarter, a year or a fiscal year; "" for other days."""
        first, last = self.first, self.last
        if self.is_whole_months and last == month_end(first):
            return formats.date_format(first, "F Y")
        if first == date(first.year, 1, 1) and last == date(first.year, 12, 31):
            return str(first.year)
        if (first, last) == fiscal.year_of(first):
            return gettext("fiscal year %(first)d/%(last)02d") % {
                "first": first.year,
                "last": last.year % 100,
            }
        if self.is_quarter:
            number = first.month // MONTHS_OF_A_QUARTER + 1
            return gettext("Q%(number)d %(year)d") % {"number": number, "year": first.year}
        return ""

    def _days_in_words(self) -> str:
        first, last = self.first, self.last
        if first == last:
            return formats.date_format(first, gettext("j F Y"))
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


def zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, zone())
