"""Keeping ScheduleOptions true to the schedules, whoever changed them and wherever.

django-celery-beat notes the time of every change to its tables in one row. While that row says what it
said at the last look, nothing is read; when it differs, rows whose definition changed are worked out anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import batched

from django_celery_beat.models import PeriodicTask, PeriodicTasks

from tasks_app.db.bad_rows import all_or_each, is_of_one_row, read_each
from tasks_app.db.pages import ids_in_pages
from tasks_app.models.caused import columns_of
from tasks_app.models.schedule import ScheduleOptions, SeenChange, Slot
from tasks_app.notices import Notice
from tasks_app.schedules.job_of_schedule import cannot_be_dealt_with, definition_of, problem_of
from tasks_app.schedules.rhythm import InvalidRhythm, Rhythm, rhythm_of

logger = logging.getLogger(__name__)

BATCH = 200
RHYTHM_COLUMNS = ("crontab", "interval", "solar", "clocked")
JUST_BEFORE = timedelta(microseconds=1)


def sync(now: datetime, *, starting: bool = False, after_batch: Callable[[], object] = lambda: None) -> int:
    """Work out the options of schedules that changed since the last look; returns how many.

    `starting` (once for each clock) looks at every schedule, and again at those that had a problem: new
    code may know their job. `after_batch` is called between two transactions.
    """
    changed_at = PeriodicTasks.last_change()
    seen = SeenChange.objects.filter(pk=1).first()
    if seen is not None and seen.at == changed_at and not starting:
        return 0
    seen_at = seen.at if seen else None
    edited_at = changed_at if changed_at and (seen_at is None or changed_at > seen_at) else now
    refresh = partial(_refresh, seen_at=seen_at, edited_at=min(edited_at, now), now=now)
    refused = partial(_refuse, now=now)
    count = 0
    for stale in batched(changed(starting=starting), BATCH):
        all_or_each(stale, refresh, refused)
        after_batch()
        count += len(stale)
    SeenChange.objects.update_or_create(pk=1, defaults={"at": changed_at})
    return count


def changed(*, starting: bool = False) -> Iterator[int]:
    """Ids of schedules whose options are not worked out for what they are now.

    Every schedule is read; one that cannot be is among them.
    """
    rows = PeriodicTask.objects.select_related("options", *RHYTHM_COLUMNS)
    for ids in ids_in_pages(PeriodicTask.objects.all()):
        read, unread = read_each(rows, ids)
        yield from (schedule.pk for schedule in read if _is_stale(schedule, starting))
        yield from unread


def plan(schedule: PeriodicTask, now: datetime) -> None:
    """Work out the options of a schedule that was just saved, in the same transaction."""
    refresh = partial(_refresh, seen_at=None, edited_at=now, now=now)
    all_or_each([schedule.pk], refresh, partial(_refuse, now=now))


def set_aside(schedule_id: int, problem: Notice, now: datetime) -> None:
    """This one is not dispatched until somebody mends it; the rows beside it are not read for that."""
    plan_of_it = ScheduleOptions.objects.filter(pk=schedule_id)
    why = {"invalid": str(problem), **columns_of(problem)}
    if not plan_of_it.update(next_slot=None, **why):
        ScheduleOptions.objects.create(pk=schedule_id, anchor=now.replace(microsecond=0), **why)
    logger.error("The schedule %d cannot run: %s", schedule_id, problem)


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
        if not schedule.enabled:
            options.next_slot = None
        elif not problem and (rhythm_changed or options.next_slot is None):
            options.next_slot = _first_slot(schedule, rhythm, since)
    except InvalidRhythm as error:
        problem = error.notice
    except Exception as error:  # one that cannot be dealt with holds up no other
        if not is_of_one_row(error):
            raise
        logger.exception("The schedule “%s” cannot be dealt with.", schedule.name)
        problem = cannot_be_dealt_with(error)
    if problem:
        options.next_slot = None
        if str(problem) != options.invalid:
            logger.error("The schedule “%s” cannot run: %s", schedule.name, problem)
    set_problem(options, problem)


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
    try:
        if options is None or options.definition != definition_of(schedule):
            return True
    except Exception as error:  # its refresh says what is wrong with it
        if not is_of_one_row(error):
            raise
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


def _refuse(schedule_id: int, error: Exception, now: datetime) -> None:
    """The row cannot be read, or what was worked out of it cannot be written."""
    set_aside(schedule_id, cannot_be_dealt_with(error), now)
