"""By when a schedule has to be done, and on which days: days and times of the promise's own zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tasks_app.calendars.causes import InvalidCalendar
from tasks_app.calendars.rows import working_days_of
from tasks_app.calendars.working_days import LONGEST_CLOSURE, MONDAY_TO_FRIDAY, WorkingDays
from tasks_app.models import PromisedDays
from tasks_app.schedules.rhythm.crontab import instant

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Deadline:
    """Of a day that counts: what was due from `since` on is to be done by `at`."""

    day: date
    since: datetime
    at: datetime


@dataclass(frozen=True)
class Deadlines:
    """All of a promise. `working` is None where each day counts on which something runs."""

    hour: int
    minute: int
    zone: ZoneInfo
    working: WorkingDays | None = None

    def at(self, day: date) -> datetime:
        """In UTC; on a night of changing clocks as a crontab has it."""
        return instant(day, self.hour, self.minute, self.zone)

    def first_day(self, moment: datetime) -> date:
        """The first day whose time comes after that moment, whether it counts or not."""
        day = moment.astimezone(self.zone).date()
        return day if self.at(day) > moment else day + ONE_DAY

    def counts(self, day: date) -> bool:
        return self.working is None or day in self.working

    def between(self, first: datetime, last: datetime) -> Iterator[Deadline]:
        """Those from a moment (included) to another (included) that fall on days that count."""
        day = first.astimezone(self.zone).date()
        while (at := self.at(day)) <= last:
            if at >= first and self.counts(day):
                yield Deadline(day, self.at(self._before(day)), at)
            day += ONE_DAY

    def _before(self, day: date) -> date:
        """The day that counts before this one: what ran on days off meanwhile is this one's."""
        before = day - ONE_DAY
        for _ in range(LONGEST_CLOSURE):
            if self.counts(before):
                break
            before -= ONE_DAY
        return before


def deadlines_of(promise: Any) -> Deadlines:
    """Of a row; one whose calendar cannot be read is followed from Monday to Friday, as its page says."""
    working = None
    if promise.days == PromisedDays.WORKING:
        try:
            working = working_days_of(promise.calendar)
        except InvalidCalendar:
            working = MONDAY_TO_FRIDAY
    return Deadlines(promise.done_by.hour, promise.done_by.minute, ZoneInfo(promise.zone), working)
