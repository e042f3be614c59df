"""Runs on days off that are moved to the working day before or after, and rhythms that leave days out.

A moved run keeps its nominal moment: its identity, and what "yesterday" is counted from. Two that are moved
onto one day stay two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from tasks_app.calendars.working_days import LONGEST_CLOSURE, WorkingDays
from tasks_app.schedules.rhythm.crontab import CrontabRhythm, instant, walls_between
from tasks_app.schedules.rhythm.days import CALENDAR_YEARS, DayFilter, years_later

ONE_DAY = timedelta(days=1)
JUST_BEFORE = timedelta(microseconds=1)
LATEST = datetime.max.replace(tzinfo=UTC)


class SlotMoment(NamedTuple):
    """A run of a rhythm: when it is due, and the moment it stands for. They are in this order."""

    due: datetime
    nominal: datetime


class Nominal(Protocol):
    """A rhythm as it were if no day was off."""

    def after(self, moment: datetime) -> datetime | None: ...


@dataclass(frozen=True)
class Filtered:
    """An interval, an event of the sun or one moment, on some days only (as a wall in `zone` has them)."""

    rhythm: Nominal
    only: DayFilter
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime | None:
        run = self.rhythm.after(moment)
        if run is None:
            return None
        last = years_later(run.astimezone(self.zone).date(), self.only.horizon or CALENDAR_YEARS)
        while run is not None:
            day = run.astimezone(self.zone).date()
            if day in self.only:
                return run
            while day not in self.only:  # straight to the next day that counts
                day += ONE_DAY
                if day > last:
                    return None
            run = self.rhythm.after(instant(day, 0, 0, self.zone) - JUST_BEFORE)
        return None


@dataclass(frozen=True)
class Moved:
    """A rhythm whose runs on days off are moved, each to the same wall time of its nearest working day."""

    rhythm: Nominal
    working: WorkingDays
    earlier: bool
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime | None:
        """When the first run is due after that moment."""
        found = next(self.following(SlotMoment(moment.astimezone(UTC), LATEST)), None)
        return found.due if found else None

    def following(self, last: SlotMoment) -> Iterator[SlotMoment]:
        """All runs after that one. Nearest working days come in the order of days, so no run is overtaken."""
        first = self._first_day(last.due.astimezone(self.zone).date() - ONE_DAY)
        for target, days in groupby(self._days(first), self._target):
            if target is None:
                continue
            runs = sorted(
                SlotMoment(self._due(target, day, wall, nominal), nominal)
                for day in days
                for wall, nominal in self._runs_of(day)
            )
            yield from (run for run in runs if run > last)

    def _target(self, day: date) -> date | None:
        return self.working.nearest(day, earlier=self.earlier)

    def _first_day(self, target: date) -> date:
        """The first day whose runs may be due on the target."""
        if self.earlier:
            return target
        for _ in range(LONGEST_CLOSURE):
            if target == date.min or target - ONE_DAY in self.working:
                break
            target -= ONE_DAY
        return target

    def _days(self, first: date) -> Iterator[date]:
        if isinstance(self.rhythm, CrontabRhythm):
            yield from self.rhythm.dates(first)
            return
        run = self.rhythm.after(instant(first, 0, 0, self.zone) - JUST_BEFORE)
        while run is not None:
            day = run.astimezone(self.zone).date()
            yield day
            run = self.rhythm.after(instant(day + ONE_DAY, 0, 0, self.zone) - JUST_BEFORE)

    def _runs_of(self, day: date) -> list[tuple[time, datetime]]:
        if isinstance(self.rhythm, CrontabRhythm):
            return self.rhythm.runs_of(day)
        return walls_between(self.rhythm, day, self.zone)

    def _due(self, target: date, day: date, wall: time, nominal: datetime) -> datetime:
        if target == day:
            return nominal
        return instant(target, wall.hour, wall.minute, self.zone, wall.second)
