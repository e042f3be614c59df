"""The clock: `tick(now)` turns due schedules into jobs, then recovers what was lost.

It holds nothing in memory between two ticks, so any number of clocks may run: a slot's job id follows
from schedule and moment, and there can be only one Slot row and one Job row of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django_celery_beat.models import PeriodicTask

from tasks_app.broker.publishing import publish_after_commit
from tasks_app.clock.ended_pauses import note_ended_pauses
from tasks_app.clock.force_stop import stop_by_force
from tasks_app.clock.recovery import Recovered, recover
from tasks_app.clock.steps import Steps
from tasks_app.db import shared_time
from tasks_app.db.bad_rows import all_or_each, is_of_one_row
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.models import Job, ScheduleOptions, Slot
from tasks_app.schedules.due_slots import Decision, decide, refused
from tasks_app.schedules.job_of_schedule import InvalidSchedule, check_call, job_of, problem_of
from tasks_app.schedules.owners import withhold
from tasks_app.schedules.planning import BATCH, save_plans, sync, with_rhythms

__all__ = ["TickReport", "run_now", "tick"]


@dataclass
class TickReport:
    synced: int | None = None  # schedules whose options were worked out anew; None where that failed
    jobs: int = 0  # jobs made
    passed_over: int = 0  # slots missed or skipped
    invalid: int = 0  # schedules found to be impossible when they were due
    recovered: Recovered = field(default_factory=Recovered)
    failed: dict[str, str] = field(default_factory=dict)  # steps that did not come to their end: see Steps


def tick(
    now: datetime,
    *,
    starting: bool = False,
    leases: bool = True,
    after_batch: Callable[[], object] = lambda: None,
) -> TickReport:
    """One look of the clock: schedules that changed, slots that are due, work that was lost.

    `starting` is the first look of a process, `leases` as for `recover`; `after_batch` hears that it goes on.
    Raises what a database raises that is away; everything committed before is kept, and the next tick goes on
    from there.
    """
    report, steps = TickReport(), Steps()
    with steps.step("changes"):
        report.synced = sync(now, starting=starting, after_batch=after_batch)
    with steps.step("slots"):
        while _dispatch_due(now, report):
            after_batch()
    with steps.step("pauses"):
        note_ended_pauses(now)
    report.recovered = recover(now, leases=leases, steps=steps)
    with steps.step("stops"):
        stop_by_force(now)
    report.failed = steps.failed
    return report


def run_now(schedule: PeriodicTask, by: Any, *, key: str | None = None) -> Job:
    """A job of the schedule outside its rhythm, published after commit; raises InvalidSchedule.

    `key` is the launch key of the dialog: a double click makes one job.
    """
    problem = problem_of(schedule)
    if problem:
        raise InvalidSchedule(problem)
    job = job_of(schedule, shared_time.now(), by=by)
    job.launch_key = key
    with transaction.atomic():
        [written] = insert_jobs([job])
        if written.id == job.id:
            publish_after_commit([written])
    return written


def _dispatch_due(now: datetime, report: TickReport) -> bool:
    """Dispatch one batch of due schedules; False when none was left to take.

    In one transaction, or where a row of it is refused, each in its own.
    """
    due = ScheduleOptions.objects.filter(next_slot__lte=now).order_by("next_slot")
    if not due.exists():  # an idle tick takes no lock
        return False
    try:
        with transaction.atomic():
            return _dispatch(due, now, report)
    except Exception as error:
        if not is_of_one_row(error):
            raise
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    for pk in ids:
        all_or_each(
            [pk], lambda some: _dispatch(due.filter(pk__in=some), now, report), partial(refused, now=now)
        )
    return bool(ids)


def _dispatch(due: QuerySet[ScheduleOptions], now: datetime, report: TickReport) -> bool:
    locked = due.select_for_update(skip_locked=True, of=("self",)).select_related("schedule")
    batch = list(with_rhythms(locked, "schedule__")[:BATCH])
    withhold(batch)
    check = cache(check_call)  # schedules that are alike are checked once
    decisions = [decide(options, now, check) for options in batch]
    _write(batch, decisions, now, report)
    return bool(batch)


def _write(
    batch: Sequence[ScheduleOptions], decisions: Sequence[Decision], now: datetime, report: TickReport
) -> None:
    """Slots, jobs, and where each schedule stands now; the messages leave after commit."""
    slots = [slot for decision in decisions for slot in decision.slots]
    jobs = [job for decision in decisions for job in decision.jobs]
    Slot.objects.bulk_create(slots, ignore_conflicts=True)
    save_plans(batch)
    _count_runs(batch, decisions, now)
    if jobs:
        publish_after_commit(insert_jobs(jobs))
    report.jobs += len(jobs)
    report.passed_over += len(slots) - len(jobs)
    report.invalid += sum(decision.invalid for decision in decisions)


def _count_runs(batch: Sequence[ScheduleOptions], decisions: Sequence[Decision], now: datetime) -> None:
    """Beat's own columns. By UPDATE: a save would tell every clock that schedules were edited."""
    by_count: dict[int, list[int]] = defaultdict(list)
    over: list[int] = []
    for options, decision in zip(batch, decisions, strict=True):
        if decision.jobs:
            by_count[len(decision.jobs)].append(options.pk)
            over += [] if options.schedule.enabled else [options.pk]
    for count, ids in by_count.items():
        runs = F("total_run_count") + count
        PeriodicTask.objects.filter(pk__in=ids).update(last_run_at=now, total_run_count=runs)
    PeriodicTask.objects.filter(pk__in=over).update(enabled=False)  # one-off, and this was it
