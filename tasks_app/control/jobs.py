"""What people do to jobs: cancel, and settle."""

from __future__ import annotations

from typing import Any

from celery import states
from django.db import transaction
from django_celery_results.models import TaskResult

from tasks_app.catalogue import kind_of
from tasks_app.control.reasons import kept_reason
from tasks_app.ledger import causes, transitions
from tasks_app.ledger.batch_outcomes import lock_batch_of, tell_settled
from tasks_app.ledger.cancelled_run import TellCancelled, cancel_waiting
from tasks_app.ledger.failure import because
from tasks_app.ledger.reruns import tell_family
from tasks_app.ledger.slot_outcome import tell_slot_of
from tasks_app.models import Job, State
from tasks_app.notices import Notice


def cancel(job: Job, *, by: Any, tell_cancelled: TellCancelled, reason: str = "") -> str:
    """A waiting job never runs; a running one is asked, once. Returns "cancelled", "asked", "asked_before" or
    "final".

    `reason` is kept with the job, whichever of them it is. `tell_cancelled` is the worker's
    `result_writer.tell_that_cancelled`, handed in because it stands on a floor above. Raises ValueError for a
    reason that is too long.
    """
    kept = kept_reason(reason)
    if cancel_waiting(job, _why_cancelled(by, kept), tell_cancelled):
        return "cancelled"
    if transitions.ask_to_cancel(job.id, because(_why_asked(by, kept))):
        return "asked"
    return "asked_before" if Job.objects.running().filter(pk=job.pk).exists() else "final"


def _why_cancelled(by: Any, reason: str) -> Notice:
    if reason:
        return causes.CANCELLED_WAITING_BECAUSE(person=by, reason=reason)
    return causes.CANCELLED_WAITING(person=by) if by else causes.CANCELLED_WAITING_BY_CODE()


def _why_asked(by: Any, reason: str) -> Notice:
    return (
        causes.ASKED_TO_STOP_BECAUSE(person=by, reason=reason) if reason else causes.ASKED_TO_STOP(person=by)
    )


def settle(job: Job, state: State, *, by: Any, note: str | Notice = "") -> bool:
    """Give a job of unknown outcome its end (SUCCEEDED or FAILED); False when it was settled before.

    `note` says why: a notice, or a person's own words.
    """
    why = causes.SETTLED_WITH_A_NOTE(note=note) if isinstance(note, str) else note
    if not note:
        why = causes.SETTLED(person=by) if by else causes.SETTLED_BY_CODE()
    with transaction.atomic():
        item = lock_batch_of(job.id)
        if not transitions.settle(job.id, state, because(why)):
            return False
        status = states.SUCCESS if state == State.SUCCEEDED else states.FAILURE
        TaskResult.objects.filter(task_id=job.id).update(status=status)
        kind = kind_of(job.name)
        if kind:
            kind.when_settled(job, state)
        tell_slot_of(job.id)
        if job.family:
            tell_family(job.id)
        if item:
            tell_settled(item)
    return True
