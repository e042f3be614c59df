"""Each kind of rhythm as bits of days (day_bits.py), with what becomes of its runs on days off.

Whatever a rhythm says of clock changes is asked of the rhythm itself, on the few days that have one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from tasks_app.schedules.comparing.day_bits import ONE_SECOND, all_of, offset, repeated, shifted
from tasks_app.schedules.rhythm import CrontabRhythm, IntervalRhythm, Rhythm
from tasks_app.schedules.rhythm.crontab import instant
from tasks_app.schedules.rhythm.moved import Filtered, Moved, Nominal

ONE_DAY = timedelta(days=1)
DAY = 86_400  # seconds
JUST_BEFORE = timedelta(microseconds=1)


class Timetable(Protocol):
    def bits(self, begin: datetime, seconds: int) -> int:
        """The runs of a span, from its begin in UTC."""


@dataclass(frozen=True)
class Day:
    """A day of a wall: when it begins in UTC, and how many seconds it has."""

    begin: datetime
    seconds: int
    day: date


def day_of(day: date, zone: ZoneInfo) -> Day:
    begin = instant(day, 0, 0, zone)
    return Day(begin, offset(begin, instant(day + ONE_DAY, 0, 0, zone)), day)


def days_of(begin: datetime, seconds: int, zone: ZoneInfo, *, before: int = 0) -> list[Day]:
    """The days of a wall that a span touches, and some before it."""
    first = begin.astimezone(zone).date() - before * ONE_DAY
    last = (begin + timedelta(seconds=seconds - 1)).astimezone(zone).date()
    return [day_of(first + number * ONE_DAY, zone) for number in range((last - first).days + 1)]


@dataclass
class OfCrontab:
    rhythm: CrontabRhythm
    template: int = 0  # the runs of a day on which the clocks stay
    known: dict[date, tuple[Day, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for hour, minute in self.rhythm.times():
            self.template |= 1 << 60 * (60 * hour + minute)

    def bits(self, begin: datetime, seconds: int) -> int:
        found, day = 0, begin.astimezone(self.rhythm.zone).date()
        # A missing hour at midnight moves a day's last run into the next day.
        before, runs = self._of_day(day - ONE_DAY)
        found |= runs >> offset(before.begin, begin)
        begins = 0
        while begins < seconds:
            whole, runs = self._of_day(day)
            begins = offset(begin, whole.begin)
            if not (found or begins) and whole.seconds == seconds:
                return runs & all_of(seconds) if runs.bit_length() > seconds else runs  # a day of its own
            found |= shifted(runs, begins)
            begins += whole.seconds
            day += ONE_DAY
        return found & all_of(seconds)

    def _of_day(self, day: date) -> tuple[Day, int]:
        if day not in self.known:
            whole = day_of(day, self.rhythm.zone)
            self.known[day] = (whole, self._runs_of(whole))
        return self.known[day]

    def _runs_of(self, whole: Day) -> int:
        if not self.rhythm.matches(whole.day):
            return 0
        if whole.seconds == DAY:
            return self.template
        if self.rhythm.follows_elapsed_time:
            return self._by_elapsed_time(whole)
        found = 0
        for _wall, moment in self.rhythm.runs_of(whole.day):
            found |= 1 << offset(whole.begin, moment)
        return found

    def _by_elapsed_time(self, whole: Day) -> int:
        """As the rhythm has it: every minute that passes, by what the wall shows then."""
        walls, found = set(self.rhythm.times()), 0
        for second in range(0, whole.seconds, 60):
            local = (whole.begin + second * ONE_SECOND).astimezone(self.rhythm.zone)
            if (local.hour, local.minute) in walls:
                found |= 1 << second
        return found


@dataclass(frozen=True)
class OfInterval:
    """Of periods that are whole seconds; others are walked."""

    rhythm: IntervalRhythm

    def bits(self, begin: datetime, seconds: int) -> int:
        period = self.rhythm.period // ONE_SECOND
        first = self.rhythm.after(begin - JUST_BEFORE)
        start = offset(begin, first) if first else seconds
        if start >= seconds:
            return 0
        return repeated(period, seconds - start) << start


@dataclass(frozen=True)
class Walked:
    """Of rhythms with few runs: the sun, one moment."""

    rhythm: Nominal

    def bits(self, begin: datetime, seconds: int) -> int:
        found, end = 0, begin + seconds * ONE_SECOND
        run = self.rhythm.after(begin - JUST_BEFORE)
        while run is not None and run < end:
            found |= 1 << offset(begin, run)
            run = self.rhythm.after(run)
        return found


@dataclass(frozen=True)
class OfFiltered:
    """On some days only."""

    rhythm: Filtered
    inner: Timetable

    def bits(self, begin: datetime, seconds: int) -> int:
        allowed = 0
        for whole in days_of(begin, seconds, self.rhythm.zone):
            if whole.day in self.rhythm.only:
                allowed |= shifted(all_of(whole.seconds), offset(begin, whole.begin))
        return self.inner.bits(begin, seconds) & allowed if allowed else 0


def timetable_of(nominal: Nominal) -> Timetable:
    if isinstance(nominal, CrontabRhythm):
        return OfCrontab(nominal)
    if isinstance(nominal, IntervalRhythm) and not nominal.period % ONE_SECOND:
        return OfInterval(nominal)
    if isinstance(nominal, Filtered):
        return OfFiltered(nominal, timetable_of(nominal.rhythm))
    return Walked(nominal)


class Runs:
    """The runs of a schedule by the moments that they stand for, each with by how many days it is moved."""

    def __init__(self, rhythm: Rhythm) -> None:
        self.rhythm = rhythm
        self.moved = rhythm.nominal if isinstance(rhythm.nominal, Moved) else None
        self.table = timetable_of(self.moved.rhythm if self.moved else rhythm.nominal)

    def of(self, begin: datetime, seconds: int) -> dict[int, int]:
        """Bits by the number of days moved; 0 where they run at their own time."""
        begin = begin.astimezone(UTC)
        if self.moved is None:
            found = {0: self._within(self.table.bits(begin, seconds), begin, seconds)}
            return {days: bits for days, bits in found.items() if bits}
        found = {}
        for whole in days_of(begin, seconds, self.moved.zone):
            target = self.moved.working.nearest(whole.day, earlier=self.moved.earlier)
            if target is None:
                continue
            days = (target - whole.day).days
            runs = shifted(self.table.bits(whole.begin, whole.seconds), offset(begin, whole.begin))
            runs = self._within(runs & all_of(seconds), begin, seconds)
            runs &= self._within(all_of(seconds), begin + days * ONE_DAY, seconds)
            if runs:
                found[days] = found.get(days, 0) | runs
        return found

    def bits(self, begin: datetime, seconds: int) -> int:
        """The same together."""
        found = 0
        for bits in self.of(begin, seconds).values():
            found |= bits
        return found

    def _within(self, bits: int, begin: datetime, seconds: int) -> int:
        """Not before its start, and before its end."""
        start, end = self.rhythm.start, self.rhythm.end
        if start is not None and start > begin:
            before = -((begin - start) // ONE_SECOND)  # the second of the start itself counts
            bits &= ~all_of(min(before, seconds))
        if end is not None:
            until = -((begin - end) // ONE_SECOND)
            bits &= all_of(min(max(until, 0), seconds))
        return bits
