"""What people do to jobs and queues: cancel, settle, pause, resume. All of it survives restarts."""

from __future__ import annotations

from typing import Any

from celery import states
from django.db import transaction
from django.utils.translation import gettext as _
from django_celery_results.models import TaskResult

from tasks_app.catalogue import kind_of
from tasks_app.db import shared_time
from tasks_app.db.text import storable_text
from tasks_app.ledger import causes, transitions
from tasks_app.ledger.cancelled_run import TellCancelled, cancel_waiting
from tasks_app.ledger.failure import because
from tasks_app.ledger.reruns import tell_family
from tasks_app.ledger.slot_outcome import tell_slot_of
from tasks_app.models import Job, QueueState, State
from tasks_app.models.queue import REASON_LENGTH
from tasks_app.notices import Notice


def cancel(job: Job, *, by: Any, tell_cancelled: TellCancelled) -> str:
    """A waiting job never runs; a running one is asked. Returns "cancelled", "asked" or "final".

    `tell_cancelled` is the worker's `result_writer.tell_that_cancelled`, handed in because it stands on a
    floor above.
    """
    why = causes.CANCELLED_WAITING(person=by) if by else causes.CANCELLED_WAITING_BY_CODE()
    if cancel_waiting(job, why, tell_cancelled):
        return "cancelled"
    if transitions.ask_to_cancel(job.id):
        return "asked"
    return "final"


def settle(job: Job, state: State, *, by: Any, note: str | Notice = "") -> bool:
    """Give a job of unknown outcome its end (SUCCEEDED or FAILED); False when it was settled before.

    `note` says why: a notice, or a person's own words.
    """
    why = causes.SETTLED_WITH_A_NOTE(note=note) if isinstance(note, str) else note
    if not note:
        why = causes.SETTLED(person=by) if by else causes.SETTLED_BY_CODE()
    with transaction.atomic():
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
    return True


def pause(queue: str, *, by: Any, reason: str = "") -> bool:
    """From here on no job of the queue starts; running ones end. False where it was paused before.

    The first pause holds, with its reason, until somebody resumes the queue. Heeded where jobs are claimed
    (`ledger.hot_sql`) and published (`clock.recovery`). Raises ValueError for a reason that is too long.
    """
    reason = storable_text(reason.strip())
    if len(reason) > REASON_LENGTH:
        raise ValueError(
            _("The reason has %(count)d characters; %(limit)d are kept. Shorten it.")
            % {"count": len(reason), "limit": REASON_LENGTH}
        )
    return _switch(queue, by=by, paused=True, paused_at=shared_time.now(), pause_reason=reason)


def resume(queue: str, *, by: Any) -> bool:
    """Open a paused queue; the clock publishes what waits within a tick. False where it was open."""
    return _switch(queue, by=by, paused=False, paused_at=None, pause_reason="")


def _switch(queue: str, *, by: Any, paused: bool, **pause_of_it: Any) -> bool:
    now = pause_of_it["paused_at"] or shared_time.now()
    QueueState.objects.get_or_create(name=queue)
    turned = QueueState.objects.filter(name=queue, paused=not paused)
    return bool(turned.update(paused=paused, changed_by=by, changed_at=now, **pause_of_it))
