"""The rhythm of a PeriodicTask row: crontab, interval, solar event or one moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile
from typing import Any

from celery import schedules
from celery.exceptions import ImproperlyConfigured

from tasks_app.schedules import causes
from tasks_app.schedules.rhythm.crontab import CrontabRhythm
from tasks_app.schedules.rhythm.fields import InvalidRhythm, expanded
from tasks_app.schedules.rhythm.moved import LATEST, Moved, Nominal, SlotMoment
from tasks_app.schedules.rhythm.rules import rule_of, ruled
from tasks_app.schedules.rhythm.zones import known_zone

# The clock looks once a second.
SHORTEST_PERIOD = timedelta(seconds=1)
LONGEST_PERIOD = timedelta(days=36525)
# Computed from another start, the same event comes out up to a few seconds earlier or later.
SOLAR_NOISE = timedelta(seconds=30)
JUST_BEFORE = timedelta(microseconds=1)
celery_solar: Any = schedules.solar  # its stubs know floats only; the rows hold Decimals


@dataclass(frozen=True)
class IntervalRhythm:
    """anchor + k × period, the anchor itself included only when the schedule starts there."""

    anchor: datetime
    period: timedelta

    def after(self, moment: datetime) -> datetime | None:
        # In UTC: two datetimes of one zone are subtracted as the wall shows them.
        anchor = self.anchor.astimezone(UTC)
        periods = (moment.astimezone(UTC) - anchor) // self.period + 1
        return anchor + max(periods, 0) * self.period


@dataclass(frozen=True)
class ClockedRhythm:
    """One moment, and never again."""

    moment: datetime

    def after(self, moment: datetime) -> datetime | None:
        own = self.moment.astimezone(UTC)
        return own if own > moment.astimezone(UTC) else None


@dataclass(frozen=True)
class SolarRhythm:
    """An event of the sun at a place, as celery's `solar` computes it, to the second."""

    event: str
    latitude: Decimal
    longitude: Decimal

    def after(self, moment: datetime) -> datetime | None:
        start = moment.astimezone(UTC)
        while True:
            schedule = celery_solar(self.event, self.latitude, self.longitude, nowfun=lambda at=start: at)
            found: datetime = (start + schedule.remaining_estimate(start)).replace(microsecond=0)
            if found > moment + SOLAR_NOISE:
                return found
            start = found + SOLAR_NOISE


@dataclass(frozen=True)
class Rhythm:
    """The runs of a schedule between its start (included) and its end (excluded), moved ones included."""

    nominal: Nominal | Moved
    start: datetime | None = None
    end: datetime | None = None

    def after(self, moment: datetime) -> datetime | None:
        """When the first run strictly after `moment` is due, in UTC; None when there is none."""
        found = self.next(SlotMoment(moment, LATEST))
        return found.due if found else None

    def next(self, last: SlotMoment) -> SlotMoment | None:
        """The run after that one."""
        return next(self.following(last), None)

    def following(self, last: SlotMoment) -> Iterator[SlotMoment]:
        """All runs after that one, in their order."""
        try:
            if self.start is not None and last.due < self.start:
                last = SlotMoment(self.start.astimezone(UTC) - JUST_BEFORE, LATEST)
            for run in _runs(self.nominal, last):
                # Of those that are moved, the moment they stand for lies within too.
                if self.end is not None and run.due >= self.end:
                    return
                if self._includes(run.nominal):
                    yield run
        except OverflowError:  # the last day there is: no calendar knows one after it
            return

    def _includes(self, moment: datetime) -> bool:
        return (self.start is None or moment >= self.start) and (self.end is None or moment < self.end)


