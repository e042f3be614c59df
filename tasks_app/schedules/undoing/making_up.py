"""Jobs for times that a wrong version missed or ran otherwise: one a slot and attempt, whoever asks.

A time without a job gets the job of its slot, with the id that the clock would have given it. One that failed
or ran gets a job of its own, linked to the first by `rerun_of`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django_celery_beat.models import PeriodicTask

from tasks_app.broker.publishing import publish_after_commit
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.new_job import Cause
from tasks_app.ledger.reruns import family_of, lock_families, next_moment, tell_family
from tasks_app.models import Job, ScheduleOptions, ScheduleVersion, Slot, SlotState
from tasks_app.models.job import Origin
from tasks_app.schedules.job_of_schedule import InvalidSchedule, job_of, problem_of
from tasks_app.schedules.owners import why_withheld
from tasks_app.schedules.planning import with_rhythms
from tasks_app.schedules.undoing.meanwhile import Outcome, Time, meanwhile


def make_up(back: ScheduleVersion, chosen: Collection[str], now: datetime, by: Any) -> list[Job]:
    """Jobs for the chosen times (their `key`s), as the schedule is now; published after commit.

    A time that somebody else saw to meanwhile is left alone. Raises InvalidSchedule.
    """
    with transaction.atomic():
        # The clock takes its turns under the same lock.
        options = ScheduleOptions.objects.select_for_update().get(pk=back.schedule_id)
        schedule = with_rhythms(PeriodicTask.objects.all()).get(pk=back.schedule_id)
        problem = why_withheld(schedule) or problem_of(schedule)
        if problem:
            raise InvalidSchedule(problem)
        found = meanwhile(back, now)
        times = [time for time in found.offered if time.key in chosen] if found else []
        first_jobs = [time.job for time in times if time.job is not None]
        if first_jobs:
            lock_families(first_jobs)
        made = [_job_of_time(schedule, time, now, by) for time in times]
        written = insert_jobs(made)
        for time, job in zip(times, made, strict=True):
            _tell_slot(schedule, options, time, job, now)
        publish_after_commit(written)
    return written


def _job_of_time(schedule: PeriodicTask, time: Time, now: datetime, by: Any) -> Job:
    if time.outcome == Outcome.MISSING:
        return job_of(schedule, now, moment=time.run.nominal, cause=Cause(Origin.SCHEDULE, by))
    if time.job is None:  # the first is no longer kept
        cause = Cause(Origin.RERUN, by)
        return job_of(schedule, now, moment=time.run.nominal, cause=cause, attempt=2)
    cause = Cause(Origin.RERUN, by, rerun_of=time.job, family=family_of(time.job))
    job = job_of(schedule, now, moment=time.run.nominal, cause=cause, attempt=2)
    job.created_at = next_moment(str(job.family))
    return job


def _tell_slot(schedule: PeriodicTask, options: ScheduleOptions, time: Time, job: Job, now: datetime) -> None:
    """That it has its job; one that had one already learns of the other from its family."""
    if time.outcome != Outcome.MISSING:
        Slot.objects.filter(schedule=schedule, moment=time.run.nominal).update(attempt=2)
        if job.family is not None:
            tell_family(job.id)
        return
    says: dict[str, Any] = {
        "schedule_name": schedule.name,
        "due": None if time.run.due == time.run.nominal else time.run.due,
        "state": SlotState.QUEUED,
        "job_id": job.id,
        "reason": "",
        "cause": None,
        "cause_params": None,
        "decided_at": now,
        "version": options.version,
    }
    Slot.objects.update_or_create(schedule=schedule, moment=time.run.nominal, defaults=says)
