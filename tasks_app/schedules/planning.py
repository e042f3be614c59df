"""Keeping ScheduleOptions true to the schedules, whoever changed them and wherever.

While nothing changed since the last look (changes.py), nothing is read; when something did, rows whose
definition changed are worked out anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import batched
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from tasks_app.db.among import Among
from tasks_app.db.bad_rows import all_or_each, is_of_one_row, read_each
from tasks_app.db.pages import ids_in_pages
from tasks_app.models.calendar import ScheduleRule
from tasks_app.models.caused import columns_of
from tasks_app.models.policy import SchedulePolicy
from tasks_app.models.schedule import ScheduleOptions, Slot
from tasks_app.notices import Notice
from tasks_app.schedules import causes
from tasks_app.schedules.changes import unseen_change
from tasks_app.schedules.first_run import before_its_moment, due_by, first_slot, overtaken_slot, stays
from tasks_app.schedules.job_of_schedule import cannot_be_dealt_with, definition_of, problem_of
from tasks_app.schedules.rhythm import InvalidRhythm, Rhythm, SlotMoment, rhythm_of, rule_of
from tasks_app.schedules.slot_rows import look_again
from tasks_app.schedules.versions.deleted import note_deleted
from tasks_app.schedules.versions.recording import UNKNOWN, Stamp, record

logger = logging.getLogger(__name__)

BATCH = 200
BEATS_COLUMNS = ("crontab", "interval", "solar", "clocked")
OWN_ROWS = ("rule__calendar", "policy")
RULE: Any = PeriodicTask._meta.get_field("rule")
POLICY: Any = PeriodicTask._meta.get_field("policy")


def with_rhythms[M: Model](rows: QuerySet[M, M], path: str = "") -> QuerySet[M, M]:
    """With what a rhythm is read from: beat's rows joined; ours, which few have, asked for all at once."""
    joined = rows.select_related(*(f"{path}{column}" for column in BEATS_COLUMNS))
    return joined.prefetch_related(*(f"{path}{rows}" for rows in OWN_ROWS))


def sync(now: datetime, *, starting: bool = False, after_batch: Callable[[], object] = lambda: None) -> int:
    """Work out the options of schedules that changed since the last look; returns how many.

    `starting` (once for each clock) looks at every schedule, and again at those that had a problem: new
    code may know their job. `after_batch` is called between two transactions.
    """
    change = unseen_change(starting=starting)
    if change is None:
        return 0
    seen_at, edited_at = change.seen_at, change.edited_at or now
    refresh = partial(_refresh, seen_at=seen_at, edited_at=min(edited_at, now), now=now)
    refused = partial(_refuse, now=now)
    done: set[int] = set()
    # What was saved last first: an edit among thousands is in force before all are read.
    for found in (_saved_last(), changed(starting=starting)) if change.of_definitions else ():
        for stale in batched((pk for pk in found if pk not in done), BATCH):
            all_or_each(stale, refresh, refused)
            after_batch()
            done.update(stale)
    note_deleted(now)
    look_again(now)
    change.note()
    return len(done)


def changed(*, starting: bool = False) -> Iterator[int]:
    """Ids of schedules whose options are not worked out for what they are now.

    Every schedule is read; one that cannot be is among them.
    """
    for ids in ids_in_pages(PeriodicTask.objects.all()):
        yield from _changed_of(ids, Q(pk__gte=ids[0], pk__lte=ids[-1]), starting)


def _saved_last() -> Iterator[int]:
    """Those of them that were saved last, a batch at most."""
    ids = list(PeriodicTask.objects.order_by("-date_changed").values_list("pk", flat=True)[:BATCH])
    return _changed_of(ids, Among("pk", ids), starting=False)


def _changed_of(ids: Sequence[int], these: Q | Among, starting: bool) -> Iterator[int]:
    """Of schedules with these ids; `these` finds their rows in tables that have the same key."""
    read, unread = read_each(PeriodicTask.objects.select_related("options", *BEATS_COLUMNS), ids)
    _give_own_rows(read, these)
    yield from (schedule.pk for schedule in read if _is_stale(schedule, starting))
    yield from unread


def plan(schedule: PeriodicTask, now: datetime, stamp: Stamp = UNKNOWN) -> None:
    """Work out the options of a schedule that was just saved, in the same transaction.

    `stamp` says who made the version that it is now, and why.
    """
    refresh = partial(_refresh, seen_at=None, edited_at=now, now=now, stamp=stamp)
    all_or_each([schedule.pk], refresh, partial(_refuse, now=now))


def plan_all(ids: Sequence[int], now: datetime, stamp: Stamp = UNKNOWN) -> None:
    """The same of schedules whose timing was just saved, and not their rows: they run by it from now on."""
    refresh = partial(_refresh, seen_at=now, edited_at=now, now=now, stamp=stamp)
    for some in batched(ids, BATCH):
        all_or_each(some, refresh, partial(_refuse, now=now))


