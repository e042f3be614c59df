"""The rows of a timeline: a box is a day of a week, or an hour of a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tasks_app.calendars.working_days import WorkingDays
from tasks_app.catalogue import label_of
from tasks_app.display import span
from tasks_app.models import SlotState
from tasks_app.schedules.timeline.cells import HOURS, Cells
from tasks_app.schedules.timeline.coming import Lane
from tasks_app.schedules.timeline.loads import seconds_by_kind
from tasks_app.schedules.timeline.quiet import QuietHours

BAD = (SlotState.FAILED, SlotState.MISSED, SlotState.LATE, SlotState.SKIPPED)

type Filled = dict[Lane, tuple[Sequence[int], Sequence[Counter[str]]]]


@dataclass(frozen=True)
class Box:
    """Some hours of a lane: what ran, what is to run, and how long that takes."""

    coming: int
    past: Counter[str]
    minutes: str  # in words; "" for nothing or where nobody knows
    bars: Sequence[int]  # of each hour, in per cent of the fullest hour
    off: bool = False  # of a day off
    quiet: Sequence[str] = ()  # the names of the quiet periods that are on in it
    quiet_hours: Sequence[int] = ()  # in which they are, counted from its first

    @property
    def bad(self) -> list[tuple[str, str, int]]:
        return [(state.value, str(state.label), self.past[state]) for state in BAD if self.past[state]]

    @property
    def drawn(self) -> str:
        """A column an hour, as the path of an SVG that is 100 high."""
        return "".join([f"M{at} 100v-{bar}h.8v{bar}z" for at, bar in enumerate(self.bars) if bar])

    @property
    def shaded(self) -> str:
        """Its quiet hours, from top to bottom behind the columns."""
        return "".join([f"M{at} 0h1v100h-1z" for at in self.quiet_hours])

    @property
    def done(self) -> int:
        return self.past[SlotState.DONE]

    @property
    def waiting(self) -> int:
        return self.past[SlotState.QUEUED]


def drawn(
    lanes: Filled, cells: Cells, size: int, working: WorkingDays, quiet: Sequence[QuietHours]
) -> list[dict[str, Any]]:
    """A row a lane, with boxes of `size` hours each."""
    took = seconds_by_kind()
    totals = {
        lane: [runs[cell] + past[cell].total() for cell in range(cells.count)]
        for lane, (runs, past) in lanes.items()
    }
    fullest = max((one for found in totals.values() for one in found), default=0) or 1
    rows, queue = [], ""
    for lane, (runs, past) in lanes.items():
        of_lane = [one for one in quiet if one.of(lane)]
        boxes = [
            replace(
                _box(runs, past, totals[lane], range(at, at + size), took.get(lane.kind), fullest),
                off=cells.days[at // HOURS] not in working,
                **_quiet_in(range(at, at + size), of_lane),
            )
            for at in range(0, cells.count, size)
        ]
        rows.append(
            {
                "queue": lane.queue if lane.queue != queue else "",
                "kind": label_of(lane.kind),
                "boxes": boxes,
            }
        )
        queue = lane.queue
    return rows


def _quiet_in(cells: range, quiet: Sequence[QuietHours]) -> dict[str, Any]:
    on = [one for one in quiet if not one.cells.isdisjoint(cells)]
    return {
        "quiet": [one.period.name for one in on],
        "quiet_hours": [cell - cells.start for cell in cells if any(cell in one.cells for one in on)],
    }


def _box(
    runs: Sequence[int],
    past: Sequence[Counter[str]],
    totals: Sequence[int],
    cells: range,
    seconds: float | None,
    fullest: int,
) -> Box:
    count = sum(runs[cell] for cell in cells)
    came: Counter[str] = Counter()
    for cell in cells:
        came.update(past[cell])
    whole = round(count * (seconds or 0))
    minutes = span(timedelta(seconds=whole)) if whole else ""
    bars = [-(-totals[cell] * 100 // fullest) for cell in cells]
    return Box(count, came, minutes, bars)
