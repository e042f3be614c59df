"""A run that a person asks for: in every respect as one of the rhythm, which stays as it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django_celery_beat.models import PeriodicTask

from tasks_app.broker.publishing import publish_after_commit
from tasks_app.db import shared_time
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.new_job import Cause
from tasks_app.models import Job, ScheduleOptions, Slot, SlotHow, SlotState
from tasks_app.models.job import Origin
from tasks_app.notices import Notice
from tasks_app.schedules.job_of_schedule import InvalidSchedule, job_of, problem_of
from tasks_app.schedules.policies.going import why_not_beside
from tasks_app.schedules.rhythm import SlotMoment
from tasks_app.schedules.slot_rows import slot_of

JUST_AFTER = timedelta(microseconds=1)


def run_now(
    schedule: PeriodicTask, by: Any, *, key: str | None = None, arguments: dict[str, Any] | None = None
) -> Job:
    """The job of a slot of its own, at this moment; published after commit.

    Moving values are counted from now, and its end is told as any other. `key` is the launch key of the
    dialog: a double click makes one job. `arguments` are given in place of the schedule's, once. Raises
    InvalidSchedule, also where its policy lets no other run beside one that still goes on.
    """
    with transaction.atomic():
        # The clock decides under the same lock, and so does another click.
        locked = ScheduleOptions.objects.select_for_update().filter(pk=schedule.pk)
        version = next(iter(locked.values_list("version", flat=True)), None)
        if key and (twin := Job.objects.filter(launch_key=key).first()):
            return twin
        now = shared_time.now()
        problem = why_not_now(schedule, now, changed=arguments is not None)
        if problem:
            raise InvalidSchedule(problem)
        moment = _free_moment(schedule, now)
        job = job_of(schedule, now, moment=moment, cause=Cause(Origin.PERSON, by), arguments=arguments)
        job.launch_key = key
        [written] = insert_jobs([job])
        if written.id == job.id:
            slot = _slot_of(schedule, job, now, moment, changed=arguments is not None)
            slot.version = version
            slot.save(force_insert=True)
            publish_after_commit([written])
    return written


def why_not_now(schedule: PeriodicTask, now: datetime, *, changed: bool = False) -> Notice | None:
    """Why no job of it can be made now; None where one can. Other arguments were checked by their form."""
    problem = None if changed else problem_of(schedule)
    return problem or why_not_beside(schedule, now)


def _free_moment(schedule: PeriodicTask, now: datetime) -> datetime:
    """Now, or right after it: a slot of the rhythm, or of another click, keeps its own."""
    moment = now if now.microsecond else now + JUST_AFTER
    while Slot.objects.filter(schedule=schedule, moment=moment).exists():
        moment += JUST_AFTER
    return moment


def _slot_of(schedule: PeriodicTask, job: Job, now: datetime, moment: datetime, *, changed: bool) -> Slot:
    how = SlotHow.CHANGED if changed else SlotHow.HAND
    return slot_of(schedule, now, SlotMoment(moment, moment), SlotState.QUEUED, None, job.id, how=how)