def rhythm_of(schedule: Any, anchor: datetime) -> Rhythm:
    """The rhythm of a PeriodicTask and our row beside it, within its start and expiry; raises InvalidRhythm.

    `anchor` is where its intervals are counted from.
    """
    kinds = [kind for kind in ("crontab", "interval", "solar", "clocked") if getattr(schedule, kind)]
    if not kinds:
        raise InvalidRhythm(causes.NO_RHYTHM())
    if len(kinds) > 1:
        raise InvalidRhythm(causes.TWO_RHYTHMS())
    nominal = {"crontab": _crontab, "interval": _interval, "solar": _solar, "clocked": _clocked}[kinds[0]](
        getattr(schedule, kinds[0]), anchor
    )
    rule = rule_of(schedule)
    return Rhythm(ruled(nominal, rule) if rule else nominal, schedule.start_time, schedule.expires)


def latest(rhythm: Rhythm, first: SlotMoment, now: datetime, limit: int) -> tuple[list[SlotMoment], bool]:
    """The last `limit` runs from `first` (a run itself) to `now`, oldest first, and whether more came before.

    Never walks a long history run by run: it looks back from `now` in windows that double.
    """
    window, now = timedelta(minutes=1), now.astimezone(UTC)
    while True:
        start = now - window
        if start >= first.due:
            runs = _until(rhythm, SlotMoment(start, LATEST), now)
        else:
            runs = [first, *_until(rhythm, first, now)]
        if start < first.due or len(runs) >= limit:
            return runs[-limit:], start >= first.due or len(runs) > limit
        window *= 2


def _until(rhythm: Rhythm, after: SlotMoment, until: datetime) -> list[SlotMoment]:
    return list(takewhile(lambda run: run.due <= until, rhythm.following(after)))


def _runs(nominal: Nominal | Moved, last: SlotMoment) -> Iterator[SlotMoment]:
    if isinstance(nominal, Moved):
        yield from nominal.following(last)
        return
    run = nominal.after(last.due)
    while run is not None:
        yield SlotMoment(run, run)
        run = nominal.after(run)


def _crontab(row: Any, anchor: datetime) -> Nominal:
    return crontab_rhythm(
        row.minute, row.hour, row.day_of_month, row.month_of_year, row.day_of_week, str(row.timezone)
    )


@lru_cache(maxsize=4096)
def crontab_rhythm(
    minute: str, hour: str, day_of_month: str, month_of_year: str, day_of_week: str, zone: str
) -> CrontabRhythm:
    """The rhythm of a crontab's fields as Celery reads them; raises InvalidRhythm."""
    values = expanded(
        {
            "minute": minute,
            "hour": hour,
            "day_of_month": day_of_month,
            "month_of_year": month_of_year,
            "day_of_week": day_of_week,
        }
    )
    return CrontabRhythm(
        values["minute"],
        values["hour"],
        values["day_of_month"],
        values["month_of_year"],
        values["day_of_week"],
        known_zone(zone),
    )


def _interval(row: Any, anchor: datetime) -> Nominal:
    try:
        period = timedelta(**{row.period: row.every})
    except TypeError as error:  # written past every form: beat's own would let it end the clock
        raise InvalidRhythm(causes.NO_UNIT()) from error
    except OverflowError:
        period = timedelta.max
    if period > LONGEST_PERIOD:
        raise InvalidRhythm(causes.TOO_LONG())
    if period < SHORTEST_PERIOD:
        raise InvalidRhythm(causes.TOO_SHORT())
    return IntervalRhythm(anchor, period)


def _clocked(row: Any, anchor: datetime) -> Nominal:
    return ClockedRhythm(row.clocked_time)


def _solar(row: Any, anchor: datetime) -> Nominal:
    try:
        celery_solar(row.event, row.latitude, row.longitude)
    except ImproperlyConfigured as error:
        raise InvalidRhythm(causes.NO_EPHEM()) from error
    except (ValueError, TypeError, ArithmeticError) as error:  # a decimal column holds NaN too
        raise InvalidRhythm(causes.NO_SUCH_EVENT(error=error)) from error
    return SolarRhythm(row.event, row.latitude, row.longitude)
