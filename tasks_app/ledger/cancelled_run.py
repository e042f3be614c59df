"""A job that is cancelled, before its run or in it: the row, what waits for it and its slot, together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tasks_app.ledger import transitions
from tasks_app.ledger.message_codec import context_of
from tasks_app.ledger.slot_outcome import tell_slot_of, tell_slot_of_request
from tasks_app.models import Job, State

# The job's id, why in a sentence, and Celery's request of it: Celery's side of a cancellation.
type TellCancelled = Callable[[str, str, Any], None]


def end_as_asked(
    job_id: str, token: str, request: Any, tell_cancelled: TellCancelled, *, waiting_too: bool = False
) -> bool:
    """The end of a run that may not leave its job to another, if it holds it: it was asked to stop."""
    sentence = _("Stopped at a person's request.")
    return end_cancelled(job_id, token, request, sentence, tell_cancelled, waiting_too=waiting_too)


def end_as_ignored(job_id: str, token: str, request: Any, tell_cancelled: TellCancelled) -> bool:
    """The end of a run whose body raised Celery's `Ignore`: it wants no result, and its row must end."""
    sentence = _("The job itself said that there is nothing to do.")
    return end_cancelled(job_id, token, request, sentence, tell_cancelled)


def end_cancelled(
    job_id: str,
    token: str,
    request: Any,
    sentence: str,
    tell_cancelled: TellCancelled,
    *,
    waiting_too: bool = False,
) -> bool:
    """running → cancelled by the run with this token; with `waiting_too` also a job that nobody runs."""
    ended = transitions.end(job_id, token, State.CANCELLED, error=sentence) or (
        waiting_too and transitions.cancel_waiting(job_id, sentence)
    )
    if ended:
        tell_cancelled(job_id, sentence, request)
        tell_slot_of_request(job_id, request)
    return ended


def cancel_waiting(job: Job, sentence: str, tell_cancelled: TellCancelled) -> bool:
    """waiting → cancelled, by somebody who is no run."""
    with transaction.atomic():
        if not transitions.cancel_waiting(job.id, sentence):
            return False
        tell_cancelled(job.id, sentence, context_of(job))
        tell_slot_of(job.id)
    return True
