"""What came of a schedule's slot, told in the transaction that ends its job."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from django.db.models import Case, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan

from tasks_app.ledger import causes
from tasks_app.ledger.keeps_failing import pause_where_it_keeps_failing
from tasks_app.ledger.message_codec import LATE_AFTER, SCHEDULE, SCHEDULED_FOR, TOO_LONG_AFTER
from tasks_app.models import Job, Slot, SlotState, State
from tasks_app.models.caused import columns_of

# A slot is on time when the clock takes it, and its job starts, within this of its moment.
ON_TIME = timedelta(minutes=1)


def tell_slot_of(job_id: str) -> None:
    """The job has ended: so has its slot, when it is of a schedule."""
    job = Job.objects.get(id=job_id)
    if job.scheduled_for is not None:
        slot_ended(job)


def tell_slot_of_request(job_id: str, request: Any) -> None:
    """As `tell_slot_of`, where Celery's request of the run says whether there is a slot: no row is read."""
    if getattr(request, SCHEDULED_FOR, None):
        tell_slot_of(job_id)


def slot_ended(job: Job) -> None:
    """Tell the slot of a scheduled job how it ended; in the transaction that ends the job."""
    changes: dict[str, Any] = {}
    if job.state == State.SUCCEEDED:
        changes = {"state": _late_or_done(job), **_too_long(job)}
    elif job.state == State.FAILED:
        changes = {"state": SlotState.FAILED, **_why(job)}
    elif job.state == State.CANCELLED:
        changes = {"state": SlotState.SKIPPED, **_why(job)}
    if changes:
        Slot.objects.filter(job_id=job.id).update(**changes)
    if job.state == State.FAILED:
        pause_where_it_keeps_failing(_header(job, SCHEDULE))


def _late_or_done(job: Job) -> Any:
    """By when it was let go or due, which for a slot that was held back or moved is not its moment."""
    if job.started_at is None:
        return SlotState.DONE
    minutes = _header(job, LATE_AFTER)
    too_late = job.started_at - (timedelta(minutes=minutes) if minutes else ON_TIME)
    was_due = Coalesce("held_until", "due", "moment")
    return Case(When(LessThan(was_due, too_late), then=Value(SlotState.LATE)), default=Value(SlotState.DONE))


def _too_long(job: Job) -> dict[str, Any]:
    """That it started late is its state; that it ran for long is told beside it."""
    most = _header(job, TOO_LONG_AFTER)
    if not most or job.started_at is None or job.ended_at is None:
        return {}
    ran = job.ended_at - job.started_at
    if ran <= timedelta(minutes=most):
        return {}
    why = causes.RAN_LONG(minutes=math.ceil(ran / timedelta(minutes=1)), most=most)
    return {"reason": str(why), **columns_of(why)}


def _header(job: Job, name: str) -> int:
    """What its schedule said of the run; 0 where it said nothing."""
    value = (job.message.get("headers") or {}).get(name)
    return value if isinstance(value, int) else 0


def _why(job: Job) -> dict[str, Any]:
    """In general: a slot outlives its job, and what names persons goes with that."""
    if job.notice is None:
        return {"reason": job.error}
    return {"reason": job.notice.in_general, "cause": job.notice.code, "cause_params": None}
