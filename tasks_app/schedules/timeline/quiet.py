"""Quiet periods in the hours of a timeline: which are on, when, and whose runs they hold up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks_app.models import QuietPeriod
from tasks_app.schedules.policies.around import readable_periods
from tasks_app.schedules.policies.windows import concerns, spans_between
from tasks_app.schedules.timeline.cells import QUARTER, Cells
from tasks_app.schedules.timeline.coming import Lane


@dataclass(frozen=True)
class QuietHours:
    """One quiet period, and the cells in which it is on, if only for a part of the hour."""

    period: QuietPeriod
    cells: frozenset[int]

    def of(self, lane: Lane) -> bool:
        return concerns(self.period, lane.kind, lane.queue)


def quiet_hours(cells: Cells, now: datetime) -> list[QuietHours]:
    """Those that are on within these days, by name: one statement, however many days there are."""
    begin, end = cells.span
    found = []
    for period in readable_periods(begin, now):
        touched = frozenset(
            cell for span in spans_between(period, begin, end) for cell in _touched(span, cells)
        )
        if touched:
            found.append(QuietHours(period, touched))
    return found


def _touched(span: tuple[datetime, datetime], cells: Cells) -> Sequence[int]:
    """By quarters, so that an hour which the clocks leave out or have twice is the one on the wall."""
    first = max(int(span[0].timestamp()), cells.begin)
    last = min(int(span[1].timestamp()), cells.end)
    return cells.of_quarters[(first - cells.begin) // QUARTER : -((cells.begin - last) // QUARTER)]
