"""A promise as pages say it: how long it has been kept, and a month of its days."""

from __future__ import annotations

from calendar import Calendar as Months
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max

from tasks_app.models import PromiseDay, SchedulePromise
from tasks_app.schedules.promises.deadlines import deadlines_of

EARLIEST = date(1970, 1, 1)
KEPT, BROKEN, OFF, TO_COME, NONE = "kept", "broken", "off", "to_come", "none"


@dataclass(frozen=True)
class Day:
    """A cell of a month; `row` is there of days that were kept or broken."""

    day: date
    state: str
    row: PromiseDay | None = None


@dataclass(frozen=True)
class Month:
    """Whole weeks from Monday on; a cell of another month is None."""

    first: date
    weeks: Sequence[Sequence[Day | None]]
    kept: int
    broken: int


def streak(schedule_id: int) -> int:
    """How many days in a row it was kept, to the last one that is decided."""
    days = PromiseDay.objects.filter(schedule=schedule_id)
    broken = days.filter(kept=False).aggregate(last=Max("day"))["last"]
    return (days.filter(day__gt=broken) if broken else days).count()


def month_of(promise: SchedulePromise, first: date, now: datetime) -> Month:
    """The month that begins on that day."""
    rows = PromiseDay.objects.filter(
        schedule=promise.schedule_id, day__year=first.year, day__month=first.month
    )
    found = {row.day: row for row in rows}
    deadlines = deadlines_of(promise)

    def cell(day: date) -> Day | None:
        if day.month != first.month:
            return None
        if row := found.get(day):
            return Day(day, KEPT if row.kept else BROKEN, row)
        if not deadlines.counts(day):
            return Day(day, OFF)
        return Day(day, TO_COME if deadlines.at(day) > now else NONE)

    weeks = [[cell(day) for day in week] for week in Months().monthdatescalendar(first.year, first.month)]
    kept = sum(row.kept for row in found.values())
    return Month(first, weeks, kept, len(found) - kept)


def first_of_month(text: str, today: date) -> date:
    """`2026-10`; the present month for what is none, and for one to come."""
    try:
        year, month = text.split("-")
        first = date(int(year), int(month), 1)
    except ValueError:
        first = today
    return first if EARLIEST <= first <= today else today.replace(day=1)
