"""The hours of some days as a wall shows them: what happens in a quarter of an hour is in one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property

ONE_DAY = timedelta(days=1)
QUARTER = 900  # seconds: every zone of today is so many quarters away from UTC
HOURS = 24


@dataclass(frozen=True)
class Cells:
    """24 hours of each day; where clocks go back one is twice as long, where they go ahead one is empty."""

    days: tuple[date, ...]
    zone: tzinfo

    @cached_property
    def begin(self) -> int:
        return int(midnight(self.days[0], self.zone).timestamp())

    @cached_property
    def end(self) -> int:
        return int(midnight(self.days[-1] + ONE_DAY, self.zone).timestamp())

    @property
    def span(self) -> tuple[datetime, datetime]:
        return datetime.fromtimestamp(self.begin, UTC), datetime.fromtimestamp(self.end, UTC)

    @property
    def count(self) -> int:
        return len(self.days) * HOURS

    @cached_property
    def of_quarters(self) -> Sequence[int]:
        """By quarter of an hour from `begin` on, which cell it is in."""
        places = {day: number * HOURS for number, day in enumerate(self.days)}
        found = []
        for moment in range(self.begin, self.end, QUARTER):
            local = datetime.fromtimestamp(moment, self.zone)
            found.append(places[local.date()] + local.hour)
        return found

    def of(self, moment: float) -> int:
        """The cell of a moment within."""
        return self.of_quarters[int(moment - self.begin) // QUARTER]


def midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def days_from(first: date, count: int) -> tuple[date, ...]:
    return tuple(first + number * ONE_DAY for number in range(count))
