"""Every so many minutes between two times of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True)
class Span:
    """Counted from its first minute; the last is included where the count meets it."""

    every: int  # minutes
    first: int  # minutes since midnight
    last: int

    def __contains__(self, wall: tuple[int, int]) -> bool:
        minute = 60 * wall[0] + wall[1]
        return self.first <= minute <= self.last and (minute - self.first) % self.every == 0

    @property
    def times(self) -> list[time]:
        return [time(*divmod(minute, 60)) for minute in range(self.first, self.last + 1, self.every)]


def minutes_of(wall: time) -> int:
    return 60 * wall.hour + wall.minute
