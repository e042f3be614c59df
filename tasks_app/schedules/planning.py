"""Keeping ScheduleOptions true to the schedules, whoever changed them and wherever.

django-celery-beat notes the time of every change to its tables in one row. While that row says what it
said at the last look, nothing is read; when it differs, rows whose definition changed are worked out anew.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import batched

from django.db import DatabaseError, transaction
from django_celery_beat.models import PeriodicTask, PeriodicTasks

from tasks_app.ledger.failure import notice_of
from tasks_app.models.caused import columns_of
from tasks_app.models.schedule import ScheduleOptions, SeenChange, Slot
from tasks_app.notices import Notice
from tasks_app.schedules.job_of_schedule import definition_of, problem_of
from tasks_app.schedules.rhythm import InvalidRhythm, Rhythm, rhythm_of

logger = logging.getLogger(__name__)

BATCH = 200
RHYTHM_COLUMNS = ("crontab", "interval", "solar", "clocked")
JUST_BEFORE = timedelta(microseconds=1)


def sync(now: datetime, *, starting: bool = False) -> int:
    """Work out the options of schedules that changed since the last look; returns how many.

    `starting` (once for each clock) looks at every schedule, and again at those that had a problem: new
    code may know their job.
    """
    changed_at = PeriodicTasks.last_change()
    seen = SeenChange.objects.filter(pk=1).first()
    if seen is not None and seen.at == changed_at and not starting:
        return 0
    stale = changed(starting=starting)
    seen_at = seen.at if seen else None
    edited_at = changed_at if changed_at and (seen_at is None or changed_at > seen_at) else now
    for ids in batched(stale, BATCH):
        with transaction.atomic():
            _refresh(ids, seen_at, min(edited_at, now), now)
    SeenChange.objects.update_or_create(pk=1, defaults={"at": changed_at})
    return len(stale)


def changed(*, starting: bool = False) -> list[int]:
    """Ids of schedules whose options are not worked out for what they are now; every schedule is read."""
    return [
        schedule.pk
        for schedule in PeriodicTask.objects.select_related("options", *RHYTHM_COLUMNS).iterator()
        if _is_stale(schedule, starting)
    ]


def plan(schedule: PeriodicTask, now: datetime) -> None:
    """Work out the options of a schedule that was just saved, in the same transaction."""
    _refresh([schedule.pk], None, now, now)


def work_out(schedule: PeriodicTask, options: ScheduleOptions, since: datetime) -> None:
    """Set the definition, the problem and the next slot after `since` of one schedule; saves nothing."""
    definition = definition_of(schedule)
    rhythm_changed = options.definition[:32] != definition[:32]
    options.definition = definition
    if schedule.interval_id and schedule.start_time:
        options.anchor = schedule.start_time
    try:
        problem = problem_of(schedule)
        rhythm = rhythm_of(schedule, options.anchor)
    except InvalidRhythm as error:
        problem = error.notice
    except DatabaseError:
        raise
    except Exception as error:  # one that cannot be dealt with holds up no other
        logger.exception("The schedule “%s” cannot be dealt with.", schedule.name)
        problem = notice_of(error)
    if problem and str(problem) != options.invalid:
        logger.error("The schedule “%s” cannot run: %s", schedule.name, problem)
    set_problem(options, problem)
    if problem or not schedule.enabled:
        options.next_slot = None
    elif rhythm_changed or options.next_slot is None:
        options.next_slot = _first_slot(schedule, rhythm, since)


def set_problem(options: ScheduleOptions, problem: Notice | None) -> None:
    """Why it cannot be dispatched, or that it can; saves nothing."""
    options.invalid = str(problem or "")
    for column, value in columns_of(problem).items():
        setattr(options, column, value)


def save_plans(held: Sequence[ScheduleOptions]) -> None:
    """Write what `work_out` and the dispatch set, for rows that this transaction holds locked.

    An upsert: several times faster than bulk_update, whose SQL grows as rows × columns.
    """
    if held:
        ScheduleOptions.objects.bulk_create(
            held,
            update_conflicts=True,
            unique_fields=["schedule"],
            update_fields=["definition", "invalid", "cause", "cause_params", "next_slot", "anchor"],
        )


def _first_slot(schedule: PeriodicTask, rhythm: Rhythm, since: datetime) -> datetime | None:
    if schedule.clocked is None:
        return rhythm.after(since)
    # A moment that has passed already runs at once, as beat has it; but each moment only once.
    moment = rhythm.after(schedule.clocked.clocked_time - JUST_BEFORE)
    if moment is None or Slot.objects.filter(schedule_id=schedule.pk, moment=moment).exists():
        return None
    return moment


def _is_stale(schedule: PeriodicTask, starting: bool) -> bool:
    options = getattr(schedule, "options", None)
    if options is None or options.definition != definition_of(schedule):
        return True
    return starting and bool(options.invalid)


def _refresh(ids: Sequence[int], seen_at: datetime | None, edited_at: datetime, now: datetime) -> None:
    """Work out these schedules as they are now, under a lock that the dispatch takes too."""
    held = ScheduleOptions.objects.select_for_update().in_bulk(ids)
    fresh, known = [], []
    for schedule in PeriodicTask.objects.select_related(*RHYTHM_COLUMNS).filter(pk__in=ids):
        options = held.get(schedule.pk)
        if options is None:
            born = min(max(schedule.date_changed, schedule.last_run_at or schedule.date_changed), now)
            options = ScheduleOptions(schedule=schedule, anchor=born.replace(microsecond=0))
            work_out(schedule, options, born)
            fresh.append(options)
        else:
            # The row's own time when the row was edited; the edit of its crontab has none of its own.
            own_edit = seen_at is None or schedule.date_changed > seen_at
            work_out(schedule, options, min(schedule.date_changed, now) if own_edit else edited_at)
            known.append(options)
    ScheduleOptions.objects.bulk_create(fresh, ignore_conflicts=True)
    save_plans(known)
