"""The next moment of a crontab, worked out from its expanded sets in its own time zone.

Celery's meaning: a date needs its month, its day of month AND its day of week (cron takes either day).
Clock changes: a rhythm with fixed hours runs once for each of its wall times, in a missing hour right
after it, in a doubled hour in the first pass. One with all 24 hours follows elapsed time: it knows no
missing hour, and runs in both passes of a doubled one.

A row of ours may let only some of its days and times through: `only` and `span`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import Protocol
from zoneinfo import ZoneInfo

from tasks_app.schedules.rhythm.days import DayFilter, days_in_month, years_later
from tasks_app.schedules.rhythm.spans import Span

ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)
JUST_BEFORE = timedelta(microseconds=1)
# 29 February on a given weekday comes back after 40 years at most (across 2100).
HORIZON_YEARS = 41


@dataclass(frozen=True)
class CrontabRhythm:
    """Ascending tuples of what a crontab's five fields expand to (Sunday is 0), its zone, and our filter."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    zone: ZoneInfo
    only: DayFilter | None = None
    span: Span | None = None

    def times(self) -> Iterator[tuple[int, int]]:
        """Hours and minutes of a day, ascending."""
        every = ((hour, minute) for hour in self.hours for minute in self.minutes)
        return (one for one in every if self.span is None or one in self.span)

    def after(self, moment: datetime) -> datetime | None:
        """The first run strictly after `moment`, in UTC; None when no date ever matches."""
        moment = moment.astimezone(UTC)
        if self.follows_elapsed_time:
            return self._by_elapsed_time(moment)
        return self._by_the_wall(moment)

    @property
    def follows_elapsed_time(self) -> bool:
        return len(self.hours) == 24

    def matches(self, day: date) -> bool:
        named = day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays
        return named and (self.only is None or day in self.only)

    def dates(self, first: date) -> Iterator[date]:
        """The matching dates from `first` on, as far as any rhythm can reach."""
        named = self._named_dates(first)
        if self.only is None:
            return named
        # Of a calendar nobody knows more than some years: one that never matches ends soon.
        last = years_later(first, self.only.horizon) if self.only.horizon else date.max
        return (day for day in takewhile(lambda day: day <= last, named) if day in self.only)

    def runs_of(self, day: date) -> list[tuple[time, datetime]]:
        """Of a matching date the wall times, each with its moment; what a gap joins is there once."""
        if self.follows_elapsed_time:
            return walls_between(self, day, self.zone)
        found: dict[datetime, time] = {}
        for hour, minute in self.times():
            found.setdefault(instant(day, hour, minute, self.zone), time(hour, minute))
        return [(wall, moment) for moment, wall in found.items()]

    def _named_dates(self, first: date) -> Iterator[date]:
        for year in range(first.year, min(first.year + HORIZON_YEARS, date.max.year) + 1):
            for month in self.months:
                if (year, month) < (first.year, first.month):
                    continue
                for day_number in self.days:
                    if day_number > days_in_month(year, month):
                        break
                    day = date(year, month, day_number)
                    if day >= first and day.isoweekday() % 7 in self.weekdays:
                        yield day

    def _by_the_wall(self, moment: datetime) -> datetime | None:
        # From the day before: a missing hour at midnight moves yesterday's last run into today.
        for day in self.dates(moment.astimezone(self.zone).date() - ONE_DAY):
            if instant(day, self.hours[-1], self.minutes[-1], self.zone) <= moment:
                continue
            for hour in self.hours:
                if instant(day, hour, self.minutes[-1], self.zone) <= moment:
                    continue
                for minute in self.minutes:
                    if self.span is not None and (hour, minute) not in self.span:
                        continue
                    run = instant(day, hour, minute, self.zone)
                    if run > moment:
                        return run
        return None

    def _by_elapsed_time(self, moment: datetime) -> datetime | None:
        run = moment.replace(second=0, microsecond=0) + ONE_MINUTE
        while True:
            local = run.astimezone(self.zone)
            if not self.matches(local.date()):
                day = next(self.dates(local.date() + ONE_DAY), None)
                if day is None:
                    return None
                run = instant(day, 0, 0, self.zone)
                continue
            minute = next((minute for minute in self.minutes if minute >= local.minute), None)
            if minute == local.minute:
                if self.span is None or (local.hour, minute) in self.span:
                    return run
                run += ONE_MINUTE
                continue
            # Look again at where this leads: the clocks may change on the way.
            run += ONE_MINUTE * ((60 if minute is None else minute) - local.minute)


class HasAfter(Protocol):
    def after(self, moment: datetime) -> datetime | None: ...


def walls_between(rhythm: HasAfter, day: date, zone: ZoneInfo) -> list[tuple[time, datetime]]:
    """The runs of that day as its wall shows them, each with its moment."""
    found, end = [], instant(day + ONE_DAY, 0, 0, zone)
    run = rhythm.after(instant(day, 0, 0, zone) - JUST_BEFORE)
    while run is not None and run < end:
        found.append((run.astimezone(zone).time(), run))
        run = rhythm.after(run)
    return found


def instant(day: date, hour: int, minute: int, zone: ZoneInfo, second: int = 0) -> datetime:
    """A wall time in UTC: the first of a doubled one; the end of the gap for one that does not exist."""
    wall = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone)
    found = wall.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return found
    # In a gap, fold=1 counts with the offset after it, and so lands before it.
    return _end_of_gap(wall.replace(fold=1).astimezone(UTC), found, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the clocks change, between two UTC instants on its two sides."""
    offset_before = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset_before:
            before = middle
        else:
            after = middle
    return after
