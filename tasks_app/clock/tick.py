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
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet
from django_celery_beat.models import PeriodicTask

from tasks_app.broker.publishing import publish_after_commit
from tasks_app.clock.ended_pauses import note_ended_pauses
from tasks_app.clock.force_stop import make_way, stop_by_force
from tasks_app.clock.recovery import Recovered, recover
from tasks_app.clock.steps import Steps
from tasks_app.db.bad_rows import all_or_each, is_of_one_row
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.models import FillIn, Made, ScheduleOptions, Slot
from tasks_app.schedules.due_slots import Decision, batch_of, decide, refused
from tasks_app.schedules.job_of_schedule import check_call
from tasks_app.schedules.owners import withhold
from tasks_app.schedules.planning import BATCH, save_plans, sync, with_rhythms
from tasks_app.schedules.policies.filling import fill
from tasks_app.schedules.policies.held import let_go, waits
from tasks_app.schedules.slot_rows import count_runs
from tasks_app.schedules.versions.recording import Stamp, record

# In one statement, and as text: it is asked each second, and nearly always nothing is due.
_DUE = f"""
SELECT EXISTS(SELECT 1 FROM {ScheduleOptions._meta.db_table} WHERE next_slot <= %(now)s),
    EXISTS(SELECT 1 FROM {Slot._meta.db_table} WHERE state = 'held' AND held_until <= %(now)s),
    EXISTS(SELECT 1 FROM {FillIn._meta.db_table} WHERE state = 'running' AND next_at <= %(now)s)
"""  # noqa: S608 - table names are the models' own


@dataclass
class TickReport:
    synced: int | None = None  # schedules whose options were worked out anew; None where that failed
    jobs: int = 0  # jobs made
    passed_over: int = 0  # slots missed, skipped or held back
    held: bool = False  # whether what was held back at this look may be let go at once
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
    due = Due()
    with steps.step("slots"):
        due = _what_is_due(now)
    with steps.step("held"):
        _let_go(now, report, after_batch, due.held, waiting=True)
    with steps.step("slots"):
        while due.schedules and _dispatch_due(now, report):
            after_batch()
    with steps.step("held"):
        _let_go(now, report, after_batch, due.held or report.held)
    with steps.step("fill_ins"):
        report.jobs += _fill_in(now, due.fill_ins)
    with steps.step("pauses"):
        note_ended_pauses(now)
    report.recovered = recover(now, leases=leases, steps=steps)
    with steps.step("stops"):
        stop_by_force(now)
    report.failed = steps.failed
    return report


class Due(NamedTuple):
    """Whether schedules are due, what is held back may go, and fill-ins have a step to make."""

    schedules: bool = False
    held: bool = False
    fill_ins: bool = False


def _what_is_due(now: datetime) -> Due:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": connection.ops.adapt_datetimefield_value(now)})
        return Due(*map(bool, cursor.fetchone()))


def _let_go(
    now: datetime,
    report: TickReport,
    after_batch: Callable[[], object],
    some: bool,
    *,
    waiting: bool = False,
) -> None:
    for done in let_go(now, waiting=waiting) if some else ():
        report.jobs += len(done.jobs)
        make_way(done.to_stop)
        after_batch()


def _fill_in(now: datetime, some: bool) -> int:
    return fill(now) if some else 0


def _dispatch_due(now: datetime, report: TickReport) -> bool:
    """Dispatch one batch of due schedules; False when none was left to take.

    In one transaction, or where a row of it is refused, each in its own.
    """
    due = ScheduleOptions.objects.filter(next_slot__lte=now).order_by("next_slot")
    if not due.exists():  # an idle tick takes no lock
        return False
    stops: list[str] = []
    try:
        with transaction.atomic():
            found = _dispatch(due, now, report, stops)
        make_way(stops)
        return found
    except Exception as error:
        if not is_of_one_row(error):
            raise
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    for pk in ids:
        all_or_each(
            [pk],
            lambda some: _dispatch(due.filter(pk__in=some), now, report, stops),
            partial(refused, now=now),
        )
    make_way(stops)
    return bool(ids)


def _dispatch(due: QuerySet[ScheduleOptions], now: datetime, report: TickReport, stops: list[str]) -> bool:
    """`stops`: jobs that are to make way for those of this batch, once it is committed."""
    locked = due.select_for_update(skip_locked=True, of=("self",)).select_related("schedule")
    batch = list(with_rhythms(locked, "schedule__")[:BATCH])
    batch.sort(key=lambda options: (options.next_slot or now, options.pk))  # of a group the same one is first
    withhold(batch)
    check = cache(check_call)  # schedules that are alike are checked once
    together = batch_of(batch, now, check)
    decisions = [decide(options, together) for options in batch]
    _write(batch, decisions, now, report)
    stops += together.going.to_stop
    return bool(batch)


def _write(
    batch: Sequence[ScheduleOptions], decisions: Sequence[Decision], now: datetime, report: TickReport
) -> None:
    """Slots, jobs, and where each schedule stands now; the messages leave after commit."""
    slots = _of_their_versions(batch, decisions)
    jobs = [job for decision in decisions for job in decision.jobs]
    Slot.objects.bulk_create(slots, ignore_conflicts=True)
    _note_versions(batch, decisions, now)
    save_plans(batch)
    _count_runs(batch, decisions, now)
    if jobs:
        publish_after_commit(insert_jobs(jobs))
    report.jobs += len(jobs)
    report.passed_over += len(slots) - len(jobs)
    report.held |= any(slot.held_until and slot.held_until <= now and not waits(slot) for slot in slots)
    report.invalid += sum(decision.invalid for decision in decisions)


def _of_their_versions(batch: Sequence[ScheduleOptions], decisions: Sequence[Decision]) -> list[Slot]:
    """The slots, each with the version of its schedule that decided it."""
    slots = []
    for options, decision in zip(batch, decisions, strict=True):
        for slot in decision.slots:
            slot.version = options.version
            slots.append(slot)
    return slots


def _note_versions(batch: Sequence[ScheduleOptions], decisions: Sequence[Decision], now: datetime) -> None:
    """Of those that were edited since the clock looked last, or that are over now."""
    by_cause: dict[Made, list[ScheduleOptions]] = defaultdict(list)
    for options, decision in zip(batch, decisions, strict=True):
        if decision.made is not None:
            by_cause[decision.made].append(options)
    for made, changed in by_cause.items():
        record(changed, now, Stamp(made))


def _count_runs(batch: Sequence[ScheduleOptions], decisions: Sequence[Decision], now: datetime) -> None:
    """Beat's own columns. By UPDATE: a save would tell every clock that schedules were edited."""
    both = list(zip(batch, decisions, strict=True))
    count_runs({options.pk: len(decision.jobs) for options, decision in both}, now)
    over = [options.pk for options, decision in both if decision.slots and not options.schedule.enabled]
    PeriodicTask.objects.filter(pk__in=over).update(enabled=False)  # one-off, and this was it
