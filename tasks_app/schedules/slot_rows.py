"""Unsaved rows of what came of a schedule's times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q
from django_celery_beat.models import PeriodicTask

from tasks_app.models import Slot, SlotState
from tasks_app.models.caused import columns_of
from tasks_app.notices import Notice
from tasks_app.schedules.rhythm import SlotMoment

# How many missed times "run each" makes up for: more would bury the queues after a long downtime.
MOST_MISSED_RUNS = 100


@dataclass(frozen=True)
class Hold:
    """Why a run does not start: it is passed over, or held back until a moment (None: without an end)."""

    why: Notice
    held: bool = False
    until: datetime | None = None

    @property
    def state(self) -> SlotState:
        return SlotState.HELD if self.held else SlotState.SKIPPED


def slot_of(
    schedule: PeriodicTask,
    now: datetime,
    run: SlotMoment,
    state: SlotState,
    why: Notice | None,
    job_id: str = "",
    **more: Any,
) -> Slot:
    return Slot(
        schedule=schedule,
        schedule_name=schedule.name,
        moment=run.nominal,
        due=None if run.due == run.nominal else run.due,
        state=state,
        job_id=job_id,
        reason=str(why or ""),
        decided_at=now,
        **columns_of(why),
        **more,
    )


def held_off(schedule: PeriodicTask, now: datetime, run: SlotMoment, hold: Hold) -> Slot:
    """The row of a run that does not start now."""
    until = hold.until if hold.held else None
    return slot_of(schedule, now, run, hold.state, hold.why, held_until=until)


def give(slot: Slot, state: SlotState, why: Notice | None) -> Slot:
    """This came of it, as it is now; saves nothing."""
    slot.state, slot.reason = state, str(why or "")
    for column, value in columns_of(why).items():
        setattr(slot, column, value)
    return slot


def look_again(now: datetime) -> int:
    """What stands against runs has changed: all that is held back is looked at anew."""
    held = Slot.objects.filter(Q(held_until=None) | Q(held_until__gt=now), state=SlotState.HELD)
    return held.update(held_until=now)


def count_runs(made: Mapping[int, int], now: datetime) -> None:
    """Beat's own columns of schedules, by how many jobs each got: an UPDATE for each number of them."""
    by_count: dict[int, list[int]] = defaultdict(list)
    for pk, count in made.items():
        if count:
            by_count[count].append(pk)
    for count, ids in by_count.items():
        runs = F("total_run_count") + count
        PeriodicTask.objects.filter(pk__in=ids).update(last_run_at=now, total_run_count=runs)


def moment_of(slot: Slot) -> SlotMoment:
    return SlotMoment(slot.due or slot.moment, slot.moment)
