"""How many runs of a rhythm fall into each cell: by arithmetic for what is plain, one by one for the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from tasks_app.schedules.rhythm import LATEST, CrontabRhythm, Rhythm, SlotMoment
from tasks_app.schedules.rhythm.crontab import instant
from tasks_app.schedules.timeline.cells import ONE_DAY, QUARTER, Cells

type Counts = Counter[int]  # runs by cell

# Of a rhythm that is walked: a week of every minute.
MOST_RUNS = 7 * 24 * 60
HOUR, DAY = 3600, 86_400


def of_crontab(rhythm: CrontabRhythm, cells: Cells, after: int) -> Counts:
    """A day at a time; a night of changing clocks is walked."""
    counts: Counts = Counter()
    of_quarters, begin, end = cells.of_quarters, cells.begin, cells.end
    first = max(begin, after)
    times = list(rhythm.times())
    for day, midnight, plain in _days(rhythm, first, end):
        if not rhythm.matches(day):
            continue
        moments = (
            (midnight + hour * HOUR + minute * 60 for hour, minute in times)
            if plain
            else (int(moment.timestamp()) for _wall, moment in rhythm.runs_of(day))
        )
        for moment in moments:
            if first <= moment < end:
                counts[of_quarters[(moment - begin) // QUARTER]] += 1
    return counts


def of_frequent(rhythm: CrontabRhythm, cells: Cells, after: int) -> Counts:
    """The same of one with very many times a day: whole quarters at once, where no clock changes."""
    counts: Counts = Counter()
    of_quarters, begin, end = cells.of_quarters, cells.begin, cells.end
    by_quarter = Counter((hour * 60 + minute) // 15 for hour, minute in rhythm.times())
    first = max(begin, after)
    for day, midnight, plain in _days(rhythm, first, end):
        if not rhythm.matches(day):
            continue
        if not plain or midnight < first or midnight + DAY > end:
            moments = (int(moment.timestamp()) for _wall, moment in rhythm.runs_of(day))
            for moment in moments:
                if first <= moment < end:
                    counts[of_quarters[(moment - begin) // QUARTER]] += 1
            continue
        place = (midnight - begin) // QUARTER
        for quarter, runs in by_quarter.items():
            counts[of_quarters[place + quarter]] += runs
    return counts


def of_interval(anchor: int, period: int, cells: Cells, after: int) -> Counts:
    """anchor + k × period; several within one quarter are counted as one sum."""
    counts: Counts = Counter()
    of_quarters, begin, end = cells.of_quarters, cells.begin, cells.end
    first = max(begin, after, anchor)
    if period < QUARTER:
        for number, cell in enumerate(of_quarters):
            start = begin + number * QUARTER
            low, high = max(start, first), start + QUARTER
            if low < high:
                counts[cell] += (high - 1 - anchor) // period - (low - 1 - anchor) // period
        return counts
    moment = anchor + -(-(first - anchor) // period) * period
    while moment < end:
        counts[of_quarters[(moment - begin) // QUARTER]] += 1
        moment += period
    return counts


def walked(rhythm: Rhythm, cells: Cells, after: int) -> Counts:
    """Run by run, of whatever has a rule, an end or a sun."""
    counts: Counts = Counter()
    for moment in islice(moments(rhythm, max(cells.begin, after), cells.end), MOST_RUNS):
        counts[cells.of(moment.timestamp())] += 1
    return counts


def moments(rhythm: Rhythm, first: int, end: int) -> Iterator[datetime]:
    """When its runs are due, from the first second to before the end."""
    start = datetime.fromtimestamp(first, UTC) - timedelta(microseconds=1)
    for run in rhythm.following(SlotMoment(start, LATEST)):
        if run.due.timestamp() >= end:
            return
        yield run.due


@lru_cache(maxsize=4_096)
def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(instant(day, 0, 0, zone).timestamp())


def _days(rhythm: CrontabRhythm, first: int, end: int) -> Iterator[tuple[date, int, bool]]:
    """The days of its zone that lie within, each with its midnight and whether no clock changes on it."""
    day = datetime.fromtimestamp(first, rhythm.zone).date() - ONE_DAY
    midnight = _midnight(day, rhythm.zone)
    while midnight < end:
        after = day + ONE_DAY
        next_midnight = _midnight(after, rhythm.zone)
        yield day, midnight, next_midnight - midnight == DAY
        day, midnight = after, next_midnight
