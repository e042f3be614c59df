"""The rhythm of a PeriodicTask row: crontab, interval, solar event or one moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from celery import schedules
from celery.exceptions import ImproperlyConfigured

from tasks_app.schedules import causes
from tasks_app.schedules.rhythm.crontab import CrontabRhythm
from tasks_app.schedules.rhythm.fields import InvalidRhythm, expanded

# The clock looks once a second.
SHORTEST_PERIOD = timedelta(seconds=1)
LONGEST_PERIOD = timedelta(days=36525)
# Computed from another start, the same event comes out up to a few seconds earlier or later.
SOLAR_NOISE = timedelta(seconds=30)
celery_solar: Any = schedules.solar  # its stubs know floats only; the rows hold Decimals


class Rhythm(Protocol):
    def after(self, moment: datetime) -> datetime | None:
        """The first run strictly after `moment`, in UTC; None when there is none."""


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
class Bounded:
    """A rhythm between its start (included) and its end (excluded)."""

    rhythm: Rhythm
    start: datetime | None = None
    end: datetime | None = None

    def after(self, moment: datetime) -> datetime | None:
        try:
            if self.start is not None and moment < self.start:
                moment = self.start.astimezone(UTC) - timedelta(microseconds=1)
            run = self.rhythm.after(moment)
        except OverflowError:  # the last day there is: no calendar knows one after it
            return None
        return run if run is not None and (self.end is None or run < self.end) else None


def rhythm_of(schedule: Any, anchor: datetime) -> Rhythm:
    """The rhythm of a PeriodicTask within its start and expiry; raises InvalidRhythm.

    `anchor` is where its intervals are counted from.
    """
    kinds = [kind for kind in ("crontab", "interval", "solar", "clocked") if getattr(schedule, kind)]
    if not kinds:
        raise InvalidRhythm(causes.NO_RHYTHM())
    if len(kinds) > 1:
        raise InvalidRhythm(causes.TWO_RHYTHMS())
    rhythm = {"crontab": _crontab, "interval": _interval, "solar": _solar, "clocked": _clocked}[kinds[0]](
        getattr(schedule, kinds[0]), anchor
    )
    return Bounded(rhythm, schedule.start_time, schedule.expires)


def latest(rhythm: Rhythm, first: datetime, now: datetime, limit: int) -> tuple[list[datetime], bool]:
    """The last `limit` runs from `first` (a run itself) to `now`, oldest first, and whether more came before.

    Never walks a long history run by run: it looks back from `now` in windows that double.
    """
    window, now = timedelta(minutes=1), now.astimezone(UTC)
    while True:
        start = now - window
        runs = _between(rhythm, start, now) if start >= first else [first, *_between(rhythm, first, now)]
        if start < first or len(runs) >= limit:
            return runs[-limit:], start >= first or len(runs) > limit
        window *= 2


def _between(rhythm: Rhythm, after: datetime, until: datetime) -> list[datetime]:
    return list(_walk(rhythm, after, until))


def _walk(rhythm: Rhythm, after: datetime, until: datetime) -> Iterator[datetime]:
    run = rhythm.after(after)
    while run is not None and run <= until:
        yield run
        run = rhythm.after(run)


def _crontab(row: Any, anchor: datetime) -> Rhythm:
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


def known_zone(name: str) -> ZoneInfo:
    """The time zone of that name; raises InvalidRhythm."""
    try:
        return ZoneInfo(name)
    # A name may lead to no file of zones at all.
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidRhythm(causes.NO_SUCH_ZONE(zone=name, field="zone")) from error


def _interval(row: Any, anchor: datetime) -> Rhythm:
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


def _clocked(row: Any, anchor: datetime) -> Rhythm:
    return ClockedRhythm(row.clocked_time)


def _solar(row: Any, anchor: datetime) -> Rhythm:
    try:
        celery_solar(row.event, row.latitude, row.longitude)
    except ImproperlyConfigured as error:
        raise InvalidRhythm(causes.NO_EPHEM()) from error
    except (ValueError, TypeError, ArithmeticError) as error:  # a decimal column holds NaN too
        raise InvalidRhythm(causes.NO_SUCH_EVENT(error=error)) from error
    return SolarRhythm(row.event, row.latitude, row.longitude)
