"""Past times of a schedule that get their job after all: looked at first, then made by the clock, at a pace.

A step is one transaction that holds the fill-in's row: slots, jobs, and how far it has come. A clock that is
killed in the middle of it leaves nothing of it, and the next one does it again.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from itertools import takewhile
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import PeriodicTask

from tasks_app.broker.publishing import publish_after_commit
from tasks_app.errors import CodedError
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.new_job import Cause
from tasks_app.ledger.reruns import family_of, lock_families, next_moment, open_reruns, tell_family
from tasks_app.models import (
    OPEN_SLOTS,
    FillIn,
    FillState,
    IfRunning,
    Job,
    ScheduleOptions,
    Slot,
    SlotHow,
    SlotState,
)
from tasks_app.models.job import Origin
from tasks_app.notices import Notice
from tasks_app.notices.notice import plain
from tasks_app.schedules.job_of_schedule import job_of, policy_of, problem_of
from tasks_app.schedules.owners import why_withheld
from tasks_app.schedules.planning import with_rhythms
from tasks_app.schedules.policies import causes
from tasks_app.schedules.policies.around import Around
from tasks_app.schedules.policies.going import why_not_beside
from tasks_app.schedules.rhythm import LATEST, SlotMoment, rhythm_of
from tasks_app.schedules.slot_rows import give, moment_of, slot_of

MOST_FILLED = 10_000  # times
AT_ONCE = 100  # jobs a step
JUST_BEFORE = timedelta(microseconds=1)
A_MINUTE = timedelta(minutes=1)
LOOK_AGAIN = timedelta(seconds=1)


class CannotFillIn(CodedError, ValueError):
    """The sentence says what to choose instead."""


class Which(TextChoices):
    MISSING = "missing", _("Those that have no job")
    FAILED = "failed", _("Those that have no job, and those that failed")
    ALL = "all", _("All of them, those that succeeded too")


class Found(Enum):
    MISSING = "missing"
    FAILED = "failed"
    DONE = "done"
    OPEN = "open"  # its job waits or runs, or it is held back: it comes by itself


TAKES = {
    Which.MISSING: frozenset({Found.MISSING}),
    Which.FAILED: frozenset({Found.MISSING, Found.FAILED}),
    Which.ALL: frozenset({Found.MISSING, Found.FAILED, Found.DONE}),
}


class Time(NamedTuple):
    run: SlotMoment
    found: Found


@dataclass(frozen=True)
class Survey:
    """What a span holds, and what a fill-in would do there: nothing is changed by asking."""

    times: list[Time] = field(default_factory=list)
    which: Which = Which.MISSING

    @property
    def chosen(self) -> list[SlotMoment]:
        return [one.run for one in self.times if one.found in TAKES[self.which]]

    def count(self, found: Found) -> int:
        return sum(one.found is found for one in self.times)


def survey(schedule: PeriodicTask, first: datetime, last: datetime, which: Which, now: datetime) -> Survey:
    """The times of a schedule from `first` to `last`, both included, with what came of each.

    Raises CannotFillIn where these are too many, their history is not kept or the clock does not know it yet;
    InvalidRhythm.
    """
    days = settings.RETENTION_DAYS["jobs"]
    kept_from = now - timedelta(days=days)
    if days and first < kept_from:
        raise CannotFillIn(causes.FILL_TOO_OLD(days=days, first=kept_from))
    options = ScheduleOptions.objects.filter(pk=schedule.pk).first()
    if options is None:
        raise CannotFillIn(causes.NOT_SEEN_YET())
    own = _slots(schedule, first, last)
    runs = list(_runs(schedule, options.anchor, first, min(last, now), own))
    jobs = [slot.job_id for slot in own.values() if slot.state == SlotState.FAILED]
    repaired = set(Job.objects.filter(pk__in=jobs, repaired_at__isnull=False).values_list("pk", flat=True))
    return Survey([Time(run, _found(own.get(run.nominal), repaired)) for run in runs], which)


def _found(slot: Slot | None, repaired: Container[str] = ()) -> Found:
    """What is there of a time; one that failed and was repaired by a re-run is done."""
    if slot is None:
        return Found.MISSING
    if slot.state in OPEN_SLOTS:
        return Found.OPEN
    if not slot.job_id:
        return Found.MISSING
    return Found.FAILED if slot.state == SlotState.FAILED and slot.job_id not in repaired else Found.DONE


def _runs(
    schedule: PeriodicTask, anchor: datetime, first: datetime, last: datetime, own: dict[datetime, Slot]
) -> Iterator[SlotMoment]:
    """Those of the rhythm as it is, and those of earlier rhythms that have a row; in the order of time."""
    rhythm = rhythm_of(schedule, anchor)
    following = rhythm.following(SlotMoment(first - JUST_BEFORE, LATEST))
    found = set()
    for run in takewhile(lambda run: run.due <= last, following):
        found.add(run)
        if len(found) > MOST_FILLED:
            raise CannotFillIn(causes.FILL_TOO_MANY(most=MOST_FILLED))
    nominal = {run.nominal for run in found}
    found |= {moment_of(slot) for slot in own.values() if slot.job_id and slot.moment not in nominal}
    yield from sorted(found)


def _slots(schedule: PeriodicTask, first: datetime, last: datetime) -> dict[datetime, Slot]:
    """By moment, one more than a fill-in takes: those that were run by hand are none of its times.

    A run that was moved from a day off has its moment up to a year before or after the span.
    """
    rows = Slot.objects.filter(schedule=schedule, moment__range=(first, last)).exclude(
        how__in=(SlotHow.HAND, SlotHow.CHANGED)
    )
    moved = Slot.objects.filter(schedule=schedule, due__range=(first, last))
    found = {slot.moment: slot for some in (rows, moved) for slot in some[: MOST_FILLED + 1]}
    if len(found) > MOST_FILLED:
        raise CannotFillIn(causes.FILL_TOO_MANY(most=MOST_FILLED))
    return found


def begin(
    schedule: PeriodicTask, runs: Sequence[SlotMoment], *, by: Any, key: str, pace: int, now: datetime
) -> FillIn:
    """From the next look of the clock on these times get their jobs; twice with the same key is once.

    Raises CannotFillIn while another one of the schedule is under way, or for too many times.
    """
    if len(runs) > MOST_FILLED:
        raise CannotFillIn(causes.FILL_TOO_MANY(most=MOST_FILLED))
    with transaction.atomic():
        list(ScheduleOptions.objects.select_for_update().filter(pk=schedule.pk).values_list("pk"))
        if twin := FillIn.objects.filter(key=key).first():
            return twin
        if FillIn.objects.filter(schedule=schedule, state=FillState.RUNNING).exists():
            raise CannotFillIn(causes.FILL_UNDER_WAY())
        moments = [
            [run.nominal.isoformat(), run.due.isoformat() if run.due != run.nominal else None] for run in runs
        ]
        fill_in = FillIn(schedule=schedule, moments=moments, total=len(runs), pace=pace, by=by, key=key)
        fill_in.next_at = fill_in.created_at = now
        if not runs:
            fill_in.state, fill_in.ended_at = FillState.FINISHED, now
        fill_in.save(force_insert=True)
    return fill_in


def stop(fill_in: FillIn, *, by: Any, now: datetime) -> bool:
    """It makes no more jobs; those that it made go on. False where it had ended."""
    running = FillIn.objects.filter(pk=fill_in.pk, state=FillState.RUNNING)
    why = plain(causes.FILL_STOPPED(person=by))
    return bool(running.update(state=FillState.STOPPED, ended_at=now, why=why))


# --- By the clock -------------------------------------------------------------------------------


def fill(now: datetime) -> int:
    """The next step of each fill-in that is due; how many jobs were made."""
    due = FillIn.objects.filter(state=FillState.RUNNING, next_at__lte=now).order_by("next_at")
    return sum(_step(pk, now) for pk in list(due.values_list("pk", flat=True)[:AT_ONCE]))


def _step(pk: Any, now: datetime) -> int:
    with transaction.atomic():
        rows = FillIn.objects.select_for_update(skip_locked=True).filter(state=FillState.RUNNING)
        fill_in = rows.filter(pk=pk, next_at__lte=now).first()
        if fill_in is None:  # another clock has it, or had it
            return 0
        made = _go_on(fill_in, now)
        fill_in.save(update_fields=["state", "done", "made", "next_at", "why", "ended_at"])
    return made


def _go_on(fill_in: FillIn, now: datetime) -> int:
    # The same lock as the clock's, so that a time which is being decided is no missing one.
    locked = ScheduleOptions.objects.select_for_update().filter(pk=fill_in.schedule_id)
    version = next(iter(locked.values_list("version", flat=True)), None)
    schedule = with_rhythms(PeriodicTask.objects.all()).get(pk=fill_in.schedule_id)
    problem = why_withheld(schedule) or problem_of(schedule)
    if problem:
        fill_in.state, fill_in.ended_at, fill_in.why = FillState.STOPPED, now, plain(problem)
        return 0
    waits = _why_it_waits(schedule, now)
    fill_in.why = plain(waits) if waits else None
    if waits:
        fill_in.next_at = now + LOOK_AGAIN
        return 0
    fill_in.next_at = now
    part = fill_in.moments[fill_in.done : fill_in.done + _share(schedule, fill_in.pace)]
    made = _make(schedule, [_run_of(*pair) for pair in part], fill_in, version)
    fill_in.done += len(part)
    fill_in.made += made
    fill_in.next_at = now + made * A_MINUTE / fill_in.pace
    if fill_in.done >= fill_in.total:
        fill_in.state, fill_in.ended_at = FillState.FINISHED, now
    return made


def _share(schedule: PeriodicTask, pace: int) -> int:
    """Of a step: what a second's look may make, and one where no run of it goes beside another."""
    policy = policy_of(schedule)
    beside = policy is None or policy.waits_for_others == IfRunning.BESIDE
    return min(AT_ONCE, max(1, pace // 60)) if beside else 1


def _why_it_waits(schedule: PeriodicTask, now: datetime) -> Notice | None:
    """A quiet period, or a run that none may go beside. A pause is of the rhythm, and holds up no fill-in."""
    quiet = Around([], now, now).at(schedule, now)
    return quiet.why if quiet else why_not_beside(schedule, now)


def _make(schedule: PeriodicTask, runs: Sequence[SlotMoment], fill_in: FillIn, version: int | None) -> int:
    """Jobs of these times, but for those that got one since they were chosen and wait for its end."""
    known = Slot.objects.filter(schedule=schedule, moment__in=[run.nominal for run in runs])
    slots = {slot.moment: slot for slot in known}
    old = Job.objects.in_bulk([slot.job_id for slot in slots.values() if slot.job_id])
    lock_families(list(old.values()))
    under_way = open_reruns(list(old.values()))
    made: list[Job] = []
    for run in runs:
        slot = slots.get(run.nominal)
        before = old.get(slot.job_id) if slot else None
        if _found(slot) is not Found.OPEN and (before is None or before.pk not in under_way):
            made.append(_filled(schedule, run, slot, before, fill_in, version))
    written = insert_jobs(made)
    for job in made:
        if job.family:
            tell_family(job.id)
    publish_after_commit(written)
    return len(made)


def _filled(
    schedule: PeriodicTask,
    run: SlotMoment,
    slot: Slot | None,
    before: Job | None,
    fill_in: FillIn,
    version: int | None,
) -> Job:
    """The unsaved job of the time; its slot says so. One that had a job gets another, linked to it."""
    now = fill_in.next_at  # of the step
    attempt = slot.attempt + 1 if slot and slot.job_id else 1
    family = family_of(before) if before else None
    origin = Origin.RERUN if before else Origin.SCHEDULE
    cause = Cause(origin, fill_in.by, rerun_of=before, family=family)
    job = job_of(schedule, now, moment=run.nominal, cause=cause, attempt=attempt)
    if family:
        job.created_at = next_moment(family)
    slot = give(slot or slot_of(schedule, now, run, SlotState.QUEUED, None), SlotState.QUEUED, None)
    slot.how, slot.job_id, slot.attempt, slot.held_until = SlotHow.FILLED, job.id, attempt, now
    slot.version = version
    slot.save()
    return job


def _run_of(nominal: str, due: str | None) -> SlotMoment:
    moment = datetime.fromisoformat(nominal)
    return SlotMoment(datetime.fromisoformat(due) if due else moment, moment)