def set_aside(schedule_id: int, problem: Notice, now: datetime) -> None:
    """This one is not dispatched until somebody mends it; the rows beside it are not read for that."""
    plan_of_it = ScheduleOptions.objects.filter(pk=schedule_id)
    why = {"invalid": str(problem), **columns_of(problem)}
    if not plan_of_it.update(next_slot=None, **why):
        ScheduleOptions.objects.create(pk=schedule_id, anchor=now.replace(microsecond=0), **why)
    logger.error("The schedule %d cannot run: %s", schedule_id, problem)


def work_out(schedule: PeriodicTask, options: ScheduleOptions, since: datetime) -> SlotMoment | None:
    """Set the definition, the problem and the next slot after `since` of one schedule; saves nothing.

    Returns the run that was due before `since` and that this change takes away from the clock: its slot is
    the caller's to write (`overtaken_slot`).
    """
    definition = definition_of(schedule)
    rhythm_changed = options.definition[:32] != definition[:32]
    waiting = due_by(options, since) if rhythm_changed else None
    options.definition = definition
    if schedule.interval_id and schedule.start_time:
        options.anchor = schedule.start_time
    try:
        problem = problem_of(schedule)
        rhythm = rhythm_of(schedule, options.anchor)
        if not schedule.enabled:
            go_on(options, None)
        elif not problem and (rhythm_changed or options.next_slot is None):
            first = first_slot(schedule, rhythm, since)
            if waiting and stays(rhythm, waiting, first):
                first = waiting
            problem = None if first else never_comes(schedule, rhythm)
            go_on(options, first)
    except InvalidRhythm as error:
        problem = error.notice
    except Exception as error:  # one that cannot be dealt with holds up no other
        if not is_of_one_row(error):
            raise
        logger.exception("The schedule “%s” cannot be dealt with.", schedule.name)
        problem = cannot_be_dealt_with(error)
    if problem:
        go_on(options, None)
        if str(problem) != options.invalid:
            logger.error("The schedule “%s” cannot run: %s", schedule.name, problem)
    set_problem(options, problem)
    return waiting if waiting and waiting.due != options.next_slot else None


def go_on(options: ScheduleOptions, run: SlotMoment | None) -> None:
    """Its next run is this one; saves nothing."""
    options.next_slot = run.due if run else None
    options.next_nominal = run.nominal if run and run.nominal != run.due else None


def never_comes(schedule: PeriodicTask, rhythm: Rhythm) -> Notice | None:
    """Why it has no run at all: our row lets none of beat's through. None where its window is over."""
    if not rule_of(schedule):
        return None
    since = before_its_moment(schedule) or schedule.start_time or timezone.now()
    unbounded = replace(rhythm, start=None, end=None)
    return None if unbounded.after(since) else causes.NEVER_COMES()


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
            update_fields=[
                "definition",
                "invalid",
                "cause",
                "cause_params",
                "next_slot",
                "next_nominal",
                "anchor",
                "version",
            ],
        )


def _give_own_rows(schedules: Sequence[PeriodicTask], these: Q | Among) -> None:
    """As a prefetch would, in a third of its time: that counts where all schedules are looked through."""
    for field, rows in (
        (RULE, ScheduleRule.objects.select_related("calendar")),
        (POLICY, SchedulePolicy.objects),
    ):
        found = {row.pk: row for row in rows.filter(these)}
        for schedule in schedules:
            field.set_cached_value(schedule, found.get(schedule.pk))


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


def _refresh(
    ids: Sequence[int],
    seen_at: datetime | None,
    edited_at: datetime,
    now: datetime,
    stamp: Stamp = UNKNOWN,
) -> None:
    """Work out these schedules as they are now, under a lock that the dispatch takes too."""
    held = ScheduleOptions.objects.select_for_update().in_bulk(ids)
    fresh, known, overtaken = [], [], []
    for schedule in with_rhythms(PeriodicTask.objects.filter(pk__in=ids)):
        options = held.get(schedule.pk)
        if options is None:
            born = min(max(schedule.date_changed, schedule.last_run_at or schedule.date_changed), now)
            options = ScheduleOptions(schedule=schedule, anchor=born.replace(microsecond=0))
            work_out(schedule, options, born)
            fresh.append(options)
        else:
            options.schedule = schedule
            # The row's own time when the row was edited; the edit of its crontab has none of its own.
            own_edit = seen_at is None or schedule.date_changed > seen_at
            since = min(schedule.date_changed, now) if own_edit else edited_at
            if run := work_out(schedule, options, since):
                overtaken.append(overtaken_slot(options, run, now))  # of the version that it was due by
            known.append(options)
    Slot.objects.bulk_create(overtaken, ignore_conflicts=True)
    record(fresh + known, now, stamp)
    ScheduleOptions.objects.bulk_create(fresh, ignore_conflicts=True)
    save_plans(known)


def _refuse(schedule_id: int, error: Exception, now: datetime) -> None:
    """The row cannot be read, or what was worked out of it cannot be written."""
    set_aside(schedule_id, cannot_be_dealt_with(error), now)
