"""A job that is cancelled, before its run or in it: the row, what waits for it and its slot, together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from tasks_app.ledger import causes, transitions
from tasks_app.ledger.failure import because
from tasks_app.ledger.message_codec import context_of
from tasks_app.ledger.reruns import tell_family, tell_family_of_request
from tasks_app.ledger.slot_outcome import tell_slot_of, tell_slot_of_request
from tasks_app.models import Job, State
from tasks_app.notices import Notice

ASKED = frozenset({causes.ASKED_TO_STOP.code, causes.ASKED_TO_STOP_BECAUSE.code, causes.MAKES_WAY.code})

# The job's id, why, and Celery's request of it: Celery's side of a cancellation.
type TellCancelled = Callable[[str, Notice, Any], None]


def end_as_asked(
    job_id: str, token: str, request: Any, tell_cancelled: TellCancelled, *, waiting_too: bool = False
) -> bool:
    """The end of a run that may not leave its job to another, if it holds it: it was asked to stop."""
    why = who_asked(job_id) or causes.STOPPED()
    return end_cancelled(job_id, token, request, why, tell_cancelled, waiting_too=waiting_too)


def who_asked(job_id: str) -> Notice | None:
    """Who asked the job to stop and why, as its row says; None where a version before this one asked it."""
    row = Job.objects.filter(pk=job_id).only("cause", "cause_params", "error").first()
    notice = row.notice if row else None
    return notice if notice and notice.code in ASKED else None


def why_by_force(job_id: str) -> Notice:
    """Of a run whose process was ended because it did not stop."""
    asked = who_asked(job_id)
    return causes.STOPPED_BY_FORCE_AS_ASKED(asked=asked) if asked else causes.STOPPED_BY_FORCE()


def end_as_ignored(job_id: str, token: str, request: Any, tell_cancelled: TellCancelled) -> bool:
    """The end of a run whose body raised Celery's `Ignore`: it wants no result, and its row must end."""
    return end_cancelled(job_id, token, request, causes.NOTHING_TO_DO(), tell_cancelled)


def end_cancelled(
    job_id: str,
    token: str,
    request: Any,
    why: Notice,
    tell_cancelled: TellCancelled,
    *,
    waiting_too: bool = False,
) -> bool:
    """running → cancelled by the run with this token; with `waiting_too` also a job that nobody runs."""
    ended = transitions.end(job_id, token, State.CANCELLED, because(why)) or (
        waiting_too and transitions.cancel_waiting(job_id, because(why))
    )
    if ended:
        tell_cancelled(job_id, why, request)
        tell_slot_of_request(job_id, request)
        tell_family_of_request(job_id, request)
    return ended


def cancel_waiting(job: Job, why: Notice, tell_cancelled: TellCancelled) -> bool:
    """waiting → cancelled, by somebody who is no run."""
    with transaction.atomic():
        if not transitions.cancel_waiting(job.id, because(why)):
            return False
        tell_cancelled(job.id, why, context_of(job))
        tell_slot_of(job.id)
        if job.family:
            tell_family(job.id)
    return True
