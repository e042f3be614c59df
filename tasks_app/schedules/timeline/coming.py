"""All runs to come, by queue and kind, counted in cells: schedules of one rhythm are counted once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from tasks_app.db.among import Among
from tasks_app.db.bad_rows import or_none
from tasks_app.schedules.planning import with_rhythms
from tasks_app.schedules.rhythm import CrontabRhythm, crontab_rhythm, rhythm_of
from tasks_app.schedules.timeline import arithmetic
from tasks_app.schedules.timeline.arithmetic import Counts
from tasks_app.schedules.timeline.cells import Cells
from tasks_app.schedules.timeline.loads import queue_of

MANY_TIMES = 96  # a day: beyond it whole quarters are counted
CRONTAB = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone")


class Lane(NamedTuple):
    """Where runs wait, and what they are."""

    queue: str
    kind: str  # a task's name


@dataclass(frozen=True)
class Row:
    """What is read of a schedule that has a run to come."""

    pk: int
    lane: Lane
    crontab: int | None
    period: int | None  # seconds, of an interval
    anchor: datetime
    next_slot: datetime
    definition: str
    is_plain: bool  # beat's row says all
    once: bool


def switched_on() -> QuerySet[PeriodicTask]:
    found: QuerySet[PeriodicTask] = PeriodicTask.objects.filter(
        enabled=True, options__next_slot__isnull=False
    )
    return found


def coming(cells: Cells, now: datetime, rows: QuerySet[PeriodicTask]) -> Mapping[Lane, list[int]]:
    """Runs of these schedules from now on, by lane and cell."""
    lanes: dict[Lane, list[int]] = defaultdict(lambda: [0] * cells.count)
    after = int(now.timestamp())
    read = list(_read(rows, cells))
    for counts, several in _of_intervals(read, cells, after):
        _spread(lanes, several, counts)
    for row in read:
        if row.once and cells.begin <= (moment := row.next_slot.timestamp()) < cells.end:
            lanes[row.lane][cells.of(moment)] += 1
    by_crontab: dict[int, Counter[Lane]] = defaultdict(Counter)
    by_definition: dict[str, Counter[Lane]] = defaultdict(Counter)
    of_definition: dict[str, int] = {}
    for row in read:
        if row.once or (row.period is not None and row.is_plain):
            continue
        if row.crontab is not None and row.is_plain:
            by_crontab[row.crontab][row.lane] += 1
        else:
            key = row.definition[:32] if row.period is None else str(row.pk)  # an interval has an anchor too
            by_definition[key][row.lane] += 1
            of_definition[key] = row.pk
    for key, counts in _of_crontabs(by_crontab, cells, after):
        _spread(lanes, by_crontab[key], counts)
    for definition, counts in _of_others(of_definition, cells, after):
        _spread(lanes, by_definition[definition], counts)
    return lanes


def _read(rows: QuerySet[PeriodicTask], cells: Cells) -> Any:
    columns = (
        "pk", "task", "queue", "crontab_id", "interval__every", "interval__period", "clocked_id", "one_off",
        "start_time", "expires", "rule", "options__anchor", "options__next_slot", "options__definition",
    )  # fmt: skip
    last = cells.span[1]
    lanes: dict[tuple[str, str | None], Lane] = {}
    for pk, task, queue, crontab, every, unit, clocked, one_off, start, end, rule, *plan in (
        rows.filter(options__next_slot__lt=last).order_by().values_list(*columns)
    ):
        if (task, queue) not in lanes:
            lanes[task, queue] = Lane(queue_of(task, queue), task)
        anchor, next_slot, definition = plan
        begun = start is None or start <= next_slot
        yield Row(
            pk, lanes[task, queue], crontab, _period(every, unit), anchor, next_slot, definition,
            rule is None and end is None and begun, bool(clocked or one_off),
        )  # fmt: skip


@lru_cache(maxsize=256)
def _period(every: int | None, unit: str | None) -> int | None:
    if every is None or unit is None:
        return None
    seconds = or_none(lambda: timedelta(**{unit: every}).total_seconds())
    return int(seconds) if seconds and seconds >= 1 and seconds == int(seconds) else None


def _of_intervals(read: list[Row], cells: Cells, after: int) -> Any:
    """Those that have begun and whose runs are the same are counted once, whatever they were counted from."""
    alike: dict[tuple[int, int], Counter[Lane]] = defaultdict(Counter)
    first = max(cells.begin, after)
    for row in read:
        if row.period is not None and row.is_plain and not row.once:
            anchor = int(row.anchor.timestamp())
            begun = first - (first - anchor) % row.period if anchor <= first else anchor
            alike[begun, row.period][row.lane] += 1
    for (anchor, period), several in alike.items():
        yield arithmetic.of_interval(anchor, period, cells, after), several


def _of_crontabs(wanted: Mapping[int, Any], cells: Cells, after: int) -> Any:
    for pk, *fields, zone in CrontabSchedule.objects.filter(Among("pk", wanted)).values_list("pk", *CRONTAB):
        counts = or_none(partial(_counted, fields, str(zone), cells, after))
        if counts:
            yield pk, counts


def _counted(fields: list[str], zone: str, cells: Cells, after: int) -> Counts:
    rhythm: CrontabRhythm = crontab_rhythm(*fields, zone)
    often = len(rhythm.hours) * len(rhythm.minutes) > MANY_TIMES or rhythm.follows_elapsed_time
    return (arithmetic.of_frequent if often else arithmetic.of_crontab)(rhythm, cells, after)


def _of_others(wanted: Mapping[str, int], cells: Cells, after: int) -> Any:
    schedules = with_rhythms(PeriodicTask.objects.filter(options__isnull=False).select_related("options"))
    found = {one.pk: one for one in schedules.filter(Among("pk", wanted.values()))}
    for definition, pk in wanted.items():
        schedule = found.get(pk)
        if schedule is not None:
            counts = or_none(partial(_walked, schedule, cells, after))
            if counts:
                yield definition, counts


def _walked(schedule: PeriodicTask, cells: Cells, after: int) -> Counts:
    return arithmetic.walked(rhythm_of(schedule, schedule.options.anchor), cells, after)


def _spread(lanes: dict[Lane, list[int]], several: Counter[Lane], counts: Counts) -> None:
    for lane, schedules in several.items():
        _add(lanes[lane], counts, schedules)


def _add(cells: list[int], counts: Counts, times: int) -> None:
    for cell, runs in counts.items():
        cells[cell] += runs * times
