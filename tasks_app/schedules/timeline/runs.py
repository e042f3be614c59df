"""Runs one by one, of a day as a list or as a calendar: bounded, and folded where they are very many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby, islice
from typing import Any

from django.db.models import QuerySet
from django_celery_beat.models import PeriodicTask

from tasks_app.db.bad_rows import or_none, row_by_row
from tasks_app.schedules.planning import with_rhythms
from tasks_app.schedules.rhythm import rhythm_of
from tasks_app.schedules.timeline import arithmetic
from tasks_app.schedules.timeline.cells import Cells

MOST_SCHEDULES = 1_000
FOLDED = 6  # runs a day: of more, one line says how many


@dataclass(frozen=True)
class Runs:
    """One run of a schedule, or all of a day where they are many."""

    schedule: PeriodicTask
    first: datetime
    last: datetime
    count: int = 1


@dataclass(frozen=True)
class Listed:
    runs: list[Runs]
    left_out: bool  # schedules beyond those that are listed


def runs_of(rows: QuerySet[PeriodicTask], cells: Cells, now: datetime) -> Listed:
    """Runs from now on within these days, in the order of time; of the first schedules by name."""
    seen = rows.filter(options__isnull=False)  # by the clock
    asked = with_rhythms(seen.select_related("options")).order_by("name", "pk")
    schedules = list(row_by_row(asked)[: MOST_SCHEDULES + 1])
    after = max(cells.begin, int(now.timestamp()))
    found: list[Runs] = []
    for schedule in schedules[:MOST_SCHEDULES]:
        found += or_none(partial(_all_of, schedule, cells, after)) or []
    found.sort(key=lambda one: (one.first, one.schedule.name))
    return Listed(found, len(schedules) > MOST_SCHEDULES)


def _all_of(schedule: Any, cells: Cells, after: int) -> list[Runs]:
    return list(_of(schedule, cells, after))


def _of(schedule: Any, cells: Cells, after: int) -> Iterator[Runs]:
    for _day, moments in groupby(_moments(schedule, cells, after), lambda at: _day_of(at, cells)):
        some = list(moments)
        if len(some) > FOLDED:
            yield Runs(schedule, some[0], some[-1], len(some))
        else:
            yield from (Runs(schedule, at, at) for at in some)


def _moments(schedule: Any, cells: Cells, after: int) -> Iterable[datetime]:
    if schedule.one_off or schedule.clocked_id:
        next_slot = schedule.options.next_slot
        return [next_slot] if cells.begin <= next_slot.timestamp() < cells.end else []
    rhythm = rhythm_of(schedule, schedule.options.anchor)
    return islice(arithmetic.moments(rhythm, after, cells.end), arithmetic.MOST_RUNS)


def _day_of(moment: datetime, cells: Cells) -> date:
    return moment.astimezone(cells.zone).date()
