"""When a crontab should run, worked out by others: croniter reads the fields, dateutil knows the zones.

croniter is asked on a wall clock that never changes. What the clock changes do to its answers is our own
rule, and stands here in one function.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache

from croniter import croniter
from dateutil import tz

ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)


def wall_times(fields: str, first: datetime, last: datetime) -> Iterator[datetime]:
    """The crontab's naive wall times from `first` to `last`, both included."""
    for wall in croniter(
        fields, first - ONE_MINUTE, ret_type=datetime, day_or=False, max_years_between_matches=60
    ):
        if wall > last:
            return
        yield wall


def runs(walls: Iterable[datetime], zone: str, *, every_hour: bool) -> list[datetime]:
    """Where those wall times lie in a zone: THE RULE of the nights on which the clocks change.

    Fixed hours: each wall time runs once. In a missing hour it runs when the hour is over (together with
    what else was missing), in a doubled hour in the first pass.
    Every hour (the crontab names all 24): elapsed time counts. A missing hour has no run, and a doubled
    one has them in both passes.
    """
    zone_info = tz.gettz(zone)
    assert zone_info is not None
    moments: set[datetime] = set()
    for wall in walls:
        offset = _steady_offset(zone, wall.date().isoformat())
        if offset is not None:
            moments.add((wall - offset).replace(tzinfo=UTC))
        elif not tz.datetime_exists(wall, zone_info):
            if not every_hour:
                moments.add(end_of_gap(wall, zone_info))
        else:
            moments.add(_placed(wall, zone_info, fold=0))
            if every_hour:
                moments.add(_placed(wall, zone_info, fold=1))
    return sorted(moments)


def end_of_gap(wall: datetime, zone_info: tzinfo) -> datetime:
    while not tz.datetime_exists(wall, zone_info):
        wall += ONE_MINUTE
    return _placed(wall, zone_info, fold=0)


def _placed(wall: datetime, zone_info: tzinfo, fold: int) -> datetime:
    return tz.enfold(wall.replace(tzinfo=zone_info), fold).astimezone(UTC)


@cache
def _steady_offset(zone: str, day: str) -> timedelta | None:
    """The zone's offset on a day whose clocks do not change, nor on its neighbours; else None."""
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=tz.gettz(zone))
    offsets = {(noon + step * ONE_DAY).utcoffset() for step in (-1, 0, 1)}
    return offsets.pop() if len(offsets) == 1 else None
