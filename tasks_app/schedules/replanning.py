"""Next slots worked out anew after the time went back: one that was moved on by a clock that was ahead."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import batched

from tasks_app.db.bad_rows import all_or_each
from tasks_app.db.pages import ids_in_pages
from tasks_app.models.schedule import ScheduleOptions, Slot
from tasks_app.schedules.planning import BATCH, go_on, save_plans, with_rhythms
from tasks_app.schedules.rhythm import LATEST, SlotMoment, rhythm_of

logger = logging.getLogger(__name__)

# Computed from another moment, the same event of the sun comes out a few seconds earlier or later.
NOISE = timedelta(minutes=1)


def replan(now: datetime, after_batch: Callable[[], object] = lambda: None) -> int:
    """Schedules whose next slot is later than the first one from now on get that one; returns how many.

    A moment that ran already keeps its slot and its job, whose id follows from it: it runs no second time.
    One that was only listed as passed over has not come yet, and is forgotten.
    """
    found: list[int] = []
    for page in ids_in_pages(ScheduleOptions.objects.filter(next_slot__gt=now)):
        for ids in batched(page, BATCH):
            all_or_each(ids, partial(_replan, now=now, found=found), _leave_alone)
            after_batch()
    return len(found)


def _replan(ids: Sequence[int], now: datetime, found: list[int]) -> None:
    rows = ScheduleOptions.objects.select_for_update(of=("self",)).filter(pk__in=ids, next_slot__gt=now)
    late = []
    for options in with_rhythms(rows.select_related("schedule"), "schedule__"):
        first = rhythm_of(options.schedule, options.anchor).next(SlotMoment(now, LATEST))
        noise = NOISE if options.schedule.solar_id else timedelta()
        if first and options.next_slot and options.next_slot - first.due > noise:
            go_on(options, first)
            late.append(options)
    save_plans(late)
    moved = [options.pk for options in late]
    Slot.objects.filter(schedule__in=moved, moment__gt=now, due=None, job_id="").delete()
    Slot.objects.filter(schedule__in=moved, due__gt=now, job_id="").delete()
    found.extend(moved)


def _leave_alone(schedule_id: int, error: Exception) -> None:
    """Its own look, when it is due, says what is wrong with it."""
    logger.warning("The schedule %d cannot be worked out anew: %s", schedule_id, error)
