"""What becomes of a schedule's due slots, after a downtime too."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django_celery_beat.models import PeriodicTask

from tasks_app.db.bad_rows import is_of_one_row
from tasks_app.ledger.slot_outcome import ON_TIME
from tasks_app.models import AfterDowntime, Job, Made, ScheduleOptions, Slot, SlotState
from tasks_app.notices import Notice
from tasks_app.schedules import causes
from tasks_app.schedules.first_run import overtaken_slot
from tasks_app.schedules.job_of_schedule import (
    Check,
    cannot_be_dealt_with,
    definition_of,
    job_of,
    problem_of,
)
from tasks_app.schedules.planning import go_on, set_aside, set_problem, work_out
from tasks_app.schedules.policies.around import Around
from tasks_app.schedules.policies.going import Going
from tasks_app.schedules.rhythm import InvalidRhythm, SlotMoment, latest, rhythm_of
from tasks_app.schedules.slot_rows import MOST_MISSED_RUNS, Hold, held_off, slot_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Batch:
    """What is asked once for many schedules that are due together."""

    now: datetime
    check: Check
    around: Around
    going: Going


@dataclass
class Decision:
    """What becomes of the due slots of one schedule: unsaved rows."""

    jobs: list[Job] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    invalid: bool = False
    made: Made | None = None  # the schedule has become another version, which is written with them


def batch_of(rows: Sequence[ScheduleOptions], now: datetime, check: Check) -> Batch:
    """Of schedules that are due, and locked: statements of a few tables, however many schedules there are."""
    schedules = [options.schedule for options in rows]
    since = min((options.next_slot or now for options in rows), default=now)
    return Batch(now, check, Around(schedules, since, now), Going(schedules, now))


def decide(options: ScheduleOptions, batch: Batch) -> Decision:
    """Which due slots run, which are passed over or held back; moves the options (unsaved) on to the next.

    A schedule that cannot be dealt with
    is set aside as invalid: it would hold up all that are due after it.
    """
    moment, now = options.next_slot, batch.now
    try:
        return _decide(options, batch)
    except Exception as error:
        if not is_of_one_row(error):
            raise
        logger.exception("The schedule “%s” cannot be dealt with.", options.schedule.name)
        taken = SlotMoment(moment or now, options.next_nominal or moment or now)
        return _invalid(options, taken, cannot_be_dealt_with(error), now)


def refused(schedule_id: int, error: Exception, now: datetime) -> None:
    """The database takes no job of it, or its row cannot be read: it is set aside, and its slot says so."""
    problem = cannot_be_dealt_with(error)
    due = ScheduleOptions.objects.filter(pk=schedule_id).values_list(
        "next_slot", "next_nominal", "schedule__name"
    )
    try:
        with transaction.atomic():
            moment, nominal, name = due.get()
            schedule = PeriodicTask(pk=schedule_id, name=name)
            taken = SlotMoment(moment or now, nominal or moment or now)
            slot = slot_of(schedule, now, taken, SlotState.SKIPPED, problem)
            Slot.objects.bulk_create([slot], ignore_conflicts=True)
    except Exception as another:  # its own moment or name is what cannot be read
        if not is_of_one_row(another):
            raise
    set_aside(schedule_id, problem, now)


def _decide(options: ScheduleOptions, batch: Batch) -> Decision:
    schedule, first, now = options.schedule, options.next_slot, batch.now
    if first is None or options.definition != definition_of(schedule):
        over = work_out(schedule, options, now)  # edited since the last look: taken again if it still is due
        return Decision(slots=[overtaken_slot(options, over, now)] if over else [], made=Made.FOUND)
    try:
        rhythm = rhythm_of(schedule, options.anchor)
        problem = problem_of(schedule, batch.check)
    except InvalidRhythm as error:
        problem = error.notice
    if problem:
        return _invalid(options, SlotMoment(first, options.next_nominal or first), problem, now)
    taken = SlotMoment(first, options.next_nominal or first)
    due, more = latest(rhythm, taken, now, MOST_MISSED_RUNS)
    earlier = [(taken, due[0].due)] if more else []  # stands for all that is not listed
    go_on(options, rhythm.next(due[-1]))
    off, free = _sorted(schedule, due, batch.around)
    chosen = [] if options.withheld else _to_run(options, free, now)
    stopped, run = _stopped(schedule, chosen, batch)
    jobs = [job_of(schedule, now, moment=one.nominal) for one in run]
    off += stopped
    is_over = schedule.one_off and bool(jobs or any(hold.held for _run, hold in off))
    if is_over:
        schedule.enabled = False
        go_on(options, None)
        options.definition = definition_of(schedule)
    slots = _queued(schedule, run, jobs, now) + _passed_over(options, free, chosen, earlier, now)
    slots += [held_off(schedule, now, one, hold) for one, hold in off]
    return Decision(jobs, slots, made=Made.OVER if is_over else None)


type Held = list[tuple[SlotMoment, Hold]]


def _sorted(schedule: PeriodicTask, due: list[SlotMoment], around: Around) -> tuple[Held, list[SlotMoment]]:
    """The due runs against which something stood when they were due, and the others."""
    sorted_out = [(one, around.at(schedule, one.due)) for one in due]
    off = [(one, hold) for one, hold in sorted_out if hold is not None]
    return off, [one for one, hold in sorted_out if hold is None]


def _stopped(schedule: PeriodicTask, chosen: list[SlotMoment], batch: Batch) -> tuple[Held, list[SlotMoment]]:
    """Of the runs that are to start: those against which something stands now, and those that do start."""
    off, run = [], []
    for one in chosen:
        late = batch.now - one.due > ON_TIME
        hold = batch.around.at(schedule, batch.now) if late else None
        hold = hold or batch.going.hold(schedule, one.nominal)
        if hold is None:
            run.append(one)
        else:
            off.append((one, hold))
    return off, run


def _to_run(options: ScheduleOptions, due: list[SlotMoment], now: datetime) -> list[SlotMoment]:
    """The due runs that get a job, by what the schedule does after a downtime.

    Those that were moved onto one moment were not missed: each of them runs.
    """
    if not due:
        return []
    if options.schedule.one_off:
        last = due[-1:]
    elif options.after_downtime == AfterDowntime.EACH:
        return due
    else:
        last = [one for one in due if one.due == due[-1].due]
    if options.after_downtime == AfterDowntime.SKIP:
        return [one for one in last if now - one.due <= ON_TIME]
    return last


def _queued(schedule: PeriodicTask, run: list[SlotMoment], jobs: list[Job], now: datetime) -> list[Slot]:
    return [
        slot_of(schedule, now, one, SlotState.QUEUED, _lateness(now - one.due), job.id)
        for one, job in zip(run, jobs, strict=True)
    ]


def _lateness(late_by: timedelta) -> Notice | None:
    return causes.RAN_LATE() if late_by > ON_TIME else None


def _passed_over(
    options: ScheduleOptions,
    due: list[SlotMoment],
    run: list[SlotMoment],
    earlier: list[tuple[SlotMoment, datetime]],
    now: datetime,
) -> list[Slot]:
    """Of the due runs against which nothing stood; `earlier` stands for all that is not listed."""
    schedule = options.schedule
    if run == due and not earlier:
        return []  # on time, as nearly always: no sentence is made that nobody needs
    if options.withheld:
        state, reason = SlotState.SKIPPED, options.withheld
    elif options.after_downtime == AfterDowntime.SKIP:
        state = SlotState.SKIPPED
        reason = causes.PASSED_OVER()
    else:
        state = SlotState.MISSED
        reason = causes.RAN_ANOTHER(moment=due[-1].due if due else now)
    slots = [slot_of(schedule, now, one, state, reason) for one in due if one not in run]
    return slots + [
        slot_of(schedule, now, one, state, causes.UNLISTED(moment=listed)) for one, listed in earlier
    ]


def _invalid(options: ScheduleOptions, run: SlotMoment, problem: Notice, now: datetime) -> Decision:
    """The row became impossible since it was last edited: its job is gone, or what its arguments name."""
    logger.error("The schedule “%s” cannot run: %s", options.schedule.name, problem)
    set_problem(options, problem)
    go_on(options, None)
    slot = slot_of(options.schedule, now, run, SlotState.SKIPPED, problem)
    return Decision(slots=[slot], invalid=True)
