"""When a quiet period is on, and when it ends: pure functions of its row and of moments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from tasks_app.schedules.rhythm.crontab import instant
from tasks_app.schedules.rhythm.zones import known_zone

ONE_DAY = timedelta(days=1)
# Quiet periods that follow one another are followed for so long: what holds for longer has no end.
FOLLOWED = timedelta(days=366)


def span_at(quiet: Any, moment: datetime) -> tuple[datetime, datetime] | None:
    """From when until when the quiet period is on, that is on at the moment: its end is no more part of it.

    None where it is not on. Raises InvalidRhythm for a zone that is not known here.
    """
    if quiet.begins_at is not None:
        whole = (quiet.begins_at, quiet.ends_at)
        return whole if whole[0] <= moment < whole[1] else None
    zone = known_zone(quiet.zone or settings.TIME_ZONE)
    today = moment.astimezone(zone).date()
    for day in (today - ONE_DAY, today):
        found = _span_of(quiet, day, zone)
        if found is not None and found[0] <= moment < found[1]:
            return found
    return None


def _span_of(quiet: Any, day: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """That of the quiet period which begins on this day; over midnight where it ends at an earlier time."""
    if quiet.weekdays and str(day.isoweekday()) not in quiet.weekdays:
        return None
    last = day if quiet.until_time > quiet.from_time else day + ONE_DAY
    begin = instant(day, quiet.from_time.hour, quiet.from_time.minute, zone, quiet.from_time.second)
    return begin, instant(last, quiet.until_time.hour, quiet.until_time.minute, zone, quiet.until_time.second)


def spans_between(quiet: Any, begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """When it is on between two moments, in order: spans whole, with what lies outside.

    Raises InvalidRhythm for a zone that is not known here.
    """
    if quiet.begins_at is not None:
        spans: list[tuple[datetime, datetime] | None] = [(quiet.begins_at, quiet.ends_at)]
    else:
        zone = known_zone(quiet.zone or settings.TIME_ZONE)
        first, last = begin.astimezone(zone).date() - ONE_DAY, end.astimezone(zone).date()
        spans = [_span_of(quiet, first + n * ONE_DAY, zone) for n in range((last - first).days + 1)]
    return [span for span in spans if span and span[0] < end and span[1] > begin]


def end_of_all(periods: Iterable[Any], moment: datetime) -> datetime | None:
    """When none of them is on any more, from one that is on at the moment; None where that is not to be seen.

    One may begin before another ends: what waited for the end of the one would run into the other.
    """
    some, now = list(periods), moment.astimezone(UTC)
    while now - moment <= FOLLOWED:
        ends = [span[1] for quiet in some if (span := span_at(quiet, now))]
        if not ends:
            return now
        now = max(ends).astimezone(UTC)
    return None


def concerns(quiet: Any, task: str, queue: str) -> bool:
    """Whether it is of this job: of its kind, of its queue, or of the whole house."""
    return quiet.kind in ("", task) and quiet.queue in ("", queue)


def never_ends_with(quiet: Any, others: Sequence[Any], now: datetime) -> bool:
    """Whether a run that is due within it would wait for ever, for it and for those beside it.

    Those of another kind or queue hold other runs; one of the whole house holds theirs as well.
    """
    along = [one for one in others if one.kind in ("", quiet.kind) and one.queue in ("", quiet.queue)]
    begin = next_begin(quiet, now)
    return begin is not None and end_of_all([quiet, *along], begin) is None


def next_begin(quiet: Any, now: datetime) -> datetime | None:
    """When it is on next; `now` while it is on. None where it is over."""
    if span_at(quiet, now):
        return now
    if quiet.begins_at is not None:
        return quiet.begins_at if quiet.begins_at > now else None
    zone = known_zone(quiet.zone or settings.TIME_ZONE)
    today = now.astimezone(zone).date()
    begins = (_span_of(quiet, today + n * ONE_DAY, zone) for n in range(9))
    return next((span[0] for span in begins if span and span[0] >= now), None)
