"""A schedule whose runs fail one after the other is paused, where its policy says so; the audit log tells."""

from __future__ import annotations

import logging

from tasks_app.audit.recording import Line
from tasks_app.audit.system import record_of_system
from tasks_app.db import shared_time
from tasks_app.ledger.causes import PAUSED_AFTER_FAILURES
from tasks_app.models import Between, Job, SchedulePause, SchedulePolicy, Slot, SlotState

logger = logging.getLogger(__name__)

# A slot that was skipped says nothing of whether its job can be done.
OUTCOMES = (SlotState.DONE, SlotState.LATE, SlotState.FAILED)


def pause_where_it_keeps_failing(schedule_id: int) -> None:
    """A run of the schedule has just failed, in the transaction that is open.

    One statement where no policy asks for more. Two that fail at once make one pause: it has no end, and of
    those there is one.
    """
    policy = SchedulePolicy.objects.filter(pk=schedule_id, most_failures__isnull=False)
    found = policy.select_related("schedule").first()
    if found is None or not _keeps_failing(schedule_id, found.most_failures or 1):
        return
    count, now = found.most_failures or 1, shared_time.now()
    pause = SchedulePause(schedule_id=schedule_id, begins_at=now, failures=count, between=Between.SKIP)
    SchedulePause.objects.bulk_create([pause], ignore_conflicts=True)
    mine = SchedulePause.objects.on(now).filter(schedule=schedule_id, begins_at=now, failures=count)
    if mine.exists():
        logger.error("The schedule “%s” is paused: its last %d runs failed.", found.schedule.name, count)
        record_of_system(Line(found.schedule, found.schedule.name, PAUSED_AFTER_FAILURES(count=count)))


def _keeps_failing(schedule_id: int, most: int) -> bool:
    """Whether its last runs failed, none of them before it was resumed last, and none was repaired since."""
    runs = Slot.objects.filter(schedule=schedule_id, state__in=OUTCOMES).exclude(job_id="")
    before = SchedulePause.objects.filter(schedule=schedule_id, failures__isnull=False)
    resumed = before.exclude(ended_at=None).order_by("-begins_at").values_list("ended_at", flat=True).first()
    if resumed is not None:
        runs = runs.filter(decided_at__gt=resumed)
    last = list(runs.order_by("-moment").values_list("state", "job_id")[:most])
    if len(last) < most or any(state != SlotState.FAILED for state, _job in last):
        return False
    jobs = [job for _state, job in last]
    return not Job.objects.filter(pk__in=jobs, repaired_at__isnull=False).exists()
