"""What came of a schedule's slot, told in the transaction that ends its job."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Case, Value, When

from tasks_app.ledger.message_codec import SCHEDULED_FOR
from tasks_app.models import Job, Slot, SlotState, State

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
        changes = {"state": _late_or_done(job)}
    elif job.state == State.FAILED:
        changes = {"state": SlotState.FAILED, **_why(job)}
    elif job.state == State.CANCELLED:
        changes = {"state": SlotState.SKIPPED, **_why(job)}
    if changes:
        Slot.objects.filter(job_id=job.id).update(**changes)


def _late_or_done(job: Job) -> Any:
    """By when it was due, which for a slot that was moved from a day off is not its moment."""
    if job.started_at is None:
        return SlotState.DONE
    late = When(due__lt=job.started_at - ON_TIME, then=Value(SlotState.LATE))
    late_at_its_moment = When(due=None, moment__lt=job.started_at - ON_TIME, then=Value(SlotState.LATE))
    return Case(late, late_at_its_moment, default=Value(SlotState.DONE))


def _why(job: Job) -> dict[str, Any]:
    """In general: a slot outlives its job, and what names persons goes with that."""
    if job.notice is None:
        return {"reason": job.error}
    return {"reason": job.notice.in_general, "cause": job.notice.code, "cause_params": None}
