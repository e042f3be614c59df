"""What becomes of a schedule's due slots, after a downtime too."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django_celery_beat.models import PeriodicTask

from tasks_app.db.bad_rows import is_of_one_row
from tasks_app.ledger.slot_outcome import ON_TIME
from tasks_app.models import AfterDowntime, Job, ScheduleOptions, Slot, SlotState
from tasks_app.models.caused import columns_of
from tasks_app.notices import Notice
from tasks_app.schedules import causes
from tasks_app.schedules.job_of_schedule import (
    Check,
    cannot_be_dealt_with,
    definition_of,
    job_of,
    problem_of,
)
from tasks_app.schedules.planning import go_on, set_aside, set_problem, work_out
from tasks_app.schedules.rhythm import InvalidRhythm, SlotMoment, latest, rhythm_of

logger = logging.getLogger(__name__)

# How many missed times "run each" makes up for: more would bury the queues after a long downtime.
MOST_MISSED_RUNS = 100


@dataclass
class Decision:
    """What becomes of the due slots of one schedule: unsaved rows."""

    jobs: list[Job] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    invalid: bool = False


def decide(options: ScheduleOptions, now: datetime, check: Check) -> Decision:
    """Which due slots run and which are passed over; moves the options (unsaved) on to the next slot.

    A schedule that cannot be dealt with
    is set aside as invalid: it would hold up all that are due after it.
    """
    moment = options.next_slot
    try:
        return _decide(options, now, check)
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
            slot = _slot(schedule, now, taken, SlotState.SKIPPED, problem)
            Slot.objects.bulk_create([slot], ignore_conflicts=True)
    except Exception as another:  # its own moment or name is what cannot be read
        if not is_of_one_row(another):
            raise
    set_aside(schedule_id, problem, now)


def _decide(options: ScheduleOptions, now: datetime, check: Check) -> Decision:
    schedule, first = options.schedule, options.next_slot
    if first is None or options.definition != definition_of(schedule):
        work_out(schedule, options, now)  # edited since the last look: it is taken again if it still is due
        return Decision()
    try:
        rhythm = rhythm_of(schedule, options.anchor)
        problem = problem_of(schedule, check)
    except InvalidRhythm as error:
        problem = error.notice
    if problem:
        return _invalid(options, SlotMoment(first, options.next_nominal or first), problem, now)
    taken = SlotMoment(first, options.next_nominal or first)
    due, more = latest(rhythm, taken, now, MOST_MISSED_RUNS)
    earlier = [taken] if more else []  # stands for all that is not listed
    go_on(options, rhythm.next(due[-1]))
    run = [] if options.withheld else _to_run(options, due, now)
    jobs = [job_of(schedule, now, moment=one.nominal) for one in run]
    if jobs and schedule.one_off:
        schedule.enabled = False
        go_on(options, None)
        options.definition = definition_of(schedule)
    return Decision(
        jobs, [*_queued(schedule, run, jobs, now), *_passed_over(options, due, run, earlier, now)]
    )


def _to_run(options: ScheduleOptions, due: list[SlotMoment], now: datetime) -> list[SlotMoment]:
    """The due runs that get a job, by what the schedule does after a downtime.

    Those that were moved onto one moment were not missed: each of them runs.
    """
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
        _slot(schedule, now, one, SlotState.QUEUED, _lateness(now - one.due), job.id)
        for one, job in zip(run, jobs, strict=True)
    ]


def _lateness(late_by: timedelta) -> Notice | None:
    return causes.RAN_LATE() if late_by > ON_TIME else None


def _passed_over(
    options: ScheduleOptions,
    due: list[SlotMoment],
    run: list[SlotMoment],
    earlier: list[SlotMoment],
    now: datetime,
) -> list[Slot]:
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
        reason = causes.RAN_ANOTHER(moment=due[-1].due)
    slots = [_slot(schedule, now, one, state, reason) for one in due if one not in run]
    unlisted = causes.UNLISTED(moment=due[0].due)
    return slots + [_slot(schedule, now, one, state, unlisted) for one in earlier]


def _invalid(options: ScheduleOptions, run: SlotMoment, problem: Notice, now: datetime) -> Decision:
    """The row became impossible since it was last edited: its job is gone, or what its arguments name."""
    logger.error("The schedule “%s” cannot run: %s", options.schedule.name, problem)
    set_problem(options, problem)
    go_on(options, None)
    slot = _slot(options.schedule, now, run, SlotState.SKIPPED, problem)
    return Decision(slots=[slot], invalid=True)


def _slot(
    schedule: PeriodicTask,
    now: datetime,
    run: SlotMoment,
    state: SlotState,
    why: Notice | None,
    job_id: str = "",
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
    )
