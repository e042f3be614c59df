"""Pausing a schedule until a moment, changing that, and resuming it; what was held back is let go then.

A pause ends by the time: nothing waits for a clock to note it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django_celery_beat.models import PeriodicTask

from tasks_app.control.pauses import check_end
from tasks_app.control.reasons import kept_reason
from tasks_app.db import shared_time
from tasks_app.errors import CodedError
from tasks_app.models import Between, ScheduleOptions, SchedulePause, Slot, SlotState
from tasks_app.models.caused import columns_of
from tasks_app.schedules.policies import causes


class NotSeenYet(CodedError, ValueError):
    """The clock has yet to work out its next time."""


def pause(
    schedule: PeriodicTask,
    *,
    by: Any,
    until: datetime | None = None,
    reason: str = "",
    between: str = Between.SKIP,
) -> SchedulePause:
    """From here on it makes no job by its rhythm. A pause that holds is changed: the last word counts.

    Raises ValueError, with a sentence, for an end that is none, a reason that is too long, or a
    schedule that the clock does not know yet.
    """
    now = shared_time.now()
    check_end(until)
    given = {"until": until, "reason": kept_reason(reason), "between": Between(between), "by": by}
    with transaction.atomic():
        _lock(schedule)
        held = pause_of(schedule.pk, now)
        if held is not None:
            for name, value in given.items():
                setattr(held, name, value)
            held.failures = None
            held.save()
            return held
        return SchedulePause.objects.create(schedule=schedule, begins_at=now, **given)


def resume(schedule: PeriodicTask, *, by: Any) -> bool:
    """It makes jobs again, from its next time on; what was held back runs as was chosen. False where it
    was not paused. Raises ValueError, with a sentence, where the clock does not know it yet."""
    now = shared_time.now()
    with transaction.atomic():
        _lock(schedule)
        if not SchedulePause.objects.on(now).filter(schedule=schedule).update(ended_at=now):
            return False
        held = Slot.objects.filter(schedule=schedule, state=SlotState.HELD)
        held.update(held_until=now)
    return True


def pause_of(schedule_id: int, now: datetime) -> SchedulePause | None:
    return pauses_of([schedule_id], now).get(schedule_id)


def pauses_of(schedule_ids: Collection[int], now: datetime) -> dict[int, SchedulePause]:
    """The pauses that hold, by schedule: one statement for a page of a list."""
    rows = SchedulePause.objects.on(now).filter(schedule__in=schedule_ids).select_related("by")
    return {one.schedule_id: one for one in rows.order_by("begins_at")}


def skip_held(schedule: PeriodicTask) -> int:
    """Somebody switched it off: what was held back does not run by surprise once it is on again."""
    why = causes.SWITCHED_OFF()
    held = Slot.objects.filter(schedule=schedule, state=SlotState.HELD)
    return held.update(state=SlotState.SKIPPED, reason=str(why), **columns_of(why))


def _lock(schedule: PeriodicTask) -> None:
    """Against the clock, which decides its slots under the same lock."""
    if not ScheduleOptions.objects.select_for_update().filter(pk=schedule.pk).exists():
        raise NotSeenYet(causes.NOT_SEEN_YET())
