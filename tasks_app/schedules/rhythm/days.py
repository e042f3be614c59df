"""Which of a crontab's days count: the n-th of a month, or working days alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from tasks_app.calendars.working_days import WorkingDays
from tasks_app.models import Counted

ONE_DAY = timedelta(days=1)
# As far as a calendar is followed for a day that matches: what comes later is nobody's plan.
CALENDAR_YEARS = 10


@dataclass(frozen=True)
class Nth:
    """The n-th of its month, from the month's end where n is negative. Of which day of the week says beat."""

    number: int
    counted: Counted
    working: WorkingDays

    def __contains__(self, day: date) -> bool:
        length = days_in_month(day.year, day.month)
        if self.counted == Counted.DAY:
            return self.number in (day.day, day.day - length - 1)
        if self.counted == Counted.WEEKDAY:
            return self.number in ((day.day + 6) // 7, -((length - day.day) // 7 + 1))
        if day not in self.working:
            return False
        others = range(1, day.day) if self.number > 0 else range(day.day + 1, length + 1)
        return sum(day.replace(day=other) in self.working for other in others) == abs(self.number) - 1


@dataclass(frozen=True)
class DayFilter:
    """What both let through; a part that is not there lets all days through."""

    nth: Nth | None = None
    working: WorkingDays | None = None

    def __contains__(self, day: date) -> bool:
        return (self.working is None or day in self.working) and (self.nth is None or day in self.nth)

    @property
    def horizon(self) -> int:
        """Years after which no match is looked for any more; 0 where plain arithmetic knows them all."""
        by_calendar = self.working is not None or (
            self.nth is not None and self.nth.counted == Counted.WORKING_DAY
        )
        return CALENDAR_YEARS if by_calendar else 0


@lru_cache(maxsize=1024)
def days_in_month(year: int, month: int) -> int:
    first_of_next = date(year + month // 12, month % 12 + 1, 1) if (year, month) < (9999, 12) else date.max
    return (first_of_next - ONE_DAY).day if first_of_next != date.max else 31


def years_later(day: date, years: int) -> date:
    """The last day of the year which that leads to."""
    return date(min(day.year + years, date.max.year), 12, 31)
