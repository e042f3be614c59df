"""Two rhythms over the same time: which runs one has and the other has not, day by day.

A run that stands for the same moment in both is the same run: where days off have it on another day, it is
moved. Of the others, as many as a day has lost and gained are moved, in their order; what is over is lost, or
added.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tasks_app.schedules.comparing.day_bits import ONE_SECOND, first_moments, offset
from tasks_app.schedules.comparing.timetables import Runs, day_of
from tasks_app.schedules.rhythm import Rhythm
from tasks_app.schedules.rhythm.crontab import instant

DAYS_BACK = 90
DAYS_AHEAD = 365
DAYS_SHOWN = 7
TIMES_SHOWN = 6
ONE_DAY = timedelta(days=1)


@dataclass
class Counts:
    added: int = 0
    lost: int = 0
    moved: int = 0
    same: int = 0

    @property
    def differ(self) -> bool:
        return bool(self.added or self.lost or self.moved)

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.added + other.added,
            self.lost + other.lost,
            self.moved + other.moved,
            self.same + other.same,
        )


@dataclass(frozen=True)
class ChangedDay:
    """A day on which the two differ: the first times that are gone, and the first that are new."""

    day: date
    past: bool
    counts: Counts
    gone: list[datetime]
    new: list[datetime]


@dataclass
class Comparison:
    """From 90 days ago until a year ahead. The days are the first that differ from now on, else the latest
    that did."""

    past: Counts = field(default_factory=Counts)
    coming: Counts = field(default_factory=Counts)
    days: list[ChangedDay] = field(default_factory=list)
    days_left_out: int = 0

    @property
    def differs(self) -> bool:
        return self.past.differ or self.coming.differ


@dataclass(frozen=True)
class Span:
    day: date
    begin: datetime
    seconds: int
    past: bool


def compare(old: Rhythm | None, new: Rhythm | None, now: datetime, zone: ZoneInfo) -> Comparison:
    """What becomes of the runs where the new rhythm takes the old one's place; None has no run at all.

    Days are those of the zone's wall.
    """
    before, after = (Runs(rhythm) if rhythm is not None else None for rhythm in (old, new))
    found, changed = Comparison(), []
    for span in spans(now, zone):
        had = before.of(span.begin, span.seconds) if before else {}
        has = after.of(span.begin, span.seconds) if after else {}
        counts = _counted(had, has)
        if span.past:
            found.past += counts
        else:
            found.coming += counts
        if counts.differ:
            changed.append((span, counts))
    coming = [one for one in changed if not one[0].past]
    differing = coming or changed[::-1]  # of the past, the latest first
    found.days = [_told(before, after, *one, zone) for one in differing[:DAYS_SHOWN]]
    found.days_left_out = len(differing) - len(found.days)
    return found


def spans(now: datetime, zone: ZoneInfo) -> Iterator[Span]:
    """The days of the comparison; today is two, up to now and from now on."""
    now = now.astimezone(UTC).replace(microsecond=0)
    today = now.astimezone(zone).date()
    for number in range(-DAYS_BACK, DAYS_AHEAD + 1):
        whole = day_of(today + number * ONE_DAY, zone)
        if number:
            yield Span(whole.day, whole.begin, whole.seconds, past=number < 0)
            continue
        until_now = offset(whole.begin, now) + 1  # a run of this very second is none to come
        yield Span(whole.day, whole.begin, until_now, past=True)
        yield Span(whole.day, now + ONE_SECOND, whole.seconds - until_now, past=False)


def _told(before: Runs | None, after: Runs | None, span: Span, counts: Counts, zone: ZoneInfo) -> ChangedDay:
    had = before.of(span.begin, span.seconds) if before else {}
    has = after.of(span.begin, span.seconds) if after else {}
    times = (_times(span.begin, had, has, zone), _times(span.begin, has, had, zone))
    return ChangedDay(span.day, span.past, counts, *times)


def _counted(had: dict[int, int], has: dict[int, int]) -> Counts:
    """Of one span: bits by the number of days that they are moved, before and after."""
    lost, added, both = _split(_together(had), _together(has))
    same = sum(_split(bits, has.get(days, 0))[2] for days, bits in had.items())
    elsewhere = both - same
    paired = min(lost, added)
    return Counts(added - paired, lost - paired, elsewhere + paired, same)


@lru_cache(maxsize=64)
def _split(old: int, new: int) -> tuple[int, int, int]:
    """How many are in the old one alone, in the new one alone, in both; most days are alike."""
    both = old & new
    return (old ^ both).bit_count(), (new ^ both).bit_count(), both.bit_count()


def _times(begin: datetime, of: dict[int, int], not_of: dict[int, int], zone: ZoneInfo) -> list[datetime]:
    """When the first runs are due that the other has not, or has on another day."""
    found = []
    for days, bits in of.items():
        alone = bits & ~not_of.get(days, 0)
        found += [_due(moment, days, zone) for moment in first_moments(begin, alone, TIMES_SHOWN)]
    return sorted(found)[:TIMES_SHOWN]


def _due(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    if not days:
        return moment
    wall = moment.astimezone(zone)
    return instant(wall.date() + days * ONE_DAY, wall.hour, wall.minute, zone, wall.second)


def _together(by_days: dict[int, int]) -> int:
    if len(by_days) == 1:
        return next(iter(by_days.values()))
    found = 0
    for bits in by_days.values():
        found |= bits
    return found
